import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';

/** 421 when the path exists, but only for other hosts (`invoke.allow_hosts`). SPEC §3. */
export function allowedHost(exchange: Exchange): boolean {
  if (exchange.match!.kind !== 'host') return true;
  throw new FastFnError('host_not_allowed', `This URL does not answer for the host "${exchange.host}".`);
}
