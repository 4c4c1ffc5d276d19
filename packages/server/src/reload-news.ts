import type { ReloadReport } from './reloader.js';

/** A reload as `/_fn/events` tells it. */
export function reloadNews(report: ReloadReport): { reload: object; diagnostics: object | null } {
  const { ok, reloadedAt, durationMs, addedRoutes, removedRoutes, changedFunctions } = report;
  const { newDiagnostics, mendedDiagnostics } = report;
  return {
    reload: {
      ok,
      reloaded_at: new Date(reloadedAt).toISOString(),
      duration_ms: Math.round(durationMs * 10) / 10,
      added_routes: addedRoutes,
      removed_routes: removedRoutes,
      changed_functions: changedFunctions,
    },
    diagnostics:
      newDiagnostics.length + mendedDiagnostics.length === 0
        ? null
        : { added: newDiagnostics, mended: mendedDiagnostics },
  };
}
