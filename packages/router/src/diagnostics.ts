import type { Diagnostic, FolderHome, FunctionSpec, RouteClaim, RouteConflict } from '@fastfn/core';
import type { Loss } from './settle.js';

export function malformedRoute(claim: RouteClaim): Diagnostic {
  return {
    code: 'invalid_route',
    severity: 'warning',
    file: claim.source,
    message: `The route ${claim.pattern} of ${label(claim.fn)} is malformed and was left out.`,
    fix: 'Write an absolute path such as /users/:id, /files/:path* or /files/*, with a catch-all only at the end.',
  };
}

export function routeConflict(conflict: RouteConflict): Diagnostic {
  const parties = conflict.claims.map((claim) => `${label(claim.fn)} (${claim.source})`).join(' and ');
  return {
    code: 'route_conflict',
    severity: 'error',
    file: conflict.claims[0]!.source,
    message: `${where(conflict.methods, conflict.pattern, conflict.hosts)} is claimed by ${parties}: it answers 409.`,
    fix: 'Give one of them another URL, other methods or other hosts.',
  };
}

export function lostClaim(loss: Loss): Diagnostic {
  if (loss.reason === 'same_name') return sharedName(loss);
  return loss.loser.claim.rank === 3 ? refusedPolicy(loss) : replacedClaim(loss);
}

/** The same name in two runtimes: the other one stays reachable by runtime, in invoke and jobs. */
function sharedName({ loser, winner, methods }: Loss): Diagnostic {
  return {
    code: 'name_taken',
    severity: 'warning',
    file: loser.claim.source,
    message: `${where(methods, loser.pattern.text, loser.claim.hosts)} is answered by ${label(winner.claim.fn)}; ${label(loser.claim.fn)} has the same name, and its runtime comes later.`,
    fix: 'Rename one of the two, or change their order with FN_RUNTIMES.',
  };
}

function refusedPolicy({ loser, winner, methods }: Loss): Diagnostic {
  const { claim } = loser;
  const byConfig = claim.fn.version === 'default' && !winner.claim.force;
  return {
    code: 'route_refused',
    severity: 'warning',
    file: claim.source,
    key: 'invoke.routes',
    message: `${where(methods, claim.pattern, claim.hosts)} of ${label(claim.fn)} was refused: ${label(winner.claim.fn)} (${winner.claim.source}) answers there.`,
    fix: byConfig
      ? 'Choose another URL, or set "invoke": {"force-url": true} to replace it.'
      : 'Choose another URL, or start with --force-url to replace it.',
  };
}

function replacedClaim({ loser, winner, methods }: Loss): Diagnostic {
  return {
    code: 'route_replaced',
    severity: 'info',
    file: loser.claim.source,
    message: `${where(methods, loser.pattern.text, loser.claim.hosts)} of ${label(loser.claim.fn)} is replaced by ${label(winner.claim.fn)} (${winner.claim.source}).`,
  };
}

export function unresolvedHome(home: FolderHome, reason: string): Diagnostic {
  return {
    code: 'home_unresolved',
    severity: 'warning',
    file: home.source,
    key: 'home.route',
    message: `The home of ${home.pattern} names ${home.route}, but ${reason}.`,
    fix: 'Name a route of this folder, e.g. "dashboard" for get.dashboard.js; until then the home is passed over.',
  };
}

/** `python/hello`, `node/hello@v2`. */
function label(fn: FunctionSpec): string {
  return fn.version === 'default' ? `${fn.runtime}/${fn.name}` : `${fn.runtime}/${fn.name}@${fn.version}`;
}

function where(methods: readonly string[], pattern: string, hosts: readonly string[]): string {
  const on = hosts.length === 0 ? '' : ` on ${hosts.join(', ')}`;
  return `${methods.join(', ')} ${pattern}${on}`;
}
