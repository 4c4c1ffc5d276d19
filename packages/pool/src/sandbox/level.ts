import type { SandboxReport } from '@fastfn/protocol';

const ORDER = ['off', 'runtime', 'kernel'] as const;

/** What holds for all of them: the lowest level, and everything that is missing somewhere. Null: nothing is known. */
export function weakest(reports: readonly (SandboxReport | null | undefined)[]): SandboxReport | null {
  let result: SandboxReport | null = null;
  for (const report of reports.filter(isReport)) {
    if (result === null) result = report;
    else {
      const lower: SandboxReport = ORDER.indexOf(report.level) < ORDER.indexOf(result.level) ? report : result;
      const missing: string[] = [...new Set([...result.missing, ...report.missing])];
      result = { ...lower, hides: result.hides && report.hides, missing };
    }
  }
  return result;
}

/** It came over a socket. */
function isReport(report: unknown): report is SandboxReport {
  const { level, missing } = (report ?? {}) as Partial<SandboxReport>;
  return level !== undefined && ORDER.includes(level) && Array.isArray(missing);
}
