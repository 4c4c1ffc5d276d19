import { type CallRunner, FastFnError, type FunctionSpec, type KeepWarmView, type StoredCall } from '@fastfn/core';
import type { Clock } from '../clock.js';

export interface KeepWarmOptions {
  readonly call: CallRunner;
  /** @throws FastFnError when the function takes no GET. */
  prepare(fn: FunctionSpec, schedule: null): StoredCall;
  isBusy(key: string): boolean;
  readonly clock: Clock;
  readonly enabled: boolean;
}

const MAX_ANSWER_BYTES = 0;

interface Entry {
  fn: FunctionSpec;
  lastStatus: number | null;
  running: boolean;
  stopTimer: () => void;
}

/**
 * Calls functions with `keep_warm` now and then, so that what they hold (connections, caches) stays warm as well as their
 * processes, which the pool keeps. Only by GET, only functions that need no path parameters, and none that is busy.
 */
export class KeepWarm {
  readonly #options: KeepWarmOptions;
  readonly #entries = new Map<string, Entry>();
  #started = false;
  readonly #abort = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  constructor(options: KeepWarmOptions) {
    this.#options = options;
  }

  views(): readonly KeepWarmView[] {
    return [...this.#entries.values()].map(({ fn, lastStatus }) => ({ fn, lastStatus }));
  }

  update(functions: readonly FunctionSpec[]): void {
    const gone = new Set(this.#entries.keys());
    for (const fn of functions) {
      if (!fn.policy.keepWarm.enabled) continue;
      gone.delete(fn.key);
      const entry = this.#entries.get(fn.key);
      if (entry === undefined) {
        const made: Entry = { fn, lastStatus: null, running: false, stopTimer: () => {} };
        this.#entries.set(fn.key, made);
        this.#wait(made);
        continue;
      }
      const changed = entry.fn.policy.keepWarm.pingEveryMs !== fn.policy.keepWarm.pingEveryMs;
      entry.fn = fn;
      if (changed) this.#wait(entry);
    }
    for (const key of gone) {
      this.#entries.get(key)!.stopTimer();
      this.#entries.delete(key);
    }
  }

  start(): void {
    this.#started = this.#options.enabled;
    for (const entry of this.#entries.values()) this.#wait(entry);
  }

  /** A ping is worth nothing: it is broken off. */
  async stop(): Promise<void> {
    this.#started = false;
    for (const { stopTimer } of this.#entries.values()) stopTimer();
    this.#abort.abort();
    await Promise.allSettled(this.#runs);
  }

  #wait(entry: Entry): void {
    entry.stopTimer();
    if (!this.#started) return;
    entry.stopTimer = this.#options.clock.after(entry.fn.policy.keepWarm.pingEveryMs, () => {
      const run = this.#ping(entry);
      this.#runs.add(run);
      void run.finally(() => {
        this.#runs.delete(run);
        if (this.#entries.get(entry.fn.key) === entry) this.#wait(entry);
      });
    });
  }

  async #ping(entry: Entry): Promise<void> {
    const { call, prepare, isBusy } = this.#options;
    const { fn } = entry;
    if (isBusy(fn.key)) return;
    try {
      const trigger = { type: 'keep_warm', ping_every_seconds: fn.policy.keepWarm.pingEveryMs / 1000 };
      const outcome = await call(prepare(fn, null), {
        context: { trigger },
        maxBodyBytes: MAX_ANSWER_BYTES,
        signal: this.#abort.signal,
      });
      entry.lastStatus = outcome.status;
    } catch (error) {
      if (!(error instanceof FastFnError)) throw error;
      entry.lastStatus = error.status;
    }
  }
}
