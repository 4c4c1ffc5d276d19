import { Peers } from './peers.js';

export interface RateLimitOptions {
  /** Requests in one window; 0: no limit. */
  readonly max: number;
  readonly windowMs: number;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** Counts the requests of each peer in windows that begin with its first one. */
export class RateLimit {
  readonly #windows = new Peers<{ readonly began: number; count: number }>();
  readonly #options: RateLimitOptions;

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Seconds until a peer that is at the limit may try again; 0 when it is not. Counts nothing. */
  wait(peer: string): number {
    const { max, windowMs, now = Date.now } = this.#options;
    const window = this.#windows.get(peer);
    if (max === 0 || window === undefined || window.count < max) return 0;
    return Math.max(0, Math.ceil((window.began + windowMs - now()) / 1000));
  }

  /** Counts a request. @returns 0 when it may pass, else the seconds until the peer may try again. */
  count(peer: string): number {
    const { max, windowMs, now = Date.now } = this.#options;
    if (max === 0) return 0;
    const window = this.#windows.get(peer);
    const left = window === undefined ? 0 : window.began + windowMs - now();
    if (window === undefined || left <= 0) {
      this.#windows.set(peer, { began: now(), count: 1 });
      return 0;
    }
    return ++window.count <= max ? 0 : Math.ceil(left / 1000);
  }
}
