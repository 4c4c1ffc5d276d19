import type { Clock } from '../../src/clock.js';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when told to. */
export class FakeClock implements Clock {
  /** Real time passed; what timers go by. */
  #elapsed = 0;
  #offset: number;
  readonly #timers = new Set<Timer>();

  /** @param rest resolves when what a timer started has come to rest. */
  constructor(
    start = Date.UTC(2026, 0, 1),
    readonly rest: () => Promise<void> = settle,
  ) {
    this.#offset = start;
  }

  now(): number {
    return this.#offset + this.#elapsed;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass: timers fire in their order, and what they start gets turns of the event loop to go on. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await this.rest();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#timers.delete(next);
      next.callback();
      await this.rest();
    }
    this.#elapsed = until;
    await this.rest();
  }

  /** Sets the clock, as a person or NTP does: no time passes, no timer fires. */
  jump(ms: number): void {
    this.#offset += ms;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }
}

/** Turns enough for promises and immediates to run out. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
