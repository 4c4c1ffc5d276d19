import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Distance of two looks, ms. */
const INTERVAL_MS = 100;

/** Of Linux on every machine that we run on but some arm64 kernels, whose pages are larger: then `ps` is asked. */
const PAGE_BYTES = 4096;

interface Watched {
  readonly limitBytes: number;
  onExceeded(): void;
}

/** Resident bytes by pid; pids that are gone are missing. */
export type ReadMemory = (pids: readonly number[]) => Promise<ReadonlyMap<number, number>>;

/** Looks at the resident memory of those processes that have a limit; costs nothing while there is none. */
export class MemoryWatch {
  readonly #read: ReadMemory;
  readonly #watched = new Map<number, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(read: ReadMemory = readMemory) {
    this.#read = read;
  }

  add(pid: number, limitBytes: number, onExceeded: () => void): void {
    this.#watched.set(pid, { limitBytes, onExceeded });
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  remove(pid: number): void {
    this.#watched.delete(pid);
    if (this.#watched.size === 0) this.close();
  }

  /** Public for tests; else the timer's. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const [pid, bytes] of await this.#read([...this.#watched.keys()])) {
        const watched = this.#watched.get(pid);
        if (watched !== undefined && bytes > watched.limitBytes) watched.onExceeded();
      }
    } finally {
      this.#looking = false;
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** From /proc where there is one (a read of some 10 µs), else from `ps`. */
export const readMemory: ReadMemory = async (pids) =>
  process.platform === 'linux' && process.arch === 'x64' ? fromProc(pids) : fromPs(pids);

function fromProc(pids: readonly number[]): Map<number, number> {
  const result = new Map<number, number>();
  for (const pid of pids) {
    try {
      const resident = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
      result.set(pid, resident * PAGE_BYTES);
    } catch {
      // It has ended.
    }
  }
  return result;
}

function fromPs(pids: readonly number[]): Promise<Map<number, number>> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'pid=,rss=', '-p', pids.join(',')], (_error, stdout) => {
      const result = new Map<number, number>();
      for (const line of stdout.split('\n')) {
        const [pid, kilobytes] = line.trim().split(/\s+/).map(Number);
        if (pid && kilobytes) result.set(pid, kilobytes * 1024);
      }
      resolve(result);
    });
  });
}
