import type { Diagnostic } from './diagnostic.js';
import type { FunctionSpec } from './function-spec.js';
import type { RouteClaim } from './manifest.js';

/** A claim that won. */
export type Route = RouteClaim;

export interface RouteConflict {
  readonly pattern: string;
  /** Methods answered with 409 on this pattern. */
  readonly methods: readonly string[];
  readonly hosts: readonly string[];
  /** The functions in dispute, in discovery order. */
  readonly claims: readonly RouteClaim[];
}

export type PathParams = Readonly<Record<string, string>>;

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route; readonly params: PathParams }
  | { readonly kind: 'conflict'; readonly conflict: RouteConflict }
  /** The path exists; `allow` is sorted and has HEAD (when GET) and OPTIONS. `route` is one of the routes there (for CORS). */
  | { readonly kind: 'method'; readonly allow: readonly string[]; readonly route: Route }
  /** The path exists, but not for this host. */
  | { readonly kind: 'host' }
  /** A percent-escape that does not decode. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'none' };

/** Compiled, immutable, swapped whole on reload. SPEC §2.4, §3. Implemented by `@fastfn/router`. */
export interface RouteTable {
  /** Winning routes, most specific first. */
  readonly routes: readonly Route[];
  readonly conflicts: readonly RouteConflict[];
  /** Conflicts and refused claims, in words. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * @param method upper case. HEAD falls back to GET; OPTIONS without a route of its own gives `method`.
   * @param host value of the Host header, any case, or "".
   * @param path raw path as sent, without query, still percent-encoded.
   */
  match(method: string, host: string, path: string): RouteMatch;
  /** By name (or alias) and version; the first in runtime order when several runtimes have it. */
  functionByName(name: string, version?: string, runtime?: string): FunctionSpec | null;
}
