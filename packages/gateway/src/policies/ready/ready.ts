import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';

/** Functions answer only between the first snapshot and the stop. */
export function ready(exchange: Exchange): boolean {
  if (exchange.context.stopping) {
    throw new FastFnError('shutting_down', 'The server is stopping.', { headers: { 'Retry-After': '1' } });
  }
  if (exchange.app === null) {
    throw new FastFnError('starting', 'The server is still starting; try again in a moment.', {
      headers: { 'Retry-After': '1' },
    });
  }
  return true;
}
