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

/** `users/x.js:3 key: what happened. What to do. (code)` */
export function describeDiagnostic({ file, line, key, message, fix, code }: Diagnostic): string {
  const where = `${file}${line === undefined ? '' : `:${line}`}${key === undefined ? '' : ` ${key}`}`;
  return `${where ? `${where}: ` : ''}${message}${fix ? ` ${fix}` : ''} (${code})`;
}
