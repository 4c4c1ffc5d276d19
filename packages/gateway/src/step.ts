import type { Exchange } from './exchange.js';

/**
 * One station of the chain. Returns true when the request goes on to the next, false when the station answers it, now
 * or later. A station that needs time returns false and calls `exchange.advance()` to go on. Throws FastFnError for an
 * error answer.
 */
export type Step = (exchange: Exchange) => boolean;
