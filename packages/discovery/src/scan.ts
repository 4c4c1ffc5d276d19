import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import type { Diagnostic } from '@fastfn/core';
import { diagnose } from './diagnostics.js';
import { runtimeOf } from './file-name.js';
import { folderSegment, isProblem, type Segment } from './segment.js';

/** SPEC §2.1. */
export const MAX_DEPTH = 6;
/** Handler files of one root; beyond it the rest is left out, with an error. */
export const MAX_HANDLER_FILES = 100_000;
/** Bytes of a handler that are looked at for hints. */
const HEAD_BYTES = 16_384;

/** Installed dependencies and build output, lower case. */
export const SKIPPED_BUILD_FOLDERS: readonly string[] = [
  'node_modules',
  'vendor',
  '__pycache__',
  '.fastfn',
  '.deps',
  '.rust-build',
  '.go-build',
  'target',
];

/** `src` holds code that an `entrypoint` reaches. */
const ALWAYS_IGNORED: readonly string[] = [...SKIPPED_BUILD_FOLDERS, 'src'];

export const CONFIG_FILE = 'fn.config.json';
export const ENV_FILE = 'fn.env.json';
export const ROUTES_FILE = 'fn.routes.json';

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** What a path leads to, links followed. */
export interface Resolved {
  readonly kind: 'file' | 'folder' | 'other' | 'missing';
  /** Real path; the path itself when missing. */
  readonly real: string;
}

/** The questions that discovery asks of the disk. Everything else in this package works on names. */
export interface Disk {
  /** @throws when the folder cannot be read. */
  list(folder: string): readonly { readonly name: string; readonly kind: EntryKind }[];
  resolve(path: string): Resolved;
  /** Changes whenever the content may have; null when the file is gone or out of reach. */
  stamp(file: string): string | null;
  /** The first 16 KiB as text; null when it cannot be read. */
  head(file: string): string | null;
}

const buffer = Buffer.allocUnsafe(HEAD_BYTES);

export const nodeDisk: Disk = {
  list(folder) {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other',
    }));
  },
  resolve(path) {
    try {
      const real = realpathSync(path);
      const stat = statSync(real);
      return { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other', real };
    } catch {
      return { kind: 'missing', real: path };
    }
  },
  stamp(file) {
    try {
      const stat = statSync(file);
      return `${stat.mtimeMs}:${stat.size}:${stat.ino}`;
    } catch {
      return null;
    }
  },
  head(file) {
    let fd: number;
    try {
      fd = openSync(file, 'r');
    } catch {
      return null;
    }
    try {
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, HEAD_BYTES, 0));
    } catch {
      return null;
    } finally {
      closeSync(fd);
    }
  },
};

/** One folder of the tree, with what is of interest in it. */
export interface Folder {
  /** Absolute; goes through links. */
  readonly path: string;
  /** Absolute, links resolved. */
  readonly real: string;
  /** Below root, with `/`; "" for the root. */
  readonly rel: string;
  readonly name: string;
  /** Null for the root. */
  readonly segment: Segment | null;
  /** Names of files with a handler extension, private ones included, sorted. */
  readonly files: readonly string[];
  /** Sorted by name. */
  readonly folders: readonly Folder[];
  readonly hasConfig: boolean;
  readonly hasEnv: boolean;
  readonly hasRoutes: boolean;
}

/** Where a folder was found; `path` goes through links, `real` does not. */
interface Place {
  readonly path: string;
  readonly real: string;
  readonly rel: string;
  readonly name: string;
  readonly depth: number;
}

interface MutableFolder extends Folder {
  files: string[];
  folders: MutableFolder[];
  hasConfig: boolean;
  hasEnv: boolean;
  hasRoutes: boolean;
}

export interface ScanOptions {
  /** Absolute real path. */
  readonly root: string;
  /** Further folder names, any case. */
  readonly ignoreDirs: readonly string[];
  /** Absolute paths of folders never entered (the assets). */
  readonly excluded: ReadonlySet<string>;
  readonly disk: Disk;
}

export interface Scan {
  readonly tree: Folder;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether `path` is `folder` or below it. Both absolute and normalised. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Lists the tree below root. Linked folders come last, so that a folder reached both directly and through a link is
 * found at its own place; each real folder is entered once, which ends every loop.
 */
export function scan(options: ScanOptions): Scan {
  const { root, disk, excluded } = options;
  const ignored = new Set([...ALWAYS_IGNORED, ...options.ignoreDirs.map((name) => name.toLowerCase())]);
  const diagnostics: Diagnostic[] = [];
  const entered = new Set<string>();
  const links: { readonly parent: MutableFolder; readonly place: Place }[] = [];
  let handlerFiles = 0;
  let full = false;

  const ignoresFolder = (name: string) =>
    name.startsWith('.') || name.startsWith('_') || ignored.has(name.toLowerCase());

  const walk = (place: Place, segment: Segment | null): MutableFolder => {
    const { path, real, rel, name, depth } = place;
    const folder: MutableFolder = {
      path,
      real,
      rel,
      name,
      segment,
      files: [],
      folders: [],
      hasConfig: false,
      hasEnv: false,
      hasRoutes: false,
    };
    let entries: ReturnType<Disk['list']>;
    try {
      entries = disk.list(path);
    } catch (error) {
      // A folder that vanished since its parent was listed is no fault; a root that is not there is one.
      if (rel === '' || (error as NodeJS.ErrnoException).code !== 'ENOENT') {
        diagnostics.push(diagnose('unreadable_folder', rel, `The folder cannot be read: ${(error as Error).message}.`));
      }
      return folder;
    }
    for (const entry of entries) {
      if (full) break;
      if (entry.kind === 'file') {
        keep(folder, entry.name);
        continue;
      }
      const below: Place = {
        path: path + sep + entry.name,
        real: real + sep + entry.name,
        rel: rel === '' ? entry.name : `${rel}/${entry.name}`,
        name: entry.name,
        depth: depth + 1,
      };
      if (entry.kind === 'folder') enter(folder, below);
      else if (entry.kind === 'link') follow(folder, below);
      else if (isOfInterest(entry.name)) {
        diagnostics.push(diagnose('not_a_file', below.rel, 'It is a pipe, socket or device, not a regular file.'));
      }
    }
    folder.files.sort();
    return folder;
  };

  const keep = (folder: MutableFolder, name: string) => {
    if (name === CONFIG_FILE) folder.hasConfig = true;
    else if (name === ENV_FILE) folder.hasEnv = true;
    else if (name === ROUTES_FILE) folder.hasRoutes = true;
    else if (runtimeOf(name) !== null) {
      if (handlerFiles < MAX_HANDLER_FILES) {
        folder.files.push(name);
        handlerFiles++;
        return;
      }
      full = true;
      const message = `There are more than ${MAX_HANDLER_FILES} handler files; the rest is left out.`;
      diagnostics.push(diagnose('too_many_files', folder.rel, message));
    }
  };

  const enter = (parent: MutableFolder, place: Place) => {
    const { rel, name, depth } = place;
    if (ignoresFolder(name) || excluded.has(place.real)) return;
    const segment = folderSegment(name);
    if (isProblem(segment)) {
      diagnostics.push(diagnose(segment.problem, rel, `The folder is skipped: ${segment.reason}.`));
    } else if (depth > MAX_DEPTH) {
      diagnostics.push(diagnose('too_deep', rel, `The folder is skipped: it is ${depth} levels below the root.`));
    } else if (entered.has(place.real)) {
      diagnostics.push(diagnose('link_duplicate', rel, 'The link leads to a folder that is already served.'));
    } else {
      entered.add(place.real);
      parent.folders.push(walk(place, segment));
    }
  };

  const follow = (parent: MutableFolder, place: Place) => {
    const { rel, name } = place;
    const { kind, real } = disk.resolve(place.path);
    if (kind !== 'folder' && !isOfInterest(name)) return;
    if (kind === 'folder' && ignoresFolder(name)) return;
    if (kind === 'missing') {
      diagnostics.push(diagnose('broken_link', rel, 'The link leads nowhere, or in a circle.'));
    } else if (!isInside(real, root)) {
      diagnostics.push(diagnose('link_outside', rel, 'The link leads outside the functions root and is not followed.'));
    } else if (kind === 'other') {
      diagnostics.push(diagnose('not_a_file', rel, 'The link leads to a pipe, socket or device.'));
    } else if (kind === 'folder') {
      links.push({ parent, place: { ...place, real } });
    } else {
      keep(parent, name);
    }
  };

  entered.add(root);
  const tree = walk({ path: root, real: root, rel: '', name: '', depth: 0 }, null);
  // The list grows while linked folders hold further links.
  for (let i = 0; i < links.length && !full; i++) enter(links[i]!.parent, links[i]!.place);
  sortFolders(tree);
  return { tree, diagnostics };
}

function isOfInterest(name: string): boolean {
  return name === CONFIG_FILE || name === ENV_FILE || name === ROUTES_FILE || runtimeOf(name) !== null;
}

function sortFolders(folder: MutableFolder): void {
  folder.folders.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const child of folder.folders) sortFolders(child);
}
