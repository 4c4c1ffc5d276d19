import type { Call } from './call.js';
import { FifoQueue } from './queue.js';

/**
 * Calls that wait, in order. Some of them lie ready in a worker: they count, and keep their places, but are spoken for as
 * long as they do.
 */
export class WaitingCalls extends FifoQueue<Call> {
  #free: Call | null = null;
  #ready = 0;

  /** The first that lies in no worker. */
  get free(): Call | null {
    return this.#free;
  }

  /** How many lie in no worker. */
  get freeCount(): number {
    return this.size - this.#ready;
  }

  override push(call: Call): void {
    super.push(call);
    this.#free ??= call;
  }

  /** Puts one in that has waited before, where it belongs by its turn. */
  restore(call: Call): void {
    let next = this.first;
    while (next !== null && next.turn < call.turn) next = next.queueNext;
    this.insertBefore(call, next);
    this.#consider(call);
  }

  override remove(call: Call): void {
    if (call.ready) this.#ready--;
    if (call === this.#free) this.#free = nextFree(call);
    super.remove(call);
  }

  /** The first that is free is handed to a worker, to lie ready there. */
  layFirst(): void {
    const call = this.#free!;
    call.ready = true;
    this.#ready++;
    this.#free = nextFree(call);
  }

  /** It does not lie ready any more, and has not begun. */
  pickUp(call: Call): void {
    call.ready = false;
    this.#ready--;
    this.#consider(call);
  }

  #consider(call: Call): void {
    if (this.#free === null || call.turn < this.#free.turn) this.#free = call;
  }
}

function nextFree(call: Call): Call | null {
  let next = call.queueNext;
  while (next?.ready) next = next.queueNext;
  return next;
}
