/** Time, as everything in this package knows it. Tests pass one that they move by hand. */
export interface Clock {
  /** Epoch ms; may jump. */
  now(): number;
  /** Calls back after this many ms of real time, however the clock jumps. @returns stops it. */
  after(ms: number, callback: () => void): () => void;
}

/** Node's longest timer. */
const MAX_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
