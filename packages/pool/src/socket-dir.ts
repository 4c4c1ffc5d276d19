import { existsSync, mkdirSync, mkdtempSync, readdirSync, rm, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { socketDirUnusable, socketPathTooLong } from './errors.js';

/** `sun_path` less its closing zero byte: 108 on Linux, 104 on macOS. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/** `mkdtemp` appends this many random letters and digits. */
const RANDOM = 6;

/** No name that {@link SocketDir} or {@link DaemonGroup} gives is longer. */
const LONGEST_NAME = 'fn-python-9999.sock'.length;

/**
 * The private folder of the sockets and of the functions' temp folders. Removes what it made when closed: all of it when
 * the folder is its own, only its own files in a folder that was given.
 */
export class SocketDir {
  readonly path: string;
  /** A folder with nothing in it, that stays so: sandboxes lay it over others. */
  readonly empty: string;
  readonly #own: boolean;
  readonly #tmp: string;
  readonly #prefix: string;
  #workers = 0;
  #tmps = 0;

  /**
   * @param given absolute folder, made with mode 0700 when missing; undefined: a new one under the system's temp folder.
   * @throws UsageError `socket_path_too_long`, `socket_dir_unusable`
   */
  constructor(given?: string) {
    const base = given ?? join(tmpdir(), `fastfn-${process.pid}-XXXXXX`);
    if (Buffer.byteLength(join(base, 'x'.repeat(LONGEST_NAME))) > MAX_SOCKET_PATH) {
      throw socketPathTooLong(given ?? tmpdir(), MAX_SOCKET_PATH);
    }
    this.#own = given === undefined;
    try {
      if (given === undefined) {
        removeAbandoned(tmpdir());
        this.path = mkdtempSync(join(tmpdir(), `fastfn-${process.pid}-`));
      } else {
        makeFolder(given);
        removeAbandoned(given);
        this.path = given;
      }
      this.#tmp = mkdtempSync(join(this.path, `tmp-${process.pid}-`));
      this.empty = join(this.#tmp, 'empty');
      mkdirSync(this.empty, { mode: 0o500 });
    } catch (cause) {
      throw socketDirUnusable(given ?? tmpdir(), cause as Error);
    }
    // Several servers may share a folder that was given: the random part of the one name tells the others apart.
    this.#prefix = `w${this.#tmp.slice(-RANDOM)}-`;
  }

  /** A path for a worker's socket that no one has used. */
  workerSocket(): string {
    return join(this.path, `${this.#prefix}${(++this.#workers).toString(36)}`);
  }

  /** Path of a daemon's socket: `fn-<runtime>.sock`, numbered when there are several. */
  daemonSocket(runtime: string, index: number, count: number): string {
    return join(this.path, count === 1 ? `fn-${runtime}.sock` : `fn-${runtime}-${index}.sock`);
  }

  /** Makes a private temp folder. */
  makeTmp(): string {
    const path = join(this.#tmp, String(++this.#tmps));
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** Removes a private temp folder with all that is in it. */
  removeTmp(path: string): void {
    rm(path, { recursive: true, force: true }, () => {
      // What is left goes when the whole folder does.
    });
  }

  /** Removes a socket file that a process left behind. */
  unlink(path: string): void {
    try {
      unlinkSync(path);
    } catch {
      // Its owner has removed it: the usual case.
    }
  }

  close(): void {
    rmSync(this.#own ? this.path : this.#tmp, { recursive: true, force: true });
  }
}

/** Makes a folder and those above it. Node's own `recursive` never ends where nothing can be made, as under /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Made by {@link SocketDir}: its own folder, or the one of temp folders in a folder that was given. */
const OURS = /^(?:fastfn|tmp)-(\d+)-(\w{6})$/;

/** Removes what servers left that were killed before they could: the names tell who made them. */
function removeAbandoned(parent: string): void {
  const names = readdirSync(parent);
  for (const name of names) {
    const [, pid, random] = OURS.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const sockets = names.filter((other) => other.startsWith(`w${random}-`));
    try {
      for (const path of [name, ...sockets]) rmSync(join(parent, path), { recursive: true, force: true });
    } catch {
      // Another user's: none of our business.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
