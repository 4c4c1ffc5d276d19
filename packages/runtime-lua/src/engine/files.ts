import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** Files a function may hold open at once. */
const MAX_OPEN = 64;

/** At most so much in one read. */
const MAX_READ_BYTES = 16_777_216;

/** What FastFN keeps beside handlers, secrets among it: nobody's to read. SPEC §14. */
const UNREADABLE = new Set(['fn.config.json', 'fn.env.json']);

/** Of the process, which here is the gateway: its environment, memory and descriptors. */
const OF_THE_PROCESS = ['/proc', '/sys'];

/** What a function may reach; absolute paths. PROTOCOL.md §6. */
export interface Reach {
  readonly read: readonly string[];
  /** Folders in which, and below which, names may be listed. */
  readonly list: readonly string[];
  readonly write: readonly string[];
  /** Below the above, and not to be reached all the same. */
  readonly hide: readonly string[];
}

export interface FileRules {
  /** Relative paths start here. */
  readonly folder: string;
  /** Null: everything that this process may reach. */
  readonly reach: Reach | null;
}

type Access = 'read' | 'list' | 'write';

/** A refusal or failure, in the words that Lua programs know. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/**
 * The files that a function may see. A path is judged by where it really lies, after every link; the last step of it is opened
 * without following a link, so that nothing can be put in its place in between.
 */
export class Files {
  readonly #folder: string;
  /** Null: everything. */
  readonly #reach: Reach | null;
  #bounds: Bounds | null = null;
  readonly #open = new Set<number>();

  constructor({ folder, reach }: FileRules) {
    this.#folder = folder;
    this.#reach = reach;
  }

  /** Found out when the first file is asked for: many functions never ask, and each path is a walk through its folders. */
  get #limits(): Bounds | null {
    if (this.#reach === null) return null;
    this.#bounds ??= boundsOf(this.#reach);
    return this.#bounds;
  }

  /**
   * @param mode `r`, `w` or `a`, with `+` perhaps
   * @throws FileError
   */
  open(path: string, mode: string): number {
    if (this.#open.size >= MAX_OPEN) throw new FileError('Too many open files');
    const writes = mode !== 'r';
    return failing(() => {
      const real = this.#locate(path, writes ? 'write' : 'read');
      const fd = openSync(real, OPEN_FLAGS[mode]! | constants.O_NOFOLLOW, 0o644);
      if (fstatSync(fd).isDirectory()) {
        closeSync(fd);
        throw new FileError('Is a directory');
      }
      this.#open.add(fd);
      return fd;
    });
  }

  /** Fewer bytes than asked for when there are no more now; none at the end. @throws FileError */
  read(fd: number, position: number, bytes: number): Buffer {
    this.#check(fd);
    const block = Buffer.allocUnsafe(Math.min(bytes, MAX_READ_BYTES, Math.max(1, this.size(fd) - position + 1)));
    return failing(() => block.subarray(0, readSync(fd, block, 0, block.length, position)));
  }

  /** @param position null: at the end. @throws FileError */
  write(fd: number, position: number | null, bytes: Buffer): void {
    this.#check(fd);
    failing(() => {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(fd, bytes, at, bytes.length - at, position === null ? null : position + at);
      }
    });
  }

  size(fd: number): number {
    this.#check(fd);
    return failing(() => fstatSync(fd).size);
  }

  close(fd: number): void {
    if (this.#open.delete(fd)) closeSync(fd);
  }

  /** @throws FileError */
  info(path: string): { kind: 'file' | 'directory' | 'other'; size: number; modified: number } {
    return failing(() => {
      const stat = statSync(this.#locate(path, 'read'));
      const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
      return { kind, size: stat.size, modified: Math.floor(stat.mtimeMs / 1000) };
    });
  }

  /** Names with `.` and `..`, as LuaFileSystem has them. @throws FileError */
  list(path: string): string[] {
    return failing(() => ['.', '..', ...readdirSync(this.#locate(path, 'list'))]);
  }

  makeFolder(path: string): void {
    failing(() => mkdirSync(this.#entry(path)));
  }

  removeFolder(path: string): void {
    failing(() => rmdirSync(this.#entry(path)));
  }

  remove(path: string): void {
    failing(() => {
      const entry = this.#entry(path);
      if (lstatSync(entry).isDirectory()) rmdirSync(entry);
      else unlinkSync(entry);
    });
  }

  rename(from: string, to: string): void {
    failing(() => renameSync(this.#entry(from), this.#entry(to)));
  }

  closeAll(): void {
    for (const fd of [...this.#open]) this.close(fd);
  }

  #check(fd: number): void {
    if (!this.#open.has(fd)) throw new FileError('Bad file descriptor');
  }

  /** The real path of what a path leads to; it need not exist yet. @throws FileError when it is not this function's business */
  #locate(path: string, access: Access): string {
    const wanted = this.#absolute(path);
    return this.#permitted(realOrNull(wanted) ?? inRealFolder(wanted), access);
  }

  /** The same for an entry of a folder by itself: a link and not what it points to. */
  #entry(path: string): string {
    const entry = this.#permitted(inRealFolder(this.#absolute(path)), 'write');
    // Moved along with its folder it would not be known as hidden any more.
    if (this.#limits?.hidden.some((hidden) => isWithin(hidden, entry))) throw new FileError('Permission denied');
    return entry;
  }

  #absolute(path: string): string {
    if (path.includes('\0')) throw new FileError('Invalid argument');
    return resolve(this.#folder, path);
  }

  #permitted(real: string, access: Access): string {
    const limits = this.#limits;
    if (limits !== null) {
      const within = (folder: string): boolean => isWithin(real, folder);
      if (!limits[access].some(within) || limits.hidden.some(within)) throw new FileError('Permission denied');
      if (UNREADABLE.has(basename(real).toLowerCase())) throw new FileError('Permission denied');
    }
    return real;
  }
}

/** Where the paths of a {@link Reach} really lie. */
type Bounds = Readonly<Record<Access | 'hidden', readonly string[]>>;

function boundsOf({ read, list, write, hide }: Reach): Bounds {
  const real = (paths: readonly string[]): string[] =>
    paths.map(realOrSame).filter((path) => !OF_THE_PROCESS.some((folder) => isWithin(path, folder)));
  const written = real(write);
  const seen = [...real(read), ...written];
  return { write: written, read: seen, list: [...seen, ...real(list)], hidden: hide.map(realOrSame) };
}

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

const OPEN_FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  a: O_WRONLY | O_CREAT | O_APPEND,
  'a+': O_RDWR | O_CREAT | O_APPEND,
};

const MESSAGES: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EEXIST: 'File exists',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  ELOOP: 'Permission denied',
  ENOSPC: 'No space left on device',
  EXDEV: 'Invalid cross-device link',
};

function failing<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new FileError(MESSAGES[code] ?? message, { cause: error });
  }
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function inRealFolder(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw error;
  }
}

function realOrSame(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
