import { type Diagnostic, type Logger, printable } from '@fastfn/core';
import type { ReloadReport } from './reloader.js';

/** Logs each diagnostic once per change, under `[Discovery]`. SPEC §2.5. */
export function createDiscoveryLog(logger: Logger): (report: ReloadReport) => void {
  return (report) => {
    for (const diagnostic of report.newDiagnostics) {
      const level = diagnostic.severity === 'error' ? 'error' : diagnostic.severity === 'warning' ? 'warn' : 'info';
      logger.log(level, `[Discovery] ${describeDiagnostic(diagnostic)}`, { diagnostic });
    }
    for (const diagnostic of report.mendedDiagnostics) {
      const { file, code, message } = diagnostic;
      logger.log('info', printable(`[Discovery] mended: ${file || code}: ${message}`), { diagnostic });
    }
  };
}

/**
 * `users/x.js:3 key: what happened. What to do. (code)`
 * @param show `fix: false` leaves out what to do, for those who show it apart.
 */
export function describeDiagnostic(diagnostic: Diagnostic, show: { readonly fix: boolean } = { fix: true }): string {
  const { file, line, key, fix, code } = diagnostic;
  // Messages about a value begin with their file, for those who see nothing else of the diagnostic.
  const message =
    file && diagnostic.message.startsWith(`${file}: `) ? diagnostic.message.slice(file.length + 2) : diagnostic.message;
  const where = [file && `${file}${line === undefined ? '' : `:${line}`}`, key].filter(Boolean).join(' ');
  return printable(`${where ? `${where}: ` : ''}${message}${fix && show.fix ? ` ${fix}` : ''} (${code})`);
}
