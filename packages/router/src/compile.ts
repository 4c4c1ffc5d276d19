import type { Diagnostic, Manifest, RouteTable, Runtime } from '@fastfn/core';
import { type Candidate, toCandidate } from './candidate.js';
import { lostClaim, malformedRoute, routeConflict, unresolvedHome } from './diagnostics.js';
import { EndpointBuilder } from './endpoint.js';
import { resolveHomes } from './homes.js';
import { NameIndex } from './names.js';
import { PathIndex } from './path-index.js';
import { comparePatterns, type Pattern } from './pattern.js';
import { type SettledRoute, settle } from './settle.js';
import { CompiledRouteTable } from './table.js';

export interface RouteTableOptions {
  /** Order in which runtimes answer for a name that several have. Default: {@link DEFAULT_RUNTIME_ORDER}. */
  readonly runtimeOrder?: readonly Runtime[];
  /** Every policy route may replace files and manifests (`--force-url`, `FN_FORCE_URL`). */
  readonly forceUrl?: boolean;
}

/**
 * Settles who answers where and compiles the outcome. Never throws on what a manifest can hold: what cannot be served
 * is left out and told in `diagnostics`. The table is immutable; a reload compiles another. SPEC §2.4, §3.
 */
export function compileRouteTable(manifest: Manifest, options: RouteTableOptions = {}): RouteTable {
  const diagnostics: Diagnostic[] = [];
  const candidates: Candidate[] = [];
  for (const claim of manifest.claims) {
    const candidate = toCandidate(claim, options.forceUrl === true);
    if (candidate === null) diagnostics.push(malformedRoute(claim));
    else candidates.push(candidate);
  }

  const { routes, conflicts, losses } = settle(candidates, options.runtimeOrder);
  const taken = new Set([...routes, ...conflicts].map(({ pattern }) => pattern.shape));
  const homes = resolveHomes(manifest.homes, routes, taken);
  diagnostics.push(
    ...conflicts.map(({ conflict }) => routeConflict(conflict)),
    ...losses.map(lostClaim),
    ...homes.unresolved.map(({ home, reason }) => unresolvedHome(home, reason)),
  );

  const all = [...routes, ...homes.routes].sort((a, b) => comparePatterns(a.pattern, b.pattern));
  const paths = indexPaths(all, conflicts);
  const names = new NameIndex(manifest.functions, options.runtimeOrder);
  const home = manifest.rootHome?.route;
  if (home !== undefined && paths.all(home).length === 0 && names.find(home.slice(1)) === null) {
    diagnostics.push(unresolvedHome({ ...ROOT_HOME, route: home }, 'no function answers there'));
  }
  return new CompiledRouteTable({
    routes: all.map(({ route }) => route),
    conflicts: conflicts.map(({ conflict }) => conflict),
    diagnostics,
    paths,
    names,
    privatePaths: new Set(manifest.privatePaths),
  });
}

/** The gateway asks for the root's home itself, request by request; here it is only checked. */
const ROOT_HOME = { pattern: '/', redirect: null, source: 'fn.config.json' } as const;

function indexPaths(routes: readonly SettledRoute[], conflicts: ReturnType<typeof settle>['conflicts']): PathIndex {
  const builders = new Map<string, { pattern: Pattern; builder: EndpointBuilder }>();
  const at = (pattern: Pattern) => {
    const known = builders.get(pattern.shape);
    if (known !== undefined) return known.builder;
    const builder = new EndpointBuilder();
    builders.set(pattern.shape, { pattern, builder });
    return builder;
  };
  for (const { route, pattern } of routes) at(pattern).addRoute(route, pattern);
  for (const { conflict, pattern } of conflicts) at(pattern).addConflict(conflict);

  const paths = new PathIndex();
  for (const { pattern, builder } of builders.values()) paths.add(pattern, builder.build());
  return paths;
}
