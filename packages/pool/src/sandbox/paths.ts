/** Whether `path` is `folder` or lies below it. Both absolute, without a slash at the end. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** Without those that lie below another, and without doubles. */
export function topmost(paths: Iterable<string>): string[] {
  const all = new Set(paths);
  return [...all].filter((path) => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (all.has(path.slice(0, end))) return false;
    }
    return !all.has('/') || path === '/';
  });
}

/** Names in a folder; empty for what is none. */
export type List = (folder: string) => readonly string[];

/**
 * A folder in parts: everything in it but `without`. Folders are taken whole where they can be, so what is made later in
 * such a one belongs to it; what is made later in a folder that had to be opened does not.
 */
export function around(folder: string, without: readonly string[], list: List): string[] {
  if (without.some((path) => isWithin(folder, path))) return [];
  if (!without.some((path) => isWithin(path, folder))) return [folder];
  return list(folder).flatMap((name) => around(`${folder === '/' ? '' : folder}/${name}`, without, list));
}
