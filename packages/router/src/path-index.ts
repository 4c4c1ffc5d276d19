import findMyWay from 'find-my-way';
import type { Endpoint, Target } from './endpoint.js';
import { isCanonical } from './escape.js';
import type { RequestHost } from './host.js';
import { type Pattern, toFindMyWay } from './pattern.js';

/** A target found under a dynamic pattern, and find-my-way's positional parameters. */
export interface DynamicHit {
  readonly target: Target;
  readonly values: Readonly<Record<string, string | undefined>>;
}

/**
 * Canonical path → endpoint. Static URLs live in a Map; the dynamic ones in one find-my-way tree, whose search asks
 * each endpoint on its way, most specific first, whether it takes this method and host. That makes a less specific
 * endpoint answer what a more specific one does not, without a tree for each method and without find-my-way's limit of
 * 31 hosts on a path.
 *
 * The tree is not `compile()`d: with 10,000 routes that takes 1.8 s at every reload and makes lookups slower.
 */
export class PathIndex {
  /** Keys are plain text, so a raw path that needs no decoding can be looked up as it is. */
  readonly #plain = new Map<string, Endpoint>();
  /** Keys hold escapes, which only a canonical path may be compared with. */
  readonly #escaped = new Map<string, Endpoint>();
  readonly #tree = findMyWay({
    maxParamLength: Number.MAX_SAFE_INTEGER,
    querystringParser: noQuery,
    constraints: {
      probe: {
        name: 'probe',
        storage: () => new EndpointStore(),
        deriveConstraint: noProbe,
        mustMatchWhenDerived: false,
      },
    },
  });
  readonly #probe = new Probe();
  readonly #constraints = { probe: this.#probe };

  add(pattern: Pattern, endpoint: Endpoint): void {
    if (pattern.names.length > 0) {
      this.#tree.on('GET', toFindMyWay(pattern), { constraints: { probe: endpoint } }, noHandler);
    } else if (pattern.shape === '/' || isCanonical(pattern.shape)) {
      this.#plain.set(pattern.shape, endpoint);
    } else {
      this.#escaped.set(pattern.shape, endpoint);
    }
  }

  /** @param path raw or canonical. */
  plain(path: string): Endpoint | undefined {
    return this.#plain.get(path);
  }

  /** @param path canonical. */
  escaped(path: string): Endpoint | undefined {
    return this.#escaped.get(path);
  }

  /** The most specific dynamic endpoint that takes the method on the host. @param path canonical. */
  dynamic(method: string, host: RequestHost, path: string): DynamicHit | null {
    // A catch-all takes at least one segment; find-my-way would let `/*` take none.
    if (path === '/') return null;
    const probe = this.#probe;
    probe.method = method;
    probe.host = host;
    probe.target = null;
    probe.seen = null;
    const found = this.#tree.find('GET', path, this.#constraints as never);
    return found === null || probe.target === null ? null : { target: probe.target, values: found.params };
  }

  /** Every endpoint on the path, most specific first. @param path canonical. */
  all(path: string): Endpoint[] {
    const endpoints: Endpoint[] = [];
    const fixed = this.#plain.get(path) ?? this.#escaped.get(path);
    if (fixed !== undefined) endpoints.push(fixed);
    if (path === '/') return endpoints;
    this.#probe.seen = endpoints;
    this.#tree.find('GET', path, this.#constraints as never);
    this.#probe.seen = null;
    return endpoints;
  }
}

/** The question of the search under way. One per table: a search is synchronous and never nested. */
class Probe {
  method = '';
  host: RequestHost = { name: '', port: '' };
  /** The answer. */
  target: Target | null = null;
  /** When set, endpoints are noted here and none is accepted, so that the search visits them all. */
  seen: Endpoint[] | null = null;
}

/**
 * find-my-way's storage for the values of a constraint at one node. Here the value is the node's endpoint; "does a
 * stored value match the derived one" becomes "does the endpoint take the probe". find-my-way also calls `get` with the
 * endpoint itself, once, before `set`.
 */
class EndpointStore {
  #endpoint: Endpoint | null = null;
  #store: unknown = null;

  get(probe: unknown): never | null {
    if (this.#endpoint === null || !(probe instanceof Probe)) return null;
    if (probe.seen !== null) {
      probe.seen.push(this.#endpoint);
      return null;
    }
    probe.target = this.#endpoint.select(probe.method, probe.host);
    return probe.target === null ? null : (this.#store as never);
  }

  set(endpoint: unknown, store: unknown): void {
    this.#endpoint = endpoint as Endpoint;
    this.#store = store;
  }
}

function noQuery(): Record<string, string> {
  return NO_QUERY;
}
const NO_QUERY: Record<string, string> = {};

/** Only `lookup()` derives constraints from a request; the table hands them to `find()` itself. */
function noProbe(): string {
  return '';
}

function noHandler(): void {}
