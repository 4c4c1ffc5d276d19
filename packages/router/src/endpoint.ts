import type { PathParams, Route, RouteConflict, RouteMatch } from '@fastfn/core';
import { unescapeText } from './escape.js';
import { compareHosts, type HostPattern, hostFits, parseHostPattern, type RequestHost } from './host.js';
import type { Pattern } from './pattern.js';
import { hostKeys } from './settle.js';

/** What answers one method of an endpoint. Made at compile time; a request only reads it. */
export interface Target {
  /** The finished answer, for all but routes with parameters. */
  readonly fixed: RouteMatch | null;
  readonly route: Route | null;
  /** Parameter names of this route, by position. */
  readonly names: readonly string[];
}

/** The methods that one host pattern has here. */
export interface Binding {
  /** null: any host. */
  readonly host: HostPattern | null;
  readonly methods: ReadonlyMap<string, Target>;
}

/** OPTIONS without a route of its own: the path is known, the table answers with `method`. */
export const IMPLIED_OPTIONS: Target = { fixed: null, route: null, names: [] };

/** All that answers on one URL shape. */
export class Endpoint {
  /** Most specific host first, host-free last. */
  readonly bindings: readonly Binding[];

  constructor(bindings: readonly Binding[]) {
    this.bindings = bindings;
  }

  /** @returns null when no binding has both the host and the method: a less specific endpoint may. */
  select(method: string, host: RequestHost): Target | null {
    let hostKnown = false;
    for (const binding of this.bindings) {
      if (binding.host !== null && !hostFits(binding.host, host)) continue;
      const target = binding.methods.get(method);
      if (target !== undefined) return target;
      hostKnown = true;
    }
    // A preflight belongs to the most specific endpoint, not to the first catch-all that happens to take OPTIONS.
    return hostKnown && method === 'OPTIONS' ? IMPLIED_OPTIONS : null;
  }
}

/** Collects what the contest left on one URL shape, then becomes an {@link Endpoint}. */
export class EndpointBuilder {
  readonly #hosts = new Map<string, Map<string, Target>>();

  addRoute(route: Route, pattern: Pattern): void {
    const fixed: RouteMatch | null = pattern.names.length === 0 ? { kind: 'route', route, params: NO_PARAMS } : null;
    this.#add(route.hosts, route.methods, { fixed, route, names: pattern.names });
  }

  addConflict(conflict: RouteConflict): void {
    this.#add(conflict.hosts, conflict.methods, { fixed: { kind: 'conflict', conflict }, route: null, names: [] });
  }

  #add(hosts: readonly string[], methods: readonly string[], target: Target): void {
    for (const host of hostKeys(hosts)) {
      const byMethod = this.#hosts.get(host) ?? new Map<string, Target>();
      this.#hosts.set(host, byMethod);
      for (const method of methods) byMethod.set(method, target);
    }
  }

  build(): Endpoint {
    const bindings = [...this.#hosts].map(([host, methods]): Binding => {
      const get = methods.get('GET');
      if (get !== undefined && !methods.has('HEAD')) methods.set('HEAD', get);
      return { host: host === '' ? null : parseHostPattern(host), methods };
    });
    return new Endpoint(bindings.sort(compareBindings));
  }
}

function compareBindings(a: Binding, b: Binding): number {
  if (a.host === null || b.host === null) return a.host === b.host ? 0 : a.host === null ? 1 : -1;
  return compareHosts(a.host, b.host);
}

/** A parameter may be called `__proto__`: parameters live on objects without a prototype. */
const Params = function Params() {} as unknown as new () => Record<string, string>;
Params.prototype = Object.freeze(Object.create(null));

const NO_PARAMS: PathParams = Object.freeze(new Params());

/**
 * @param values find-my-way's parameters: `p0`, `p1`, … and `*`, still escaped.
 */
export function namedParams(
  names: readonly string[],
  values: Readonly<Record<string, string | undefined>>,
): PathParams {
  const params = new Params();
  for (let index = 0; index < names.length; index++) {
    const value = values[POSITIONS[index] ?? `p${index}`] ?? values['*'] ?? '';
    params[names[index]!] = unescapeText(value);
  }
  return params;
}

const POSITIONS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
