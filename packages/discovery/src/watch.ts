import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { type ChangeBatch, ChangeCollector } from './change-batch.js';
import { FolderWatches, stampOf, statOf } from './folder-watches.js';
import { skippedFolders } from './watch-filter.js';

export type { ChangeBatch } from './change-batch.js';

export interface WatchOptions {
  /** Absolute. It may vanish and come back. */
  readonly root: string;
  /** Further files, absolute, e.g. `fastfn.json` and `.env` beside the root; they need not exist. */
  readonly files?: readonly string[];
  /** Folder names not to watch beside the built-in ones (dependencies, build output, dot-folders). */
  readonly skip?: readonly string[];
  /** Quiet time that ends a burst of several paths, ms. Default 50. */
  readonly debounceMs?: number;
  /** False: the system's notifications are not used; the tree is compared every `intervalMs`. Default true. */
  readonly watchdog?: boolean;
  /** Polling interval, ms. Default 2000. */
  readonly intervalMs?: number;
  onBatch(batch: ChangeBatch): void;
  /** The system has no more watches to give, so polling goes on in their place; or `onBatch` threw. */
  onError?(error: Error): void;
}

export interface Watcher {
  /** `polling` also after the system's watches ran out. */
  readonly mode: 'events' | 'polling';
  /** Idempotent. No batch is given after it was called. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Quiet time after which a change of one path is told, ms: editors write in several steps. */
const SINGLE_QUIET_MS = 10;
/** A burst is told after this at the latest, ms: longer than a checkout of some hundred files takes on a busy machine. */
const MAX_WAIT_MS = 1_000;
const DEFAULT_DEBOUNCE_MS = 50;
const DEFAULT_INTERVAL_MS = 2_000;
/** How often to look for a root that is gone, ms: its parent may be gone too. */
const ROOT_RETRY_MS = 250;

/**
 * Watches everything below a root. The state at the moment of the call is the starting point: what changes after it
 * returned is told. One changed path is told after some 10 ms; a burst becomes one batch. `docs/decisions` says why
 * this is not a library.
 */
export function watch(options: WatchOptions): Watcher {
  return new TreeWatcher(options);
}

class TreeWatcher implements Watcher {
  mode: 'events' | 'polling';
  private readonly options: WatchOptions;
  private readonly skipped: ReadonlySet<string>;
  private readonly debounceMs: number;
  private readonly changes = new ChangeCollector();
  private readonly hints = new Set<string>();
  /** State of {@link WatchOptions.files}. */
  private readonly singles = new Map<string, ReadonlyMap<string, string>>();
  private anchors: FSWatcher[] = [];
  private watches: FolderWatches;
  private polled: ReadonlyMap<string, string> = new Map();
  private timer: NodeJS.Timeout | null = null;
  private interval: NodeJS.Timeout | null = null;
  private firstHint = 0;
  private lastHint = 0;
  private closed = false;

  constructor(options: WatchOptions) {
    for (const path of [options.root, ...(options.files ?? [])]) {
      if (!isAbsolute(path)) throw new TypeError(`watch() needs absolute paths, but was given "${path}".`);
    }
    this.options = options;
    this.skipped = skippedFolders(options.skip ?? []);
    this.debounceMs = options.debounceMs ?? DEFAULT_DEBOUNCE_MS;
    this.mode = options.watchdog === false ? 'polling' : 'events';
    this.watches = this.createWatches(this.mode === 'events');
    this.watches.sync(options.root);
    for (const file of options.files ?? []) this.singles.set(file, stateOf(file));
    if (this.mode === 'polling') this.startPolling();
    else this.refreshAnchors();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.interval !== null) clearInterval(this.interval);
    this.timer = null;
    this.interval = null;
    this.stopWatching();
    this.hints.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private createWatches(live: boolean): FolderWatches {
    return new FolderWatches({
      root: this.options.root,
      live,
      skipped: this.skipped,
      onHint: (path) => this.hint(path),
      // Not at once: this comes from the middle of a walk.
      onExhausted: (error) => setImmediate(() => this.fallBack(error)),
    });
  }

  // Notifications of the system

  private hint(path: string): void {
    if (this.closed || this.mode === 'polling') return;
    this.hints.add(path);
    this.lastHint = performance.now();
    if (this.timer !== null) return;
    this.firstHint = this.lastHint;
    this.arm(SINGLE_QUIET_MS);
  }

  private arm(ms: number): void {
    this.timer = setTimeout(() => this.tick(), Math.max(1, Math.ceil(ms)));
  }

  private tick(): void {
    this.timer = null;
    let now = performance.now();
    const mayWait = now - this.firstHint < MAX_WAIT_MS;
    if (mayWait && now - this.lastHint < SINGLE_QUIET_MS) {
      this.arm(SINGLE_QUIET_MS - (now - this.lastHint));
      return;
    }
    this.settle();
    if (this.changes.size === 0) return;
    now = performance.now();
    const quiet = now - this.lastHint;
    const isSingle = this.changes.size === 1 && !this.changes.hasRemovals;
    if (isSingle || quiet >= this.debounceMs || now - this.firstHint >= MAX_WAIT_MS) this.emit();
    else this.arm(Math.min(this.debounceMs - quiet, MAX_WAIT_MS - (now - this.firstHint)));
  }

  /** Finds out what the hints were about. */
  private settle(): void {
    const hints = [...this.hints];
    this.hints.clear();
    for (const path of hints) this.look(path);
    if (hints.includes(this.options.root)) this.refreshAnchors();
  }

  private look(path: string): void {
    const single = this.singles.get(path);
    if (single !== undefined) {
      const now = stateOf(path);
      this.changes.compare(single, now);
      this.singles.set(path, now);
    }
    if (path !== this.options.root && !path.startsWith(this.options.root + sep)) return;
    const { before, after } = this.watches.sync(path);
    this.changes.compare(before, after);
  }

  /**
   * Watches the folders that hold the root and the single files, for these names only. While the root is gone it is
   * looked for from time to time: the folders above may be gone as well.
   */
  private refreshAnchors(): void {
    for (const anchor of this.anchors) anchor.close();
    this.anchors = [];
    const paths = [this.options.root, ...this.singles.keys()];
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      const names = new Set(paths.filter((path) => dirname(path) === folder).map((path) => basename(path)));
      try {
        const anchor = watchFolder(folder, (_event, name) => {
          if (name === null) for (const each of names) this.hint(join(folder, each));
          else if (names.has(name)) this.hint(join(folder, name));
        });
        // A folder that ends takes its watch along; the retry below comes back to it.
        anchor.on('error', () => anchor.close());
        this.anchors.push(anchor);
      } catch {
        // The folder is gone, or the system has no more watches: FolderWatches reports the latter.
      }
    }
    const isThere = statOf(this.options.root) !== null;
    if (isThere && this.interval !== null) {
      clearInterval(this.interval);
      this.interval = null;
    } else if (!isThere && this.interval === null) {
      this.interval = setInterval(() => {
        if (statOf(this.options.root) !== null) this.hint(this.options.root);
      }, ROOT_RETRY_MS);
    }
  }

  private stopWatching(): void {
    for (const anchor of this.anchors) anchor.close();
    this.anchors = [];
    this.watches.close();
  }

  // Polling

  private fallBack(error: Error): void {
    if (this.closed || this.mode === 'polling') return;
    this.mode = 'polling';
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.interval !== null) clearInterval(this.interval);
    this.timer = null;
    this.hints.clear();
    this.startPolling();
    this.options.onError?.(
      new Error(
        `The system has no more file watches (${error.message}), so changes are looked for every ${this.intervalMs} ms. ` +
          'Raise fs.inotify.max_user_watches or fs.inotify.max_user_instances to be told at once.',
        { cause: error },
      ),
    );
  }

  private get intervalMs(): number {
    return this.options.intervalMs ?? DEFAULT_INTERVAL_MS;
  }

  private startPolling(): void {
    this.polled = this.watches.snapshot();
    this.stopWatching();
    this.interval = setInterval(() => this.poll(), this.intervalMs);
  }

  private poll(): void {
    const watches = this.createWatches(false);
    watches.sync(this.options.root);
    const now = watches.snapshot();
    this.changes.compare(this.polled, now);
    this.polled = now;
    for (const [file, before] of this.singles) {
      const after = stateOf(file);
      this.changes.compare(before, after);
      this.singles.set(file, after);
    }
    if (this.changes.size > 0) this.emit();
  }

  private emit(): void {
    const batch = this.changes.take();
    try {
      this.options.onBatch(batch);
    } catch (error) {
      this.options.onError?.(error as Error);
    }
  }
}

function stateOf(file: string): ReadonlyMap<string, string> {
  const stats = statOf(file);
  return new Map(stats?.isFile() || stats?.isSymbolicLink() ? [[file, stampOf(file, stats)]] : []);
}
