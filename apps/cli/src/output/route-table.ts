import { type Diagnostic, printable, type RouteTable, type Runtime, type ToolStatus } from '@fastfn/core';
import { method, style } from './style.js';

const MAX_ROWS = 60;

/** With HEAD and OPTIONS, which whoever takes GET answers too, all that a function can take. SPEC §2.1. */
const EVERY_METHOD = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Aligned lines `METHOD  /path  runtime  function` (`ANY` for a route that takes every method), by path, then the conflicts.
 * @param tools status by runtime: routes of a missing tool say so.
 * @param limit rows to show before "… n more"; Infinity for all.
 */
export function routeTable(
  table: RouteTable,
  tools: Partial<Record<Runtime, ToolStatus>> = {},
  limit = MAX_ROWS,
): string[] {
  const rows = table.routes.flatMap((route) =>
    shownMethods(route.methods).map((name) => ({
      method: name,
      path: route.hosts.length > 0 ? `${route.pattern} (${route.hosts.join(', ')})` : route.pattern,
      runtime: route.fn.runtime,
      source: printable(
        route.fn.version === 'default' || route.fn.name.includes('@')
          ? route.fn.name
          : `${route.fn.name}@${route.fn.version}`,
      ),
      problem: toolProblem(tools[route.fn.runtime]) ?? (route.fn.configError ? 'invalid config' : null),
    })),
  );
  rows.sort((a, b) => (a.path === b.path ? a.method.localeCompare(b.method) : a.path.localeCompare(b.path)));
  const width = (pick: (row: (typeof rows)[number]) => string) =>
    Math.max(0, ...rows.slice(0, limit).map((row) => pick(row).length));
  const widths = { method: width((r) => r.method), path: width((r) => r.path), runtime: width((r) => r.runtime) };

  const lines = rows.slice(0, limit).map((row) => {
    const cells = [
      method(row.method, widths.method),
      row.path.padEnd(widths.path),
      style.dim(row.runtime.padEnd(widths.runtime)),
      style.dim(row.source),
    ];
    return `  ${cells.join('  ')}${row.problem ? `  ${style.red(`✗ ${row.problem}`)}` : ''}`;
  });
  if (rows.length > limit) lines.push(style.dim(`  … ${rows.length - limit} more (fastfn routes lists all)`));
  for (const conflict of table.conflicts) {
    lines.push(
      style.red(
        `  ✗ ${conflict.methods.join(',')} ${conflict.pattern} answers 409: claimed by ${conflict.claims.map((claim) => printable(claim.source)).join(' and ')}`,
      ),
    );
  }
  return lines;
}

/** What takes every method is one line and not seven: an app of another platform, mostly. */
function shownMethods(methods: readonly string[]): readonly string[] {
  return EVERY_METHOD.every((method) => methods.includes(method)) ? ['ANY'] : methods;
}

function toolProblem(tool: ToolStatus | undefined): string | null {
  return tool && !tool.ok ? `${tool.reason}` : null;
}

/** One line for each diagnostic that is not a route conflict (the table shows those). */
export function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter((d) => d.code !== 'route_conflict')
    .map(({ severity, file, line, key, message, fix, code }) => {
      const mark = severity === 'error' ? style.red('✗') : severity === 'warning' ? style.yellow('!') : style.dim('·');
      const where = printable(`${file}${line === undefined ? '' : `:${line}`}${key ? ` ${key}` : ''}`);
      // Messages about a value begin with their file, for those who see nothing else of the diagnostic.
      const what = printable(file && message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message);
      return `  ${mark} ${where ? `${style.bold(where)}  ` : ''}${what}${fix ? style.dim(` ${fix}`) : ''} ${style.dim(`[${code}]`)}`;
    });
}
