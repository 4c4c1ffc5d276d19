import { type FSWatcher, lstatSync, readdirSync, type Stats, statSync, watch as watchFolder } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { watchesFile } from './watch-filter.js';

interface WatchedFolder {
  /** Null when it could not be watched (no permission): looked at anew at every hint. */
  readonly watcher: FSWatcher | null;
  readonly identity: string;
  /** Stamps of its files by name. */
  readonly files: Map<string, string>;
  readonly folders: Set<string>;
  /** The system said something about the folder itself; it may be another one by now. */
  suspect: boolean;
}

export interface FolderWatchesOptions {
  /** Absolute. Watched whatever its name. */
  readonly root: string;
  /** Lower-case names of folders that are not entered. */
  readonly skipped: ReadonlySet<string>;
  /** False: only take stock, for polling. */
  readonly live: boolean;
  /** Something happened at this path; what, is found out by {@link FolderWatches.sync}. */
  onHint(path: string): void;
  /** The system refuses further watches (ENOSPC, EMFILE). */
  onExhausted(error: Error): void;
}

/**
 * Knows every file below some folders, by time, size and inode, with one system watch per folder. Hints of the system
 * are never believed: they only say where to look again. So a save is seen whether the editor writes in place or
 * renames, and however many hints come or are merged.
 */
export class FolderWatches {
  private readonly folders = new Map<string, WatchedFolder>();

  constructor(private readonly options: FolderWatchesOptions) {}

  /**
   * Looks again at a file or folder, and below a folder that is new, gone or replaced.
   * @returns its files before and now, by absolute path.
   */
  sync(path: string): { before: Map<string, string>; after: Map<string, string> } {
    const before = new Map<string, string>();
    const after = new Map<string, string>();
    // A folder that is not known (yet, or any more) is told by its own hint, with all that is in it.
    if (path !== this.options.root && !this.folders.has(dirname(path))) return { before, after };
    const stats = this.look(path);
    const known = this.folders.get(path);
    if (known !== undefined && !known.suspect && stats?.isDirectory() && known.identity === identityOf(stats)) {
      return { before, after };
    }
    this.forget(path, before);
    if (stats !== null) this.learn(path, stats, after);
    return { before, after };
  }

  /** Stamps of all files known, by absolute path. */
  snapshot(): Map<string, string> {
    const files = new Map<string, string>();
    for (const [path, folder] of this.folders) {
      for (const [name, stamp] of folder.files) files.set(path + sep + name, stamp);
    }
    return files;
  }

  close(): void {
    for (const folder of this.folders.values()) folder.watcher?.close();
    this.folders.clear();
  }

  /** Takes a path out, adding the files that were known at or below it to `files`. */
  private forget(path: string, files: Map<string, string>): void {
    const parent = this.folders.get(dirname(path));
    const name = basename(path);
    const stamp = parent?.files.get(name);
    if (stamp !== undefined) {
      files.set(path, stamp);
      parent!.files.delete(name);
    }
    parent?.folders.delete(name);
    const folder = this.folders.get(path);
    if (folder === undefined) return;
    for (const [file, fileStamp] of folder.files) files.set(path + sep + file, fileStamp);
    for (const child of [...folder.folders]) this.forget(path + sep + child, files);
    folder.watcher?.close();
    this.folders.delete(path);
  }

  private learn(path: string, stats: Stats, files: Map<string, string>): void {
    const parent = this.folders.get(dirname(path));
    const name = basename(path);
    if (!stats.isDirectory()) {
      const stamp = stampOf(path, stats);
      parent?.files.set(name, stamp);
      files.set(path, stamp);
      return;
    }
    // The watch comes before the listing: what is written in between is seen by one of the two.
    const watcher = this.options.live ? this.watch(path) : null;
    const folder: WatchedFolder = {
      watcher,
      identity: identityOf(stats),
      files: new Map(),
      folders: new Set(),
      suspect: this.options.live && watcher === null,
    };
    parent?.folders.add(name);
    this.folders.set(path, folder);
    let names: string[] = [];
    try {
      names = readdirSync(path);
    } catch {
      // Unreadable or just gone. Discovery tells the former; a hint of the parent brings us back.
      folder.suspect = true;
    }
    for (const child of names) {
      const below = path + sep + child;
      const childStats = this.look(below);
      if (childStats !== null) this.learn(below, childStats, files);
    }
  }

  /** What is at a path; null for nothing, and for what is not watched. */
  private look(path: string): Stats | null {
    const name = basename(path);
    if (path !== this.options.root && (name.startsWith('.') || this.options.skipped.has(name.toLowerCase())))
      return null;
    const stats = statOf(path);
    if (stats === null || stats.isDirectory()) return stats;
    return watchesFile(name) && (stats.isFile() || stats.isSymbolicLink()) ? stats : null;
  }

  private watch(path: string): FSWatcher | null {
    const own = basename(path);
    try {
      const watcher = watchFolder(path, (_event, name) => {
        const folder = this.folders.get(path);
        if (folder?.watcher !== watcher) return;
        // The system reports the end of a folder under the folder's own name.
        if (name === null || name === own) {
          folder.suspect = true;
          this.options.onHint(path);
        }
        if (name !== null) this.options.onHint(path + sep + name);
      });
      watcher.on('error', () => {
        const folder = this.folders.get(path);
        if (folder?.watcher !== watcher) return;
        folder.suspect = true;
        this.options.onHint(path);
      });
      return watcher;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EMFILE') this.options.onExhausted(error as Error);
      return null;
    }
  }
}

export function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

/** Changes with the content; for a link, with what it leads to as well. */
export function stampOf(path: string, stats: Stats): string {
  const own = `${stats.mtimeMs}:${stats.size}:${stats.ino}`;
  if (!stats.isSymbolicLink()) return own;
  const target = targetOf(path);
  return target === null ? own : `${own}>${target.mtimeMs}:${target.size}:${target.ino}`;
}

/** Null when the link leads nowhere, in a circle, or to where we may not look. */
function targetOf(link: string): Stats | null {
  try {
    return statSync(link);
  } catch {
    return null;
  }
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeMs}`;
}
