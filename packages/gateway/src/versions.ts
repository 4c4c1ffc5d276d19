import type { Manifest, RouteClaim, RouteMatch, RouteTable } from '@fastfn/core';
import { compileRouteTable } from '@fastfn/router';

/**
 * `/<name>@<version>` for functions that have no such route of their own (`/hello@default`, versions reached by name
 * only). A route table of its own, asked after the main one, so that hosts and methods follow the same rules; compiled
 * when first asked. SPEC §3 step 4.
 */
export class Versions {
  #compiled: RouteTable | null = null;

  constructor(
    private readonly table: RouteTable,
    private readonly manifest: Manifest,
  ) {}

  /** @param path raw, as for {@link RouteTable.match}. */
  match(method: string, host: string, path: string): RouteMatch {
    this.#compiled ??= compileRouteTable({ ...this.manifest, homes: [], claims: this.#claims() });
    return this.#compiled.match(method, host, path);
  }

  /** The claims of each function, moved to its name and version. Of several with one name, the table knows the first. */
  #claims(): RouteClaim[] {
    const moved = new Map<string, RouteClaim>();
    for (const claim of this.manifest.claims) {
      const { name, version } = claim.fn;
      // Names of file routes with parameters make no URL.
      if (/[[\]:*]/.test(name) || this.table.functionByName(name, version) !== claim.fn) continue;
      const pattern = `/${name}@${version}`;
      const { methods, hosts } = claim;
      moved.set(JSON.stringify([pattern, methods, hosts]), {
        ...claim,
        pattern,
        rank: 1,
        force: false,
        origin: 'version',
      });
    }
    return [...moved.values()];
  }
}
