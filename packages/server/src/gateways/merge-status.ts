import type { FunctionStatus, PoolStatus } from '@fastfn/core';

/** Warmest first. */
const WARMTH = ['warm', 'stale', 'cold'] as const;

/** The status of the primary's pool, with what the gateways run themselves added to it. */
export function mergeStatus(own: PoolStatus, gateways: readonly PoolStatus[]): PoolStatus {
  const inGateways = gateways.flatMap(({ functions }) => functions);
  if (inGateways.length === 0) return own;
  const byKey = new Map<string, FunctionStatus[]>();
  for (const fn of inGateways) byKey.set(fn.key, [...(byKey.get(fn.key) ?? []), fn]);
  const runtimes = { ...own.runtimes };
  for (const { runtimes: others } of gateways) {
    for (const [name, status] of Object.entries(others)) {
      const runtime = name as keyof typeof runtimes;
      const mine = runtimes[runtime];
      if (mine !== undefined) runtimes[runtime] = { ...mine, workers: mine.workers + status.workers };
    }
  }
  return { runtimes, functions: own.functions.map((fn) => merge(fn, byKey.get(fn.key) ?? [])) };
}

function merge(own: FunctionStatus, others: readonly FunctionStatus[]): FunctionStatus {
  if (others.length === 0) return own;
  const all = [own, ...others];
  const running = others.reduce((sum, { active }) => sum + active, 0);
  return {
    ...own,
    state: WARMTH.find((state) => all.some((fn) => fn.state === state))!,
    workers: all.flatMap(({ workers }) => workers),
    // With a limit the primary has counted those in the gateways, too.
    active: Math.max(own.active, running),
    queued: all.reduce((sum, { queued }) => sum + queued, 0),
    problem: all.find(({ problem }) => problem !== null)?.problem ?? null,
  };
}
