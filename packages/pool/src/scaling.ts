import type { FunctionPolicy } from '@fastfn/core';

export interface WorkerCapInput {
  readonly policy: FunctionPolicy;
  /** Calls one worker can run at once; 0 = any number. */
  readonly concurrency: number;
  /** Daemons that are up. */
  readonly hosts: number;
  readonly cores: number;
}

/**
 * Most worker processes of one function. Languages that run one call at a time scale to `max_workers`, by default to
 * max(4, 2 × cores) per daemon; concurrent ones use one process per daemon. SPEC §5 "Workers".
 */
export function workerCap({ policy, concurrency, hosts, cores }: WorkerCapInput): number {
  const declared = policy.workerPool.enabled ? policy.workerPool.maxWorkers : 0;
  if (concurrency === 0) return declared > 0 ? Math.min(declared, hosts) : hosts;
  return declared > 0 ? declared : Math.max(4, 2 * cores) * hosts;
}

export interface Demand {
  /** Admitted calls that no worker could take. */
  readonly waiting: number;
  /** Workers that serve or are starting. */
  readonly live: number;
  /** Of those, starting. */
  readonly starting: number;
  readonly concurrency: number;
  /** Daemons that are up. */
  readonly hosts: number;
  /** From {@link workerCap}. */
  readonly cap: number;
}

/**
 * How many workers to start now. The first call of a function starts one on every daemon, so that calls rotate over all of
 * them; beyond that there are as many more as the waiting calls need, less those already starting.
 */
export function workersToStart({ waiting, live, starting, concurrency, hosts, cap }: Demand): number {
  if (waiting === 0) return 0;
  const missing = concurrency === 0 ? 0 : Math.max(0, Math.ceil(waiting / concurrency) - starting);
  const wanted = Math.max(live + missing, hosts);
  return Math.max(0, Math.min(wanted, cap) - live);
}

/**
 * The daemon to start a worker on: the one with the fewest workers of the function; among equals the one whose turn in the
 * rotation comes first.
 * @param counts workers per daemon, in order of the daemons.
 * @param cursor index in `counts` of the daemon that had the last turn.
 */
export function emptiest(counts: readonly number[], cursor: number): number {
  let best = -1;
  for (let i = 1; i <= counts.length; i++) {
    const index = (cursor + i) % counts.length;
    if (best === -1 || counts[index]! < counts[best]!) best = index;
  }
  return best;
}

/** Workers that are kept although idle: `min_warm`, or `keep_warm.min_warm` when that is on. */
export function warmFloor(policy: FunctionPolicy): number {
  const { workerPool, keepWarm } = policy;
  return Math.max(workerPool.minWarm, keepWarm.enabled ? keepWarm.minWarm : 0);
}

/** How long a worker beyond the floor may be idle, ms. */
export function idleTtl(policy: FunctionPolicy): number {
  const { workerPool, keepWarm } = policy;
  return keepWarm.enabled ? Math.max(workerPool.idleTtlMs, keepWarm.idleTtlMs) : workerPool.idleTtlMs;
}
