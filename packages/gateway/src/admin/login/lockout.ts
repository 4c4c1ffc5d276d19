import { Peers } from '../guard/peers.js';

export interface LockoutOptions {
  readonly maxAttempts: number;
  readonly lockMs: number;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** Locks a peer out after too many wrong logins; a right one, or time, forgives. */
export class Lockout {
  readonly #failures = new Peers<{ readonly count: number; readonly until: number }>();
  readonly #options: LockoutOptions;

  constructor(options: LockoutOptions) {
    this.#options = options;
  }

  /**
   * Counts an attempt as wrong before it is checked: many at once must not get more guesses than one after the other.
   * @returns 0 when it may be checked, else the seconds until the peer may try again.
   */
  attempt(peer: string): number {
    const { maxAttempts, lockMs, now = Date.now } = this.#options;
    const before = this.#failures.get(peer);
    const current = before !== undefined && before.until > now() ? before : { count: 0, until: 0 };
    if (current.count >= maxAttempts) return Math.ceil((current.until - now()) / 1000);
    this.#failures.set(peer, { count: current.count + 1, until: now() + lockMs });
    return 0;
  }

  /** The attempt was right. */
  forgive(peer: string): void {
    this.#failures.delete(peer);
  }
}
