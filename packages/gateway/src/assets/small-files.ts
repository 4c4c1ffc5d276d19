import { type Stats, stat } from 'node:fs';
import { join } from 'node:path';

/** Bytes of all files that are kept; what was not asked for the longest goes first. */
const CAPACITY = 16 * 1024 * 1024;

/** A file changed so lately may change again without its times showing it, ms. */
const SETTLED_AFTER_MS = 100;

/** A file as it was read, with what is said about it. */
export interface SmallFile {
  /** As `@fastify/send` made them: validators, length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Kept extends SmallFile {
  readonly seen: Stats;
}

/**
 * Small files in memory. Opening and reading a file costs many times what sending it does; looking whether it has changed
 * is cheap, and is done for every request, so that what was saved is what is sent. Requests that come in the same turn
 * of the event loop share one look, which begins after all of them have come.
 */
export class SmallFiles {
  /** Least lately asked for first. */
  readonly #kept = new Map<string, Kept>();
  readonly #looking = new Map<string, Promise<SmallFile | null>>();
  #bytes = 0;

  constructor(
    private readonly root: string,
    private readonly capacity = CAPACITY,
    private readonly settledAfterMs = SETTLED_AFTER_MS,
  ) {}

  /** The file, when it is kept and is still the same. @param file below root, percent-encoded. */
  get(file: string): Promise<SmallFile | null> | null {
    if (!this.#kept.has(file)) return null;
    let looking = this.#looking.get(file);
    if (looking === undefined) {
      looking = new Promise((resolve) => setImmediate(() => this.#look(file, resolve)));
      this.#looking.set(file, looking);
    }
    return looking;
  }

  /** State of a file before it is read; goes into {@link keep}. Null when there is none. */
  look(file: string): Promise<Stats | null> {
    return new Promise((resolve) => stat(this.#path(file), (error, stats) => resolve(error ? null : stats)));
  }

  /** Keeps what was read after `before`, when it has not changed in between. */
  async keep(file: string, before: Stats | null, headers: SmallFile['headers'], body: Buffer): Promise<void> {
    if (before === null || body.length > this.capacity || Date.now() - Math.floor(before.ctimeMs) < this.settledAfterMs)
      return;
    const after = await this.look(file);
    if (after === null || !isSame(before, after) || body.length !== after.size) return;
    this.#drop(file);
    this.#kept.set(file, { headers, body, seen: after });
    this.#bytes += body.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.capacity) break;
      this.#drop(oldest);
    }
  }

  #look(file: string, resolve: (found: SmallFile | null) => void): void {
    // Whoever asks from now on wants a later look.
    this.#looking.delete(file);
    stat(this.#path(file), (error, stats) => {
      const kept = this.#kept.get(file);
      if (kept === undefined) return resolve(null);
      this.#kept.delete(file);
      if (!error && isSame(kept.seen, stats)) {
        this.#kept.set(file, kept);
        return resolve(kept);
      }
      this.#bytes -= kept.body.length;
      resolve(null);
    });
  }

  #drop(file: string): void {
    const kept = this.#kept.get(file);
    if (kept === undefined) return;
    this.#kept.delete(file);
    this.#bytes -= kept.body.length;
  }

  #path(file: string): string {
    return join(this.root, decodeURIComponent(file));
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return (
    one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.size === other.size && one.ino === other.ino
  );
}
