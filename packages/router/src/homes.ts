import type { FolderHome } from '@fastfn/core';
import { type Pattern, parsePattern } from './pattern.js';
import type { SettledRoute } from './settle.js';

export interface HomeAliases {
  readonly routes: readonly SettledRoute[];
  /** Homes that name no route, and why. */
  readonly unresolved: readonly { readonly home: FolderHome; readonly reason: string }[];
}

/**
 * Folder homes as routes: the folder's URL answers with the functions of the route that `home.route` names. A folder
 * whose URL is claimed by anyone (an index file, most of all) keeps that claim. A home may name another folder's home.
 * SPEC §9.
 *
 * @param taken shapes that have routes or conflicts already.
 */
export function resolveHomes(
  homes: readonly FolderHome[],
  routes: readonly SettledRoute[],
  taken: ReadonlySet<string>,
): HomeAliases {
  const routesByShape = byShape(routes);
  const homesByShape = new Map<string, FolderHome>();
  for (const home of homes) {
    const shape = home.route === null ? undefined : parsePattern(home.pattern)?.shape;
    if (shape !== undefined && !taken.has(shape) && !homesByShape.has(shape)) homesByShape.set(shape, home);
  }

  const aliases: SettledRoute[] = [];
  const unresolved: { home: FolderHome; reason: string }[] = [];
  for (const home of homesByShape.values()) {
    const target = follow(home);
    if (typeof target === 'string') unresolved.push({ home, reason: target });
    else aliases.push(...target);
  }
  return { routes: aliases, unresolved };

  /** The alias routes of a home, or why there are none. */
  function follow(home: FolderHome): SettledRoute[] | string {
    const from = parsePattern(home.pattern)!;
    const passed = new Set([from.shape]);
    let to = parsePattern(home.route!);
    while (to !== null && !routesByShape.has(to.shape)) {
      const next = homesByShape.get(to.shape);
      if (next === undefined) break;
      if (passed.has(to.shape)) return 'its homes lead back to itself';
      passed.add(to.shape);
      to = parsePattern(next.route!);
    }
    if (to === null) return 'it is not a valid route';
    const targets = routesByShape.get(to.shape);
    if (targets === undefined) return 'no function answers there';
    return targets.every(({ pattern }) => pattern.names.every((name) => from.names.includes(name)))
      ? targets.map((target) => toAlias(home, from, target))
      : 'it has parameters that the URL of the folder does not give';
  }
}

function byShape(routes: readonly SettledRoute[]): ReadonlyMap<string, readonly SettledRoute[]> {
  const groups = new Map<string, SettledRoute[]>();
  for (const route of routes) {
    const group = groups.get(route.pattern.shape);
    if (group === undefined) groups.set(route.pattern.shape, [route]);
    else group.push(route);
  }
  return groups;
}

function toAlias(home: FolderHome, pattern: Pattern, { route }: SettledRoute): SettledRoute {
  return {
    pattern,
    route: { ...route, pattern: pattern.text, rank: 1, force: false, origin: 'home', source: home.source },
  };
}
