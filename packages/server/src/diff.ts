import type { Diagnostic, Route } from '@fastfn/core';
import { specFingerprint } from '@fastfn/discovery';
import type { AppSnapshot } from './snapshot.js';

/** What a reload changed, in the words of the person who saved the file. */
export interface SnapshotDiff {
  /** `GET /users/:id` of routes that were not there before. */
  readonly addedRoutes: readonly string[];
  readonly removedRoutes: readonly string[];
  /** Names of functions that kept their place, but not their code or settings. */
  readonly changedFunctions: readonly string[];
  readonly newDiagnostics: readonly Diagnostic[];
  readonly mendedDiagnostics: readonly Diagnostic[];
}

export function diffSnapshots(
  before: AppSnapshot | null,
  after: AppSnapshot,
  restarted: ReadonlySet<string>,
): SnapshotDiff {
  const oldRoutes = new Set(before?.table.routes.flatMap(routeNames));
  const newRoutes = new Set(after.table.routes.flatMap(routeNames));
  const oldDiagnostics = new Map(before?.diagnostics.map((d) => [diagnosticIdentity(d), d]));
  const newDiagnostics = new Map(after.diagnostics.map((d) => [diagnosticIdentity(d), d]));

  const changedFunctions: string[] = [];
  for (const [key, fn] of after.functions) {
    const previous = before?.functions.get(key);
    if (!previous) continue;
    if (restarted.has(key) || specFingerprint(previous) !== specFingerprint(fn))
      changedFunctions.push(label(fn.name, fn.version));
    else if (JSON.stringify([previous.policy, previous.docs]) !== JSON.stringify([fn.policy, fn.docs])) {
      changedFunctions.push(label(fn.name, fn.version));
    }
  }
  return {
    addedRoutes: [...newRoutes].filter((name) => !oldRoutes.has(name)),
    removedRoutes: [...oldRoutes].filter((name) => !newRoutes.has(name)),
    changedFunctions,
    newDiagnostics: [...newDiagnostics].filter(([id]) => !oldDiagnostics.has(id)).map(([, d]) => d),
    mendedDiagnostics: [...oldDiagnostics].filter(([id]) => !newDiagnostics.has(id)).map(([, d]) => d),
  };
}

function label(name: string, version: string): string {
  return version === 'default' ? name : `${name}@${version}`;
}

function routeNames(route: Route): string[] {
  return route.methods.map((method) => `${method} ${route.pattern}`);
}

function diagnosticIdentity(d: Diagnostic): string {
  return `${d.code}\0${d.file}\0${d.key ?? ''}\0${d.message}`;
}
