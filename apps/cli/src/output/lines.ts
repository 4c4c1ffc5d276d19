import { printable } from '@fastfn/core';
import type { ReloadReport, RequestRecord } from '@fastfn/server';
import { duration, method, status, style } from './style.js';

/** `GET /users/42  200  3 ms  python users/[id].py  cold` */
export function requestLine(record: RequestRecord): string {
  const parts = [
    method(record.method, 6),
    printable(record.path),
    status(record.status),
    style.dim(duration(record.durationMs)),
  ];
  if (record.fn) parts.push(style.dim(printable(record.fn.replace(/@default$/, ''))));
  if (record.state === 'cold') parts.push(style.cyan('cold'));
  if (record.errorCode) parts.push(style.red(record.errorCode));
  return `  ${parts.join('  ')}`;
}

/** One line of what a reload changed. */
export function reloadLine(report: ReloadReport): string {
  const parts: string[] = [];
  const list = (mark: string, names: readonly string[]) => {
    if (names.length === 0) return;
    const shown = printable(names.slice(0, 3).join(', '));
    parts.push(`${mark} ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`);
  };
  list(style.green('+'), report.addedRoutes);
  list(style.red('−'), report.removedRoutes);
  list(style.yellow('~'), report.changedFunctions);
  const errors = report.newDiagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = report.newDiagnostics.length - errors;
  if (errors > 0) parts.push(style.red(`${errors} new error${errors > 1 ? 's' : ''}`));
  if (warnings > 0) parts.push(style.yellow(`${warnings} new warning${warnings > 1 ? 's' : ''}`));
  if (report.mendedDiagnostics.length > 0) parts.push(style.green(`${report.mendedDiagnostics.length} mended`));
  return `${style.cyan('↻')} ${parts.join('  ')} ${style.dim(`(${duration(report.durationMs)})`)}`;
}
