/**
 * What the primary and its gateways say to each other about workers. Numbers from 1 to 59; those above belong to whoever
 * shares the {@link Channel} with the pool. `worker` is the primary's name of a worker, `ask` a number that the gateway made.
 */

/** From a gateway. */
export const Ask = 1; //       ask, key, deadline (epoch ms; 0: none)          may I make a call?
export const Unask = 2; //     ask                                             nobody waits for that any more
export const Done = 3; //      ask                                             the call of a single grant has really ended
export const Return = 4; //    worker, running, idleMs                         a kept worker; each call still running gets an Ended
export const Ended = 5; //     worker
export const Kill = 6; //      worker, 'timeout' | 'broken'                    a call in it does not end; its line broke
export const Overdue = 7; //   worker, +1 | -1                                 calls past their deadline in it
export const Served = 8; //    worker, succeeded                               it has answered
export const Files = 9; //     key, files                                      loaded since
export const Leaving = 10; //  worker                                          it ends by itself
export const Used = 11; //     worker, active, worker, active, …               kept workers that were called since the last time

/** From the primary. */
export const Grant = 30; //    ask (0: unasked), worker ('': only a slot), flags
export const Refuse = 31; //   ask, error
export const Known = 32; //    worker, info: before its first Grant
export const Recall = 33; //   worker                                          answer with Return, at once
export const Gone = 34; //     worker, exit, killReason or nil                 calls in it fail with this
export const Pressed = 35; //  key, level, force                               others wait for workers of this function
export const Paused = 36; //   worker, +1 | -1                                 Overdue of another gateway

/** Flags of {@link Grant}. */
export const KEPT = 1;
export const QUEUED = 2;

/** Levels of {@link Pressed}. */
export const NOT_PRESSED = 0;
/** Give back what is idle. */
export const WANTED = 1;
/** The same, and no more workers will come up: quick ones may be handed calls in advance. */
export const FULL = 2;

/** A worker as the primary describes it. */
export interface WorkerInfo {
  readonly key: string;
  readonly socket: string;
  readonly max_frame: number;
  readonly pid: number;
  readonly host: number;
  readonly concurrency: number;
  readonly ahead: number;
  readonly served: boolean;
  readonly succeeded: boolean;
  readonly routing: 'round_robin' | 'single' | 'in_process';
}
