import { ratio, summary } from './stats.mjs';
import { reaches, TARGETS } from './targets.mjs';

/**
 * The report is Markdown: it reads well in a terminal and goes into `docs/benchmarks.md` as it is.
 *
 * @typedef {{ machine: import('./machine.mjs').Machine, load: string, command: string, rounds: number, seconds: number, warmup: number,
 *             versions: Record<string, string>, missing: Record<string, string>, titles: Record<string, string>,
 *             results: import('./result.mjs').Result[] }} Report
 */

/** @param {Report} report */
export function heading({ machine, load, command, rounds, seconds, warmup }) {
  return `- ${machine.date.slice(0, 16).replace('T', ' ')} UTC · ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB · ${machine.system} · load average before ${machine.load.join(' ')}
- Node ${machine.node.slice(1)}, Python ${machine.python ?? '–'}, FastFN ${machine.fastfn ?? '–'} (${machine.commit ?? 'no git'})
- Load: ${load}, on the same machine · ${warmup} s of it on each subject, then ${rounds} rounds of ${seconds} s, interleaved; medians, in brackets min and max
- Command: \`${command}\``;
}

/** @param {Report} report */
export function versionLines({ versions, missing, titles }) {
  const present = Object.entries(versions).map(([id, version]) => `${titles[id] ?? id} ${version}`);
  const lines = [`Versions: ${present.join(' · ') || '–'}`];
  const absent = Object.entries(missing).map(([id, reason]) => `- ${titles[id] ?? id}: ${reason.split('\n')[0]}`);
  if (absent.length > 0) lines.push('', 'Left out:', '', ...absent);
  return lines.join('\n');
}

/**
 * A table of one scenario; with a baseline, each subject's ratio to it (throughput if there is one, else its first metric).
 * @param {import('./result.mjs').Result} result
 * @param {Record<string, string>} titles
 */
export function resultTable({ title, note, baseline, rows }, titles) {
  if (rows.length === 0) return `### ${title}\n\nNo subject.`;
  const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))].filter((name) =>
    // Errors are worth a column only when there are any.
    rows.some((row) => name !== 'errors' || row.metrics[name]?.values.some((value) => value > 0)),
  );
  const compared = metrics.includes('rps') ? 'rps' : metrics[0];
  const base = rows.find((row) => row.subject === baseline)?.metrics[compared];
  const unit = (/** @type {string} */ name) => rows.find((row) => row.metrics[name])?.metrics[name].unit ?? '';
  const head = ['', ...metrics.map((name) => (unit(name) ? `${name}, ${unit(name)}` : name))];
  if (base && baseline) head.push(`× ${titles[baseline] ?? baseline}`);
  const lines = rows.map((row) => {
    const cells = metrics.map((name) => spread(summary(row.metrics[name]?.values ?? [])));
    if (base) cells.push(spread(ratio(row.metrics[compared]?.values ?? [], base.values)));
    return [titles[row.subject] ?? row.subject, ...cells];
  });
  const align = head.map((_, i) => (i === 0 ? '---' : '--:'));
  const table = [head, align, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return [`### ${title}`, ...(note ? [note] : []), table].join('\n\n');
}

/**
 * The targets that this run has figures for.
 * @param {Report} report
 * @param {boolean} everything name the others too: a full run should have had them
 */
export function targetTable({ results }, everything) {
  const lines = ['| Target | measured | must | aim |', '|---|--:|--:|--:|'];
  const unmeasured = [];
  for (const target of TARGETS) {
    const measured = target.of(results);
    if (!measured) {
      unmeasured.push(target.title);
      continue;
    }
    const mark = (/** @type {number} */ bound) =>
      `${number(bound)} ${reaches(target, measured.median, bound) ? '✓' : '✗'}`;
    const unit = target.unit === '×' ? '' : ` ${target.unit}`;
    lines.push(`| ${target.title} | ${spread(measured)}${unit} | ${mark(target.must)} | ${mark(target.aim)} |`);
  }
  if (everything && unmeasured.length > 0) lines.push('', `Not measured in this run: ${unmeasured.join('; ')}.`);
  if (unmeasured.length === TARGETS.length) return '### Targets\n\nThis run has figures for none.';
  return ['### Targets', '', ...lines].join('\n');
}

/** `44,210 (41,003–45,120)`. @param {import('./stats.mjs').Summary | null} value */
export function spread(value) {
  if (!value) return '–';
  return value.n > 1 ? `${number(value.median)} (${number(value.min)}–${number(value.max)})` : number(value.median);
}

/** Three digits that count. @param {number} value */
export function number(value) {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toFixed(size >= 10 ? 1 : 2)));
}
