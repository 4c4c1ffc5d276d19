import type { Exchange } from '../../exchange.js';

/**
 * When the answer of a request's function must begin, epoch ms: `timeout_ms` after the request came in, so that reading
 * a body, waiting in the queue and asking an upstream all count. The pool stops code that misses it. SPEC §5.
 */
export function deadlineOf(exchange: Exchange): number {
  return exchange.ts + exchange.fn!.policy.timeoutMs;
}
