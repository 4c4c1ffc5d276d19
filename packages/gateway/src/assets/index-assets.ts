import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A file that may be served. */
export interface AssetFile {
  /** Absolute, links resolved. */
  readonly file: string;
  /** Name in the URL, for type and caching rules. */
  readonly name: string;
  /** Precompressed siblings, absolute; null when there is none. */
  readonly br: string | null;
  readonly gzip: string | null;
}

/** Files beyond this are not served. */
const MAX_FILES = 100_000;
const MAX_DEPTH = 32;

/**
 * All that may be served from the assets folder, by URL path. Dotfiles, links that leave the folder or go round in
 * circles, special files and files over the limit are left out.
 * @returns null when the folder is missing, lies outside root, or cannot be read.
 */
export function indexAssets(root: string, directory: string, maxBytes: number): ReadonlyMap<string, AssetFile> | null {
  let base: string;
  try {
    base = realpathSync(join(root, directory));
    const realRoot = realpathSync(root);
    if (!base.startsWith(realRoot + sep)) return null;
  } catch {
    return null;
  }
  const found = new Map<string, string>();
  walk({ base, maxBytes, found }, base, '', new Set([base]), 0);
  const files = new Map<string, AssetFile>();
  for (const [url, file] of found) {
    files.set(url, { file, name: url, br: found.get(`${url}.br`) ?? null, gzip: found.get(`${url}.gz`) ?? null });
  }
  return files;
}

interface Walk {
  readonly base: string;
  readonly maxBytes: number;
  readonly found: Map<string, string>;
}

/** @param parents real paths of the folders above, to notice circles. */
function walk(state: Walk, folder: string, url: string, parents: ReadonlySet<string>, depth: number): void {
  for (const entry of entries(folder)) {
    if (entry.name.startsWith('.') || state.found.size >= MAX_FILES) continue;
    const target = resolveEntry(state, folder, entry);
    if (target === null) continue;
    const entryUrl = `${url}/${entry.name}`;
    if (!target.isFolder) state.found.set(entryUrl, target.path);
    else if (depth < MAX_DEPTH && !parents.has(target.path)) {
      walk(state, target.path, entryUrl, new Set([...parents, target.path]), depth + 1);
    }
  }
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function resolveEntry(state: Walk, folder: string, entry: Dirent): { path: string; isFolder: boolean } | null {
  const path = join(folder, entry.name);
  if (entry.isDirectory()) return { path, isFolder: true };
  try {
    const real = entry.isSymbolicLink() ? realpathSync(path) : path;
    // A link may lead anywhere inside, but not to what is hidden there.
    if (!real.startsWith(state.base + sep) || real.slice(state.base.length).includes(`${sep}.`)) return null;
    const stat = statSync(real);
    if (stat.isDirectory()) return { path: real, isFolder: true };
    if (!stat.isFile() || (state.maxBytes > 0 && stat.size > state.maxBytes)) return null;
    return { path: real, isFolder: false };
  } catch {
    return null;
  }
}
