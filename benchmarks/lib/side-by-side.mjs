import { resultTable, spread } from './report.mjs';
import { ratio, summary } from './stats.mjs';
import { reaches, TARGETS } from './targets.mjs';

/** More columns than this no page can show: the newest runs. */
const MOST_RUNS = 3;

const BEGIN = '<!-- runs: written by pnpm bench --save, not by hand -->';
const END = '<!-- /runs -->';

/**
 * A page with its generated part renewed.
 * @param {string} page
 * @param {readonly import('./saved-runs.mjs').SavedRun[]} runs oldest first
 * @throws Error when the page has no place for it
 */
export function withRuns(page, runs) {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from === -1 || to < from) throw new Error(`The page has no "${BEGIN}" … "${END}".`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${sideBySide(runs)}\n\n${page.slice(to)}`;
}

/**
 * The newest runs in columns: machines, targets, ratios; then all figures of the newest one.
 * @param {readonly import('./saved-runs.mjs').SavedRun[]} all oldest first
 * @returns {string} Markdown
 */
export function sideBySide(all) {
  const runs = all.slice(-MOST_RUNS).reverse();
  const [newest] = runs;
  if (!newest) return 'No run has been kept yet.';
  return [
    '## Runs side by side',
    machines(runs),
    '### Targets',
    targets(runs),
    ...scenariosOf(runs).map((scenario) => ratios(scenario, runs)),
    `## All figures of ${newest.name}`,
    newest.commands.map((command) => `- \`${command}\``).join('\n'),
    ...newest.results.map((result) => resultTable(result, newest.titles)),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** @param {readonly import('./saved-runs.mjs').SavedRun[]} runs */
function machines(runs) {
  /** @type {[string, (run: import('./saved-runs.mjs').SavedRun) => unknown][]} */
  const lines = [
    ['when', ({ machine }) => `${machine.date.slice(0, 16).replace('T', ' ')} UTC`],
    ['machine', ({ machine }) => `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
    ['system', ({ machine }) => machine.system],
    ['load average before', ({ machine }) => machine.load.join(' ')],
    ['FastFN', ({ machine }) => `${machine.fastfn} (${machine.commit ?? 'no git'})`],
    ['Node · Python', ({ machine }) => `${machine.node.slice(1)} · ${machine.python ?? '–'}`],
    [
      'load',
      ({ load, rounds, seconds, warmup }) => `${load}; ${warmup} s of warming up, ${rounds} rounds of ${seconds} s`,
    ],
  ];
  return table(
    ['', ...runs.map(({ name }) => name)],
    lines.map(([title, of]) => [title, ...runs.map((run) => `${of(run)}`)]),
  );
}

/** @param {readonly import('./saved-runs.mjs').SavedRun[]} runs */
function targets(runs) {
  const lines = [];
  for (const target of TARGETS) {
    const measured = runs.map(({ results }) => target.of(results));
    if (measured.every((value) => value === null)) continue;
    const cells = measured.map((value) => {
      if (!value) return '–';
      const mark = reaches(target, value.median, target.aim)
        ? '✓✓'
        : reaches(target, value.median, target.must)
          ? '✓'
          : '✗';
      return `${spread(value)} ${mark}`;
    });
    lines.push([target.title, `${target.must} · ${target.aim} ${target.unit}`, ...cells]);
  }
  return table(['✓ must, ✓✓ aim reached', 'must · aim', ...runs.map(({ name }) => name)], lines);
}

/** @param {readonly import('./saved-runs.mjs').SavedRun[]} runs @returns {string[]} those with a baseline */
function scenariosOf(runs) {
  const ids = runs.flatMap(({ results }) => results.filter(({ baseline }) => baseline).map(({ scenario }) => scenario));
  return [...new Set(ids)];
}

/**
 * Ratios to the baseline, subject by subject.
 * @param {string} scenario
 * @param {readonly import('./saved-runs.mjs').SavedRun[]} runs
 */
function ratios(scenario, runs) {
  const results = runs.map((run) => run.results.find((result) => result.scenario === scenario));
  const known = results.find((result) => result !== undefined);
  if (!known) return '';
  const subjects = [...new Set(results.flatMap((result) => result?.rows.map(({ subject }) => subject) ?? []))];
  const titles = Object.assign({}, ...[...runs].reverse().map((run) => run.titles));
  const name = (/** @type {string} */ subject) => titles[subject] ?? subject;
  const lines = subjects.map((subject) => [
    name(subject),
    ...results.map((result) => spread(ratioOf(result, subject))),
  ]);
  const metric = comparedIn(known);
  return `### ${known.title}: ${metric}, × ${name(known.baseline ?? '')}\n\n${table(['', ...runs.map((run) => run.name)], lines)}`;
}

/** @param {import('./result.mjs').Result | undefined} result @param {string} subject */
function ratioOf(result, subject) {
  if (!result) return null;
  const metric = comparedIn(result);
  const values = (/** @type {string | undefined} */ of) =>
    result.rows.find((row) => row.subject === of)?.metrics[metric]?.values ?? [];
  return ratio(values(subject), values(result.baseline)) ?? summary([]);
}

/** Throughput if there is one, else the first metric. @param {import('./result.mjs').Result} result */
function comparedIn({ rows }) {
  const metrics = Object.keys(rows[0]?.metrics ?? {});
  return metrics.includes('rps') ? 'rps' : (metrics[0] ?? '');
}

/** @param {readonly string[]} head @param {readonly string[][]} lines */
function table(head, lines) {
  const align = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [head, align, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
