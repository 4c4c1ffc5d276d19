import type { RouteTable } from '@fastfn/core';

/** One route of a URL, as `/_fn/catalog` shows it. SPEC §11. */
export interface MappedRoute {
  readonly runtime: string;
  readonly fn_name: string;
  readonly version: string;
  readonly methods: readonly string[];
  readonly source_rank: number;
  readonly allow_hosts: readonly string[];
  readonly force_url: boolean;
}

export interface MappedConflict {
  readonly methods: readonly string[];
  readonly allow_hosts: readonly string[];
  readonly functions: readonly {
    readonly runtime: string;
    readonly fn_name: string;
    readonly version: string;
    readonly source: string;
  }[];
}

export interface RouteCatalog {
  readonly mapped_routes: Readonly<Record<string, readonly MappedRoute[]>>;
  readonly mapped_route_conflicts: Readonly<Record<string, readonly MappedConflict[]>>;
}

/** The table as plain JSON, by URL. A URL whose methods all conflict appears among the conflicts only. */
export function describeRoutes(table: Pick<RouteTable, 'routes' | 'conflicts'>): RouteCatalog {
  const routes: Record<string, MappedRoute[]> = {};
  for (const { pattern, fn, methods, rank, hosts, force } of table.routes) {
    routes[pattern] ??= [];
    routes[pattern].push({
      runtime: fn.runtime,
      fn_name: fn.name,
      version: fn.version,
      methods,
      source_rank: rank,
      allow_hosts: hosts,
      force_url: force,
    });
  }
  const conflicts: Record<string, MappedConflict[]> = {};
  for (const { pattern, methods, hosts, claims } of table.conflicts) {
    conflicts[pattern] ??= [];
    conflicts[pattern].push({
      methods,
      allow_hosts: hosts,
      functions: claims.map(({ fn, source }) => ({
        runtime: fn.runtime,
        fn_name: fn.name,
        version: fn.version,
        source,
      })),
    });
  }
  return { mapped_routes: routes, mapped_route_conflicts: conflicts };
}
