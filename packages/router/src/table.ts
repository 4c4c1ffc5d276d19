import type { Diagnostic, FunctionSpec, Route, RouteConflict, RouteMatch, RouteTable } from '@fastfn/core';
import { type Endpoint, IMPLIED_OPTIONS, namedParams } from './endpoint.js';
import { canonicalPath, isCanonical } from './escape.js';
import { hostFits, parseHost, type RequestHost } from './host.js';
import type { NameIndex } from './names.js';
import type { PathIndex } from './path-index.js';
import { compareText } from './pattern.js';

const NONE: RouteMatch = { kind: 'none' };
const MALFORMED: RouteMatch = { kind: 'malformed' };
const WRONG_HOST: RouteMatch = { kind: 'host' };
const NO_HOST: RequestHost = { name: '', port: '' };

/** The parts of a table, compiled. */
export interface TableParts {
  readonly routes: readonly Route[];
  readonly conflicts: readonly RouteConflict[];
  readonly diagnostics: readonly Diagnostic[];
  readonly paths: PathIndex;
  readonly names: NameIndex;
  /** Paths that no parameter may match: URLs of private files. */
  readonly privatePaths: ReadonlySet<string>;
}

export class CompiledRouteTable implements RouteTable {
  readonly routes: readonly Route[];
  readonly conflicts: readonly RouteConflict[];
  readonly diagnostics: readonly Diagnostic[];
  readonly #paths: PathIndex;
  readonly #names: NameIndex;
  readonly #privatePaths: ReadonlySet<string>;
  /** Without host-bound routes the Host header is never looked at. */
  readonly #hostsMatter: boolean;
  /** The last Host header, read: a server hears the same one nearly always. */
  #lastHeader = '';
  #lastHost = NO_HOST;

  constructor(parts: TableParts) {
    this.routes = parts.routes;
    this.conflicts = parts.conflicts;
    this.diagnostics = parts.diagnostics;
    this.#paths = parts.paths;
    this.#names = parts.names;
    this.#privatePaths = parts.privatePaths;
    this.#hostsMatter = [...parts.routes, ...parts.conflicts].some(({ hosts }) => hosts.length > 0);
  }

  match(method: string, hostHeader: string, path: string): RouteMatch {
    const host = this.#hostsMatter ? this.#readHost(hostHeader) : NO_HOST;
    let canonical = path;
    let endpoint = this.#paths.plain(path);
    if (endpoint === undefined && !isCanonical(path)) {
      const decoded = canonicalPath(path);
      if (decoded === null) return MALFORMED;
      canonical = decoded;
      endpoint = this.#paths.plain(canonical) ?? this.#paths.escaped(canonical);
    }
    // `OPTIONS *` and an empty path name nothing here.
    if (path.charCodeAt(0) !== SLASH) return NONE;

    if (endpoint !== undefined) {
      const target = endpoint.select(method, host);
      if (target === IMPLIED_OPTIONS) return this.#whyNot(host, canonical);
      if (target !== null) return target.fixed!;
    }
    if (this.#privatePaths.size > 0 && this.#privatePaths.has(canonical)) return NONE;
    const hit = this.#paths.dynamic(method, host, canonical);
    if (hit === null || hit.target === IMPLIED_OPTIONS) return this.#whyNot(host, canonical);
    const { fixed, route, names } = hit.target;
    return fixed ?? { kind: 'route', route: route!, params: namedParams(names, hit.values) };
  }

  functionByName(name: string, version?: string, runtime?: string): FunctionSpec | null {
    return this.#names.find(name, version, runtime);
  }

  #readHost(header: string): RequestHost {
    if (header !== this.#lastHeader) {
      this.#lastHost = parseHost(header);
      this.#lastHeader = header;
    }
    return this.#lastHost;
  }

  /** The cold path: nothing takes the request as it is. Is it the method, the host, or the path? */
  #whyNot(host: RequestHost, path: string): RouteMatch {
    const endpoints = this.#paths.all(path);
    const methods = endpoints.flatMap((endpoint) => methodsFor(endpoint, host));
    if (methods.length === 0) return endpoints.length === 0 ? NONE : WRONG_HOST;
    const allow = new Set(methods.map(([method]) => method)).add('OPTIONS');
    return { kind: 'method', allow: [...allow].sort(compareText), route: representative(methods) };
  }
}

const SLASH = 47;

type MethodAnswer = readonly [
  method: string,
  answer: { readonly route: Route | null; readonly fixed: RouteMatch | null },
];

function methodsFor(endpoint: Endpoint, host: RequestHost): MethodAnswer[] {
  return endpoint.bindings
    .filter((binding) => binding.host === null || hostFits(binding.host, host))
    .flatMap((binding) => [...binding.methods]);
}

/** A route there, the most specific first; where every method conflicts, one of the claims. */
function representative(methods: readonly MethodAnswer[]): Route {
  for (const [, { route }] of methods) if (route !== null) return route;
  const [, { fixed }] = methods[0]!;
  return (fixed as Extract<RouteMatch, { kind: 'conflict' }>).conflict.claims[0]!;
}
