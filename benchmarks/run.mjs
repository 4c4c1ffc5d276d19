#!/usr/bin/env node
// `pnpm bench`: FastFN beside its peers, on this machine, now. See README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from './lib/context.mjs';
import { Fleet } from './lib/fleet.mjs';
import { chooseLoadTool } from './lib/load.mjs';
import { describeMachine } from './lib/machine.mjs';
import { parseOptions, repository, select, USAGE } from './lib/options.mjs';
import { heading, resultTable, targetTable, versionLines } from './lib/report.mjs';
import { savedRuns, saveRun } from './lib/saved-runs.mjs';
import { withRuns } from './lib/side-by-side.mjs';
import { Unavailable } from './lib/unavailable.mjs';
import { SCENARIOS } from './scenarios/index.mjs';
import { SUBJECTS } from './subjects/index.mjs';

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // An interrupted run has set its own.
  process.exitCode ??= 1;
}

/** @param {string[]} argv */
async function main(argv) {
  const options = parseOptions(argv);
  if (options.help) return console.log(USAGE);
  if (options.list) return list();
  const subjects = select(SUBJECTS, options.only, 'subject');
  const scenarios = select(SCENARIOS, options.scenarios, 'scenario');

  // Progress goes to stderr, the report to stdout: `pnpm bench > report.md` works.
  const context = new Context(options.settings, (line) => console.error(line));
  // Stays registered: a package manager hands Ctrl-C on to us, who got it from the terminal already, and the second
  // one would end this program with the servers still running.
  const onSignal = () => {
    if (context.signal.aborted) return;
    context.log('stopping everything …');
    process.exitCode = 130;
    context.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await measure(context, subjects, scenarios, { json: options.json, save: options.save, argv });
  } finally {
    await context.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/**
 * @param {Context} context
 * @param {import('./lib/subject.mjs').Subject[]} subjects
 * @param {import('./scenarios/index.mjs').Scenario[]} scenarios
 * @param {{ json: string | null, save: string | null, argv: string[] }} output
 */
async function measure(context, subjects, scenarios, { json, save, argv }) {
  const { rounds, seconds, warmup } = context.settings;
  const machine = describeMachine(context.settings);
  const load = await chooseLoadTool(context);
  const fleet = new Fleet(subjects, context);
  /** @type {import('./lib/report.mjs').Report} */
  const report = {
    machine,
    load: load.name,
    command: ['pnpm bench', ...argv].join(' '),
    rounds,
    seconds,
    warmup,
    versions: {},
    missing: {},
    titles: Object.fromEntries(SUBJECTS.map(({ id, title }) => [id, title])),
    results: [],
  };
  console.log(`## Benchmarks\n\n${heading(report)}`);

  for (const scenario of scenarios) {
    context.log(`${scenario.id} …`);
    if (!scenario.interleaved) await fleet.stop();
    try {
      const result = await scenario.run({ context, fleet, load });
      report.results.push(result);
      console.log(`\n${resultTable(result, report.titles)}`);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof Unavailable)) process.exitCode = 1;
      console.log(`\n### ${scenario.title}\n\nNot measured: ${error instanceof Error ? error.message : error}`);
    }
  }
  await fleet.stop();
  // Ours is in the heading.
  const peers = subjects.filter(({ id, ours }) => !ours && fleet.versions.has(id));
  report.versions = Object.fromEntries(peers.map(({ id }) => [id, fleet.versions.get(id) ?? '']));
  report.missing = Object.fromEntries(fleet.missing);
  const everything = subjects.length === SUBJECTS.length && scenarios.length === SCENARIOS.length;
  console.log(`\n${targetTable(report, everything)}\n\n${versionLines(report)}`);
  if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (save) keep(save, report);
}

/**
 * @param {string} name
 * @param {import('./lib/report.mjs').Report} report
 */
function keep(name, report) {
  const folder = join(repository, 'benchmarks/results');
  saveRun(folder, name, report);
  const page = join(repository, 'docs/benchmarks.md');
  writeFileSync(page, withRuns(readFileSync(page, 'utf8'), savedRuns(folder)));
}

function list() {
  console.log('Scenarios:');
  for (const { id, title } of SCENARIOS) console.log(`  ${id.padEnd(20)} ${title}`);
  console.log('\nSubjects:');
  for (const { id, title } of SUBJECTS) console.log(`  ${id.padEnd(20)} ${title}`);
}
