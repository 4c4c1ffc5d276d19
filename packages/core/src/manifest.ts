import type { Diagnostic } from './diagnostic.js';
import type { AssetsConfig, HomeConfig } from './function-config.js';
import type { FunctionSpec } from './function-spec.js';

/** Precedence of a claim: files 1, `fn.routes.json` 2, `invoke.routes` 3. SPEC §2.4. */
export type SourceRank = 1 | 2 | 3;

export type ClaimOrigin = 'file' | 'manifest' | 'policy' | 'version' | 'home';

/**
 * "This function wants to answer here." The router settles competing claims.
 *
 * `pattern` syntax: absolute, no trailing slash but for `/`; segments are literal text, `:name`, or as the last one
 * `:name*` (catch-all, at least one segment) or `*` (catch-all named `wildcard`).
 */
export interface RouteClaim {
  readonly pattern: string;
  /** Upper case, as declared; GET does not list HEAD here. */
  readonly methods: readonly string[];
  /** Lower case; empty: any host. */
  readonly hosts: readonly string[];
  readonly fn: FunctionSpec;
  readonly rank: SourceRank;
  /** A policy route that may replace files and manifests. */
  readonly force: boolean;
  readonly origin: ClaimOrigin;
  /** File that makes the claim, relative to root. */
  readonly source: string;
}

/** A folder's `home.route`: its URL is an alias of another route. SPEC §9. */
export interface FolderHome {
  /** URL of the folder, e.g. `/portal`. */
  readonly pattern: string;
  /** Absolute route, e.g. `/portal/dashboard`. */
  readonly route: string | null;
  readonly redirect: string | null;
  readonly source: string;
}

/** All that discovery found: plain data, made anew at each reload. */
export interface Manifest {
  /** Absolute functions root. */
  readonly root: string;
  readonly functions: readonly FunctionSpec[];
  readonly claims: readonly RouteClaim[];
  /** Folder homes below root. */
  readonly homes: readonly FolderHome[];
  /** The root's own `home`, if any. */
  readonly rootHome: HomeConfig | null;
  readonly assets: AssetsConfig | null;
  /**
   * URLs that private files (`_shared.js` → `/users/_shared`) would have. They answer 404 even where a parameter
   * matches: a helper's name is no user's id. Walkthrough B.
   */
  readonly privatePaths?: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}
