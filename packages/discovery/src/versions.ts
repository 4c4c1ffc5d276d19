/** SPEC §2.2: `v2`, `2`, `v1.2-beta`. */
const VERSION = /^v?\d[\w.-]*$/;

export function isVersionName(folder: string): boolean {
  return VERSION.test(folder);
}

/**
 * `/hello` and `v2` → `/hello@v2`. Null where the URL has no fixed last segment to carry the version: the functions
 * root, and folders in brackets.
 */
export function versionPattern(base: string, version: string): string | null {
  const last = base.slice(base.lastIndexOf('/') + 1);
  if (last === '' || last.startsWith(':') || last === '*') return null;
  return `${base}@${version.toLowerCase()}`;
}
