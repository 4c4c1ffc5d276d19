import type { RequestRecord } from '../../options.js';

/** Upper bounds of the histogram, seconds. */
export const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Requests that reached no function, and those of functions beyond the bound. */
const NO_FUNCTION = 'none';
const MAX_FUNCTIONS = 10_000;

/** Requests of one function that ended with one class of status. */
export interface RequestSeries {
  /** `FunctionSpec.key`, or `none`. */
  readonly fn: string;
  /** `2xx`. */
  readonly status: string;
  count: number;
  /** Seconds. */
  sum: number;
  /** Not cumulative; one more than {@link BUCKETS} for what is beyond. */
  readonly buckets: number[];
}

/** Counts requests for `/_fn/metrics`. On the hot path: a map, an array, three additions. */
export class RequestStats {
  readonly #functions = new Map<string, (RequestSeries | undefined)[]>();

  add({ fn, status, durationMs }: RequestRecord): void {
    const series = this.#series(fn ?? NO_FUNCTION, Math.floor(status / 100));
    const seconds = durationMs / 1000;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
    series.count++;
    series.sum += seconds;
    series.buckets[bucket]!++;
  }

  /** Counts what another process has counted. */
  merge(counted: readonly RequestSeries[]): void {
    for (const { fn, status, count, sum, buckets } of counted) {
      const series = this.#series(fn, Number(status[0]));
      series.count += count;
      series.sum += sum;
      for (const [i, n] of buckets.entries()) series.buckets[i]! += n;
    }
  }

  /** Begins anew. @returns what was counted so far */
  drain(): RequestSeries[] {
    const counted = this.series();
    this.#functions.clear();
    return counted;
  }

  series(): RequestSeries[] {
    return [...this.#functions.values()].flat().filter((series) => series !== undefined);
  }

  #series(fn: string, statusClass: number): RequestSeries {
    let name = fn;
    let classes = this.#functions.get(name);
    if (classes === undefined) {
      if (this.#functions.size >= MAX_FUNCTIONS) name = NO_FUNCTION;
      classes = this.#functions.get(name) ?? [];
      this.#functions.set(name, classes);
    }
    classes[statusClass] ??= {
      fn: name,
      status: `${statusClass}xx`,
      count: 0,
      sum: 0,
      buckets: new Array<number>(BUCKETS.length + 1).fill(0),
    };
    return classes[statusClass];
  }
}
