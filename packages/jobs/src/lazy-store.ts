import { FastFnError, type Logger } from '@fastfn/core';
import type { Clock } from './clock.js';
import { type OpenStore, type Store, StoreBusyError } from './store.js';

/** Between two tries to get a store that somebody else has. */
const RETRY_MS = 1_000;

/**
 * A store that is opened when it is first needed: a server without jobs and schedules never pays for one. When another
 * process has it (the server that this one replaces, perhaps), it tries again until it gets it.
 */
export class LazyStore {
  #store: Store | null = null;
  #opening: Promise<Store | null> | null = null;
  /** Why there is none. */
  #problem: { readonly message: string; readonly busy: boolean; readonly at: number } | null = null;
  #stopRetry = (): void => {};
  #closed = false;
  readonly #listeners: ((store: Store) => void)[] = [];
  #logged = '';

  /** @param exists whether there is something to open: until then, who only reads need not make one. */
  constructor(
    private readonly open: OpenStore,
    private readonly exists: () => boolean,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Null: not open, for whatever reason. */
  get current(): Store | null {
    return this.#store;
  }

  /** Another process has it, and this one waits for it. */
  get busy(): boolean {
    return this.#problem?.busy === true;
  }

  /** Told once, when the store has been opened; at once when it is open. */
  onOpen(listener: (store: Store) => void): void {
    if (this.#store !== null) listener(this.#store);
    else this.#listeners.push(listener);
  }

  /** @throws FastFnError `jobs_unavailable`, with the reason. */
  async get(): Promise<Store> {
    const store = this.#store ?? (await this.tryOpen());
    if (store === null) {
      throw new FastFnError('jobs_unavailable', this.#problem?.message ?? 'The server is stopping.', {
        headers: { 'Retry-After': '1' },
      });
    }
    return store;
  }

  /** For reading: null when nothing was ever stored. @throws FastFnError `jobs_unavailable`, with the reason. */
  async peek(): Promise<Store | null> {
    return this.#store === null && !this.exists() ? null : this.get();
  }

  /** Opens the store when there is one. Never rejects. */
  async resume(): Promise<void> {
    if (this.exists()) await this.tryOpen();
  }

  /** Opens the store unless that failed a moment ago. Never rejects. */
  tryOpen(): Promise<Store | null> {
    if (this.#store !== null || this.#closed) return Promise.resolve(this.#store);
    const waited = this.#problem === null || Math.abs(this.clock.now() - this.#problem.at) >= RETRY_MS;
    if (this.#opening === null && waited) {
      this.#opening = this.#tryOpen().finally(() => {
        this.#opening = null;
      });
    }
    return this.#opening ?? Promise.resolve(null);
  }

  /** Waits for an opening that is under way. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopRetry();
    await this.#opening;
    await this.#store?.close();
  }

  async #tryOpen(): Promise<Store | null> {
    this.#stopRetry();
    try {
      this.#store = await this.open();
    } catch (error) {
      this.#failed(error as Error);
      return null;
    }
    this.#problem = null;
    if (this.#logged !== '') this.logger.log('info', '[Jobs] The store of jobs and schedules is open now.');
    // Closed meanwhile: `close` waits for us, and closes it.
    if (!this.#closed) for (const listener of this.#listeners.splice(0)) listener(this.#store);
    return this.#store;
  }

  #failed(error: Error): void {
    const busy = error instanceof StoreBusyError;
    this.#problem = { message: error.message, busy, at: this.clock.now() };
    if (this.#logged !== error.message) {
      const follows = busy ? 'Jobs and schedules rest here until it is free.' : 'Jobs are refused.';
      this.logger.log(busy ? 'warn' : 'error', `[Jobs] ${error.message} ${follows}`);
      this.#logged = error.message;
    }
    if (busy && !this.#closed) this.#stopRetry = this.clock.after(RETRY_MS, () => void this.tryOpen());
  }
}
