export interface BackoffOptions {
  /** Wait after the first failure, ms. */
  readonly firstMs?: number;
  /** Longest wait, ms. */
  readonly maxMs?: number;
}

/** How long to wait before the next try: 0.5 s after the first failure, doubling to 8 s. SPEC §5. Time is handed in. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #failures = 0;
  #retryAt = 0;

  constructor({ firstMs = 500, maxMs = 8000 }: BackoffOptions = {}) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Notes a failure; the wait in ms. */
  fail(now: number): number {
    const delay = Math.min(this.#maxMs, this.#firstMs * 2 ** this.#failures);
    this.#failures++;
    this.#retryAt = now + delay;
    return delay;
  }

  isWaiting(now: number): boolean {
    return now < this.#retryAt;
  }

  reset(): void {
    this.#failures = 0;
    this.#retryAt = 0;
  }
}
