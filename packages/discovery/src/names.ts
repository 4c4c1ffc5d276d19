const PART = /^[A-Za-z0-9_.-]+$/;

/** A `name` of a config without slashes at its ends; null when it cannot be a name. `/` separates namespaces. */
export function cleanFunctionName(name: string): string | null {
  const parts = name.replace(/^\/+|\/+$/g, '').split('/');
  return parts.every((part) => PART.test(part) && part !== '.' && part !== '..') ? parts.join('/') : null;
}

/** `users/[id].js` → `users/[id]`. */
export function withoutExtension(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}

export function joinRel(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
