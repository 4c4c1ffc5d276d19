import type { Diagnostic, Logger } from '@fastfn/core';
import type { ReloadReport } from './reloader.js';

/** Logs each diagnostic once per change, under `[Discovery]`. SPEC §2.5. */
export function createDiscoveryLog(logger: Logger): (report: ReloadReport) => void {
  return (report) => {
    for (const diagnostic of report.newDiagnostics) {
      const level = diagnostic.severity === 'error' ? 'error' : diagnostic.severity === 'warning' ? 'warn' : 'info';
      logger.log(level, `[Discovery] ${describeDiagnostic(diagnostic)}`, { diagnostic });
    }
    for (const diagnostic of report.mendedDiagnostics) {
      logger.log('info', `[Discovery] mended: ${diagnostic.file || diagnostic.code}: ${diagnostic.message}`, {
        diagnostic,
      });
    }
  };
}

/**
 * `users/x.js:3 key: what happened. What to do. (code)`
 * @param show `fix: false` leaves out what to do, for those who show it apart.
 */
export function describeDiagnostic(diagnostic: Diagnostic, show: { readonly fix: boolean } = { fix: true }): string {
  const { file, line, key, message, fix, code } = diagnostic;
  const where = [file && `${file}${line === undefined ? '' : `:${line}`}`, key].filter(Boolean).join(' ');
  return `${where ? `${where}: ` : ''}${message}${fix && show.fix ? ` ${fix}` : ''} (${code})`;
}
