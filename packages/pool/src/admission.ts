import type { ErrorCode, FunctionPolicy } from '@fastfn/core';

/** Calls of one function that may wait for a worker, whatever its limits say. SPEC §5. */
export const MAX_WAITING = 1024;

/** The rules of admission of one function, from its policy. SPEC §5 "Admission". */
export interface AdmissionRules {
  /** Active calls; 0 = no limit. */
  readonly limit: number;
  /** Calls that may wait for admission. */
  readonly maxQueue: number;
  /** Longest wait for admission, ms; 0 = the rest of the deadline. */
  readonly queueTimeoutMs: number;
  readonly overflowStatus: 429 | 503;
  readonly overflowCode: Extract<ErrorCode, 'worker_pool_overflow' | 'concurrency_limit'>;
}

/**
 * `worker_pool.max_workers` limits active calls, else `max_concurrency` does. With `worker_pool.enabled: false` there is
 * no pool limit and no queue: only `max_concurrency` holds, and says so by its own code.
 */
export function admissionRules(policy: FunctionPolicy): AdmissionRules {
  const { workerPool, maxConcurrency } = policy;
  if (!workerPool.enabled) {
    return {
      limit: maxConcurrency,
      maxQueue: 0,
      queueTimeoutMs: 0,
      overflowStatus: 429,
      overflowCode: 'concurrency_limit',
    };
  }
  return {
    limit: workerPool.maxWorkers || maxConcurrency,
    maxQueue: workerPool.maxQueue,
    queueTimeoutMs: workerPool.queueTimeoutMs,
    overflowStatus: workerPool.overflowStatus,
    overflowCode: 'worker_pool_overflow',
  };
}

/**
 * Counts the active calls of one function. A slot is taken when a call is admitted and given back when its handler has
 * really ended, never earlier. Who waits for a slot, and in which order, is the queue's business.
 */
export class Admission {
  rules: AdmissionRules;
  /** Loans, each counted once, under which other gateways run calls that nobody has counted. */
  uncounted = 0;
  #active = 0;

  constructor(rules: AdmissionRules) {
    this.rules = rules;
  }

  get active(): number {
    return this.#active;
  }

  /** Takes a slot when one is free. */
  tryEnter(): boolean {
    const { limit } = this.rules;
    // A limit that has come anew holds for what is running, too: first it has to be known.
    if (limit !== 0 && (this.#active >= limit || this.uncounted > 0)) return false;
    this.#active++;
    return true;
  }

  /** Counts a call that is running already. */
  enter(): void {
    this.#active++;
  }

  /** Gives a slot back. */
  leave(): void {
    if (this.#active === 0) throw new Error('A slot was given back twice.');
    this.#active--;
  }

  /** May one more wait, when `queued` already do? */
  mayQueue(queued: number): boolean {
    return queued < this.rules.maxQueue || (this.uncounted > 0 && queued < MAX_WAITING);
  }
}
