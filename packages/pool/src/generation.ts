import type { FastFnError, Prepared } from '@fastfn/core';
import { Backoff, type BackoffOptions } from './backoff.js';
import type { FunctionPart } from './start-spec.js';
import type { Worker } from './worker.js';

/**
 * One state of a function's code and settings, and the workers that were made of it. An edit makes a new one; calls go to
 * the newest alone, and what was learnt of an older one (that it does not load, say) is forgotten with it.
 */
export class Generation {
  readonly workers: Worker[] = [];
  /** Files below root that its workers have loaded. */
  readonly files = new Set<string>();
  /** Files that its preparation looked for and did not find. */
  readonly absent = new Set<string>();
  readonly backoff: Backoff;
  /** Aborts the preparation when a newer generation has come. */
  readonly abort = new AbortController();
  /** Null: dependencies or the build are not ready. */
  prepared: Prepared | null = null;
  /** Lasts until the function changes. */
  prepareError: FastFnError | null = null;
  /** Why the last worker did not come up; holds while the back-off lasts. */
  startError: FastFnError | null = null;
  /** Calls one worker can run at once, as far as known. */
  concurrency: number;
  /** Starts in a row that reached no worker on its socket. */
  unreachable = 0;

  constructor(
    readonly part: FunctionPart,
    readonly fingerprint: string,
    concurrency: number,
    backoff: BackoffOptions | undefined,
  ) {
    this.concurrency = concurrency;
    this.backoff = new Backoff(backoff);
  }

  get preparing(): boolean {
    return this.prepared === null && this.prepareError === null;
  }

  /** Workers that serve or are about to. */
  get live(): number {
    let count = 0;
    for (const worker of this.workers) if (worker.live) count++;
    return count;
  }

  get starting(): number {
    let count = 0;
    for (const worker of this.workers) if (worker.state === 'starting') count++;
    return count;
  }

  get ready(): number {
    return this.live - this.starting;
  }

  remove(worker: Worker): void {
    const index = this.workers.indexOf(worker);
    if (index !== -1) this.workers.splice(index, 1);
  }
}
