import { FastFnError, type RouteConflict } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';

/** 409 when two functions claim this method and URL; both are named. SPEC §2.4. */
export function conflict(exchange: Exchange): boolean {
  const match = exchange.match!;
  if (match.kind !== 'conflict') return true;
  throw conflictError(match.conflict);
}

export function conflictError({ pattern, methods, claims }: RouteConflict): FastFnError {
  const names = claims.map((claim) => `${claim.fn.key} (${claim.source})`);
  return new FastFnError('route_conflict', `${methods.join(', ')} ${pattern} is claimed by ${names.join(' and ')}.`, {
    details: {
      route: pattern,
      methods,
      functions: claims.map(({ fn, source }) => ({ runtime: fn.runtime, name: fn.name, version: fn.version, source })),
    },
  });
}
