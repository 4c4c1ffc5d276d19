import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import send from '@fastify/send';
import { cacheControl } from './cache-control.js';

/** A file that may be served. */
export interface AssetFile {
  /** Path below the folder's root, links resolved, percent-encoded: as the library wants it. */
  readonly file: string;
  /** Precompressed siblings, in the same form; null when there is none. */
  readonly br: string | null;
  readonly gzip: string | null;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** What may be served of a folder. */
export interface AssetIndex {
  /** Absolute, links resolved. */
  readonly root: string;
  /** By URL path, decoded. */
  readonly files: ReadonlyMap<string, AssetFile>;
}

/** Files beyond this are not served. */
const MAX_FILES = 100_000;
const MAX_DEPTH = 32;

/**
 * All that may be served from the assets folder. Dotfiles, links that leave the folder or go round in
 * circles, special files and files over the limit are left out.
 * @returns null when the folder is missing, lies outside root, or cannot be read.
 */
export function indexAssets(root: string, directory: string, maxBytes: number): AssetIndex | null {
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
    files.set(url, {
      file,
      br: found.get(`${url}.br`) ?? null,
      gzip: found.get(`${url}.gz`) ?? null,
      contentType: contentType(url),
      cacheControl: cacheControl(url),
    });
  }
  return { root: base, files };
}

/** By the name in the URL: a precompressed sibling, or the target of a link, may be called otherwise. */
function contentType(url: string): string {
  const type = send.mime.getType(url) ?? 'application/octet-stream';
  return send.isUtf8MimeType(type) ? `${type}; charset=utf-8` : type;
}

interface Walk {
  readonly base: string;
  readonly maxBytes: number;
  /** URL path to encoded path below base. */
  readonly found: Map<string, string>;
}

/** @param parents real paths of the folders above, to notice circles. */
function walk(state: Walk, folder: string, url: string, parents: ReadonlySet<string>, depth: number): void {
  for (const entry of entries(folder)) {
    if (entry.name.startsWith('.') || state.found.size >= MAX_FILES) continue;
    const target = resolveEntry(state, folder, entry);
    if (target === null) continue;
    const entryUrl = `${url}/${entry.name}`;
    if (!target.isFolder) state.found.set(entryUrl, encodeURI(target.path.slice(state.base.length + 1)));
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
