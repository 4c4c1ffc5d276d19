import type { Diagnostic, FolderHome, HomeConfig, RouteClaim } from '@fastfn/core';
import type { ClaimBook } from './claims.js';
import { diagnose } from './diagnostics.js';
import { checkPattern } from './route-pattern.js';

/** A home as written, with the URL of its folder. */
export interface DeclaredHome {
  readonly pattern: string;
  readonly home: HomeConfig;
  readonly source: string;
}

/** Makes `home.route` absolute (`dashboard` in `/portal` → `/portal/dashboard`). Null, and told, when it is no path. */
export function resolveHome(declared: DeclaredHome, diagnostics: Diagnostic[]): FolderHome | null {
  const { pattern, home, source } = declared;
  let route: string | null = null;
  if (home.route !== undefined) {
    const base = pattern === '/' ? '' : pattern;
    const checked = checkPattern(home.route.startsWith('/') ? home.route : `${base}/${home.route}`);
    // FastFN's own pages (`/_fn/docs`) make fine homes.
    if (!checked.ok && checked.code !== 'reserved_route') {
      const message = `The home "${home.route}" is passed over: ${checked.reason}.`;
      diagnostics.push(diagnose('invalid_home', source, message, { key: 'home.route' }));
    } else {
      route = checked.ok ? checked.pattern : home.route;
      if (route === pattern) {
        diagnostics.push(diagnose('invalid_home', source, 'The home leads to itself.', { key: 'home.route' }));
        route = null;
      }
    }
  }
  if (route === null && home.redirect === undefined) return null;
  return { pattern, route, redirect: home.redirect ?? null, source };
}

/**
 * Claims the folder's URL for whatever answers at its home route. An index file of the folder wins, method by method.
 * A route that only a parameter or catch-all would match gets no claim: the gateway dispatches to it by `Manifest.homes`.
 */
export function claimHomes(homes: readonly FolderHome[], claims: ClaimBook, diagnostics: Diagnostic[]): void {
  for (const { pattern, route, source } of homes) {
    if (route === null) continue;
    const own = new Set(claims.claims.filter((claim) => claim.pattern === pattern).flatMap((claim) => claim.methods));
    const targets = claims.claims.filter((claim) => claim.pattern === route);
    for (const target of targets) {
      const { methods, hosts, fn } = target;
      const free = methods.filter((method) => !own.has(method) && !isOutranked(target, method, targets));
      if (free.length > 0) claims.add({ pattern, methods: free, hosts, fn, origin: 'home', source });
    }
    if (targets.length === 0 && !claims.claims.some((claim) => matches(claim.pattern, route))) {
      const message = `The home route ${route} does not exist.`;
      diagnostics.push(diagnose('home_route_missing', source, message, { key: 'home.route' }));
    }
  }
}

/** Whether another claim takes the method away from this one, so that the alias must not lead to the loser. SPEC §2.4. */
function isOutranked(claim: RouteClaim, method: string, claims: readonly RouteClaim[]): boolean {
  return claims.some((other) => strength(other) > strength(claim) && other.methods.includes(method));
}

function strength(claim: RouteClaim): number {
  return claim.origin === 'policy' && !claim.force ? 0 : claim.rank;
}

/** Whether a pattern could match a concrete path. */
export function matches(pattern: string, path: string): boolean {
  const wanted = path.split('/');
  const parts = pattern.split('/');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part.endsWith('*')) return wanted.length > i;
    if (i >= wanted.length) return false;
    if (!part.startsWith(':') && part !== wanted[i]) return false;
  }
  return wanted.length === parts.length;
}
