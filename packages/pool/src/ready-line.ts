import type { Call } from './call.js';
import { Timed } from './deadlines.js';

/**
 * How long a call may lie ready in a worker, ms: from then on the worker must not begin it. Long enough for those before it,
 * which are quick; so short that nobody minds to have waited behind one that was not.
 */
export const LEASE_MS = 30;

/** So much later it is certain that it was not begun: the clocks are the same, their readings are rounded. */
export const LEASE_MARGIN_MS = 10;

/** A worker is handed as many calls as it runs in this time, ms, should it be as quick as it was. */
const LINE_MS = 8;

/** A handler that takes longer than this on average gains nothing by it, ms. */
const QUICK_MS = 2;

/** Weight of the latest call in that average: one slow call counts for some fifty. */
const LATEST = 1 / 8;

/**
 * The calls that lie ready in one worker: handed out in advance, in order, behind the one that runs. A worker that runs one at
 * a time sends a call's last frame before it begins the next one. So as long as the last frame of the one that runs has not
 * come, none of these has begun.
 */
export class ReadyLine extends Timed {
  readonly #onDue: (now: number) => void;
  readonly #calls: Call[] = [];
  /** Moving average of the time per call, ms; unknown counts as slow. */
  #averageMs = 100;
  /** When a call was last begun or ended, by the monotonic clock. */
  #lastMoment = 0;
  #stalled = false;

  /** @param onDue the moment for which it was put into the sweep of the deadlines has come. */
  constructor(onDue: (now: number) => void) {
    super();
    this.#onDue = onDue;
  }

  get first(): Call | null {
    return this.#calls[0] ?? null;
  }

  get size(): number {
    return this.#calls.length;
  }

  /** How many calls more than the one that runs the worker shall have. @param most that it takes */
  depth(most: number): number {
    if (this.#stalled || this.#averageMs >= QUICK_MS) return 0;
    return Math.min(most, LINE_MS / this.#averageMs);
  }

  push(call: Call): void {
    this.#calls.push(call);
  }

  shift(): Call | null {
    return this.#calls.shift() ?? null;
  }

  remove(call: Call): void {
    this.#calls.splice(this.#calls.indexOf(call), 1);
  }

  /** A call was begun by an idle worker. */
  began(): void {
    this.#lastMoment = performance.now();
  }

  /** A call has ended. */
  ended(): void {
    const now = performance.now();
    this.#averageMs += (now - this.#lastMoment - this.#averageMs) * LATEST;
    this.#lastMoment = now;
    this.#stalled = false;
  }

  /** The call that runs is not quick: none shall lie behind it until it has ended. */
  stall(): void {
    this.#stalled = true;
  }

  override onDue(now: number): void {
    this.#onDue(now);
  }
}
