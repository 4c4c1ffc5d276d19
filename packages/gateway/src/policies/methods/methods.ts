import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answer } from '../../respond/answer.js';

/** A known URL with another method: OPTIONS is told what there is, everything else is refused. SPEC §3. */
export function methods(exchange: Exchange): boolean {
  const match = exchange.match!;
  if (match.kind !== 'method') return true;
  // An asset may lie under the URL of a function that takes other methods; the fallbacks look.
  if (exchange.method === 'GET' || exchange.method === 'HEAD') {
    const { assets } = exchange.app!;
    if (assets?.runWorkerFirst && assets.find(exchange.path) !== null) return true;
  }
  const allow = match.allow.join(', ');
  if (exchange.method === 'OPTIONS') {
    answer(exchange, 204, ['Allow', allow], null);
    return false;
  }
  throw new FastFnError('method_not_allowed', `${exchange.path} does not take ${exchange.method}; it takes ${allow}.`, {
    headers: { Allow: allow },
  });
}
