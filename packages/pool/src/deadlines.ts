/** Distance of two sweeps, ms: how late something due may be noticed. */
const TICK_MS = 10;

/** Power of two. An entry further away than `SLOTS * TICK_MS` is passed over once per round. */
const SLOTS = 1024;

/** Sweeps without an entry before the timer is taken down: a busy server does not set it up for every call. */
const IDLE_TICKS = 100;

/** After its deadline a handler may take so long to end before its process is killed. SPEC §5, PROTOCOL.md §4. */
export const CANCEL_GRACE_MS = 200;

/** It gets at least so long, should we ourselves have noticed late. */
export const LEAST_GRACE_MS = 50;

const NOT_IN = -1;
const IS_DUE = -2;

/** Something that wants to be told when a moment has come. Its fields belong to {@link Deadlines}. */
export abstract class Timed {
  /** Epoch ms. */
  due = 0;
  timedSlot: number = NOT_IN;
  timedPrev: Timed | null = null;
  timedNext: Timed | null = null;

  /** `due` is reached. The entry is out; it may be put in again. */
  abstract onDue(now: number): void;
}

/**
 * One sweep for all deadlines: a timing wheel with one timer, so that a call costs two pointer updates and no timer of its
 * own. Nothing is early; lateness is at most two sweeps when the event loop is free.
 */
export class Deadlines {
  readonly #slots: (Timed | null)[] = new Array<Timed | null>(SLOTS).fill(null);
  #count = 0;
  #tick = 0;
  #idleTicks = 0;
  #timer: NodeJS.Timeout | null = null;

  get size(): number {
    return this.#count;
  }

  /** Puts an entry in, or moves it. */
  set(entry: Timed, due: number): void {
    this.remove(entry);
    if (this.#timer === null) this.#start();
    entry.due = due;
    const slot = Math.max(Math.ceil(due / TICK_MS), this.#tick + 1) & (SLOTS - 1);
    const next = this.#slots[slot]!;
    entry.timedSlot = slot;
    entry.timedNext = next;
    if (next !== null) next.timedPrev = entry;
    this.#slots[slot] = entry;
    this.#count++;
  }

  /** Takes an entry out; fine when it is not in. */
  remove(entry: Timed): void {
    const slot = entry.timedSlot;
    if (slot < 0) {
      entry.timedSlot = NOT_IN;
      return;
    }
    const { timedPrev, timedNext } = entry;
    if (timedPrev === null) this.#slots[slot] = timedNext;
    else timedPrev.timedNext = timedNext;
    if (timedNext !== null) timedNext.timedPrev = timedPrev;
    entry.timedSlot = NOT_IN;
    entry.timedPrev = null;
    entry.timedNext = null;
    this.#count--;
  }

  /** Tells everyone whose moment has come. Public for tests; else the timer's. */
  sweep(now: number): void {
    const target = Math.floor(now / TICK_MS);
    // After a long pause every slot is looked at once, not once per missed tick.
    const from = Math.max(this.#tick + 1, target - SLOTS + 1);
    this.#tick = Math.max(this.#tick, target);
    let due: Timed[] | null = null;
    for (let tick = from; tick <= target; tick++) {
      let entry = this.#slots[tick & (SLOTS - 1)]!;
      while (entry !== null) {
        const next: Timed | null = entry.timedNext;
        if (entry.due <= now) {
          this.remove(entry);
          entry.timedSlot = IS_DUE;
          due ??= [];
          due.push(entry);
        }
        entry = next as Timed;
      }
    }
    if (due === null) return;
    for (const entry of due) {
      // An earlier one may have taken it out, or put it in again.
      if (entry.timedSlot !== IS_DUE) continue;
      entry.timedSlot = NOT_IN;
      entry.onDue(now);
    }
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #start(): void {
    this.#tick = Math.floor(Date.now() / TICK_MS);
    this.#idleTicks = 0;
    this.#timer = setInterval(() => {
      this.sweep(Date.now());
      if (this.#count > 0) this.#idleTicks = 0;
      else if (++this.#idleTicks > IDLE_TICKS) this.close();
    }, TICK_MS);
    // What waits holds a socket; the sweep alone is no reason to live.
    this.#timer.unref();
  }
}
