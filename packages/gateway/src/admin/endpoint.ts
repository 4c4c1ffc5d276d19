import type { Exchange } from '../exchange.js';

/** One admin endpoint. */
export interface Endpoint {
  /** Upper case; GET answers HEAD too. */
  readonly methods: readonly string[];
  /** Answers now or later. Throws FastFnError. */
  serve(exchange: Exchange): void;
}
