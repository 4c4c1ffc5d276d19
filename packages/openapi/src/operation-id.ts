import type { Route } from '@fastfn/core';
import { freeName } from './path-template.js';

export interface IdRequest {
  readonly route: Route;
  /** Upper case. */
  readonly method: string;
}

/**
 * Ids for all operations of a document, in the order given: `<method>_<runtime>_<name>_<version>`, each once. Where a
 * function has several URLs, the plain id belongs to the URL that is its name, else to the first; the others carry
 * their URL as a suffix, so that adding one does not rename the rest. SPEC §12, §16.
 */
export function operationIds(requests: readonly IdRequest[]): string[] {
  const ids: string[] = new Array(requests.length);
  const taken = new Set<string>();
  const byClaim = requests.map((request, index) => ({ ...request, index })).sort((a, b) => claimOf(a) - claimOf(b));
  for (const { route, method, index } of byClaim) {
    const plain = words(method.toLowerCase(), route.fn.runtime, route.fn.name, route.fn.version);
    const wanted = taken.has(plain) ? words(plain, route.pattern.replace(/^\//, '') || 'root') : plain;
    const id = freeName(wanted, (name) => taken.has(name));
    taken.add(id);
    ids[index] = id;
  }
  return ids;
}

/** 0: its own name; 2: an alias of a folder. */
function claimOf({ route }: IdRequest): number {
  const { name, version } = route.fn;
  const own = version === 'default' ? `/${name}` : `/${name}@${version}`;
  if (route.pattern === own) return 0;
  return route.origin === 'home' ? 2 : 1;
}

function words(...parts: readonly string[]): string {
  return parts.join('_').replace(/[^A-Za-z0-9_]/g, '_');
}
