import { DEFAULT_RUNTIME_ORDER, type FunctionSpec, type Route, type RouteConflict, type Runtime } from '@fastfn/core';
import type { Candidate } from './candidate.js';
import { comparePatterns, compareText, type Pattern } from './pattern.js';

/** Stands for "any host" where a host names a cell. No host is empty. */
export const ANY_HOST = '';

/** A winning claim, narrowed to the methods and hosts that it really won. */
export interface SettledRoute {
  readonly route: Route;
  readonly pattern: Pattern;
}

/** A claim that lost methods to another function. */
export interface Loss {
  readonly loser: Candidate;
  readonly winner: Candidate;
  readonly methods: readonly string[];
  /** `outranked`, or `same_name`: both functions have one name and the first runtime in order answers for it. */
  readonly reason: 'outranked' | 'same_name';
}

export interface Settlement {
  /** Most specific first. */
  readonly routes: readonly SettledRoute[];
  readonly conflicts: readonly { readonly conflict: RouteConflict; readonly pattern: Pattern }[];
  readonly losses: readonly Loss[];
}

/** One method on one host of one URL shape: the unit in which claims compete. */
interface Cell {
  readonly shape: string;
  readonly host: string;
  readonly method: string;
  readonly candidates: Candidate[];
}

/**
 * Settles all claims. Cells are decided one by one, so the outcome cannot depend on discovery order, and claims whose
 * methods or hosts do not overlap coexist by construction. A host-bound and a host-free claim do not overlap: the
 * bound one answers for its hosts, the free one for the rest. SPEC §2.4.
 */
export function settle(
  candidates: readonly Candidate[],
  runtimeOrder: readonly Runtime[] = DEFAULT_RUNTIME_ORDER,
): Settlement {
  const won = new Map<Candidate, Cell[]>();
  const disputed: { cell: Cell; contenders: readonly Candidate[] }[] = [];
  const losses = new LossBook();

  for (const cell of toCells(candidates)) {
    const top = Math.max(...cell.candidates.map((candidate) => candidate.level));
    const contenders = oneEachFunction(cell.candidates.filter((candidate) => candidate.level === top));
    const winner = contenders.length === 1 ? contenders[0]! : firstOfSameName(contenders, runtimeOrder);
    if (winner === null) {
      disputed.push({ cell, contenders });
    } else {
      getOrAdd(won, winner, () => []).push(cell);
    }
    const first = winner ?? contenders[0]!;
    for (const candidate of oneEachFunction(cell.candidates)) {
      if (candidate.level < top) losses.add(candidate, first, cell.method, 'outranked');
      else if (winner !== null && candidate !== winner) losses.add(candidate, winner, cell.method, 'same_name');
    }
  }

  return {
    routes: [...won].flatMap(([candidate, cells]) => toRoutes(candidate, cells)).sort(compareRoutes),
    conflicts: toConflicts(disputed),
    losses: losses.list(),
  };
}

function toCells(candidates: readonly Candidate[]): Iterable<Cell> {
  const cells = new Map<string, Cell>();
  for (const candidate of candidates) {
    const { shape } = candidate.pattern;
    for (const host of hostKeys(candidate.claim.hosts)) {
      for (const method of candidate.claim.methods) {
        const cell = getOrAdd(cells, `${method} ${host} ${shape}`, () => ({ shape, host, method, candidates: [] }));
        cell.candidates.push(candidate);
      }
    }
  }
  return cells.values();
}

/** The hosts of a route or conflict as keys of cells. */
export function hostKeys(hosts: readonly string[]): readonly string[] {
  return hosts.length === 0 ? [ANY_HOST] : hosts;
}

/** One function may claim a URL twice (two parameter names, two sources): one of its claims speaks for it. */
function oneEachFunction(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length === 1) return candidates;
  const byFunction = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const id = functionId(candidate.claim.fn);
    const other = byFunction.get(id);
    if (other === undefined || compareSiblings(candidate, other) < 0) byFunction.set(id, candidate);
  }
  return [...byFunction.values()];
}

function functionId(fn: FunctionSpec): string {
  return `${fn.key} ${fn.entry}`;
}

function compareSiblings(a: Candidate, b: Candidate): number {
  return b.level - a.level || compareText(siblingKey(a), siblingKey(b));
}

/** All in which two claims of one function and level can differ. */
function siblingKey({ pattern, claim }: Candidate): string {
  return [pattern.text, claim.source, claim.methods.join(), claim.hosts.join()].join(' ');
}

/** A name that several runtimes have (`node/hello/`, `python/hello/`) is no conflict: the first runtime answers by it. */
function firstOfSameName(contenders: readonly Candidate[], runtimeOrder: readonly Runtime[]): Candidate | null {
  const [first] = contenders.map((contender) => contender.claim);
  const runtimes = new Set(contenders.map(({ claim }) => claim.fn.runtime));
  const sameName = contenders.every(
    ({ claim }) => claim.rank === 1 && claim.fn.name === first!.fn.name && claim.fn.version === first!.fn.version,
  );
  if (!sameName || runtimes.size < contenders.length) return null;
  return contenders.reduce((best, contender) =>
    compareRuntimes(contender.claim.fn.runtime, best.claim.fn.runtime, runtimeOrder) < 0 ? contender : best,
  );
}

/** Runtimes missing from the order come last, by name. */
export function compareRuntimes(a: Runtime, b: Runtime, order: readonly Runtime[]): number {
  const [left, right] = [order.indexOf(a), order.indexOf(b)];
  if (left === -1 && right === -1) return compareText(a, b);
  if (left === -1 || right === -1) return left === -1 ? 1 : -1;
  return left - right;
}

/** One route per group of hosts on which the claim won the same methods; nearly always exactly one. */
function toRoutes(candidate: Candidate, cells: readonly Cell[]): SettledRoute[] {
  const { claim, pattern } = candidate;
  return groupByHosts(cells).map(({ methods, hosts }) => ({
    pattern,
    route: {
      ...claim,
      methods: claim.methods.filter((method) => methods.includes(method)),
      hosts: claim.hosts.filter((host) => hosts.includes(host)),
    },
  }));
}

export function compareRoutes(a: SettledRoute, b: SettledRoute): number {
  return (
    comparePatterns(a.pattern, b.pattern) ||
    Number(a.route.hosts.length === 0) - Number(b.route.hosts.length === 0) ||
    compareText(a.route.hosts.join(), b.route.hosts.join()) ||
    compareText([...a.route.methods].sort().join(), [...b.route.methods].sort().join()) ||
    compareText(a.route.source, b.route.source)
  );
}

function toConflicts(disputed: readonly { cell: Cell; contenders: readonly Candidate[] }[]): Settlement['conflicts'] {
  const disputes = new Map<string, { contenders: readonly Candidate[]; cells: Cell[] }>();
  for (const { cell, contenders } of disputed) {
    const parties = contenders.map(({ claim }) => functionId(claim.fn)).sort();
    getOrAdd(disputes, JSON.stringify([cell.shape, parties]), () => ({ contenders, cells: [] })).cells.push(cell);
  }
  const conflicts = [...disputes.values()].flatMap(({ contenders, cells }) =>
    groupByHosts(cells).map(({ methods, hosts }) => ({
      pattern: contenders[0]!.pattern,
      conflict: {
        pattern: contenders[0]!.pattern.text,
        methods,
        hosts: hosts.filter((host) => host !== ANY_HOST),
        claims: contenders.map(({ claim }) => claim),
      },
    })),
  );
  return conflicts.sort((a, b) => comparePatterns(a.pattern, b.pattern));
}

/** Cells of one URL → sets of hosts that share a set of methods. */
function groupByHosts(cells: readonly Cell[]): { methods: readonly string[]; hosts: readonly string[] }[] {
  const methodsByHost = new Map<string, string[]>();
  for (const { host, method } of cells) getOrAdd(methodsByHost, host, () => []).push(method);
  const groups = new Map<string, { methods: readonly string[]; hosts: string[] }>();
  for (const [host, methods] of methodsByHost) {
    methods.sort();
    // "Any host" stays alone: it is an empty list, not one host among others.
    const key = host === ANY_HOST ? ANY_HOST : methods.join();
    getOrAdd(groups, key, () => ({ methods, hosts: [] })).hosts.push(host);
  }
  return [...groups.values()];
}

class LossBook {
  readonly #losses = new Map<Candidate, Map<Candidate, { reason: Loss['reason']; methods: Set<string> }>>();

  add(loser: Candidate, winner: Candidate, method: string, reason: Loss['reason']): void {
    if (functionId(loser.claim.fn) === functionId(winner.claim.fn)) return;
    const byWinner = getOrAdd(this.#losses, loser, () => new Map());
    getOrAdd(byWinner, winner, () => ({ reason, methods: new Set<string>() })).methods.add(method);
  }

  list(): Loss[] {
    return [...this.#losses].flatMap(([loser, byWinner]) =>
      [...byWinner].map(([winner, { reason, methods }]) => ({ loser, winner, reason, methods: [...methods].sort() })),
    );
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
