import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs that are kept, one JSON file each: all values, so that runs of different days and machines can be laid side by
 * side. A run may be made in several commands; each adds its scenarios, and replaces those that were there.
 *
 * @typedef {Omit<import('./report.mjs').Report, 'command'> & { name: string, commands: string[] }} SavedRun
 */

const NAME = /^[\w.-]{1,60}$/;

/**
 * @param {string} folder
 * @param {string} name
 * @param {import('./report.mjs').Report} report
 * @throws Error when the name makes no file, or the run of that name was made on another machine or with other settings
 */
export function saveRun(folder, name, { command, ...report }) {
  if (!NAME.test(name)) throw new Error(`--save is "${name}"; it must be 1 to 60 letters, digits, ".", "_" or "-".`);
  mkdirSync(folder, { recursive: true });
  const before = savedRuns(folder).find((run) => run.name === name);
  if (before) refuseOther(before, report);
  const fresh = new Set(report.results.map(({ scenario }) => scenario));
  /** @type {SavedRun} */
  const run = {
    ...report,
    name,
    // The state of the machine before the first command.
    machine: before?.machine ?? report.machine,
    versions: { ...before?.versions, ...report.versions },
    missing: report.missing,
    commands: [...(before?.commands ?? []), command],
    results: [...(before?.results ?? []).filter(({ scenario }) => !fresh.has(scenario)), ...report.results],
  };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(run)}\n`);
}

/**
 * @param {SavedRun} before
 * @param {Omit<import('./report.mjs').Report, 'command'>} report
 */
function refuseOther(before, { machine, warmup, load }) {
  for (const [what, was, is] of [
    ['processor', before.machine.cpu, machine.cpu],
    ['commit', before.machine.commit, machine.commit],
    ['Node', before.machine.node, machine.node],
    ['warm-up', before.warmup, warmup],
    ['load generator', before.load, load],
  ]) {
    if (was !== is)
      throw new Error(`The run "${before.name}" had another ${what}: ${was}, now ${is}. Choose another --save name.`);
  }
}

/**
 * @param {string} folder
 * @returns {SavedRun[]} oldest first; none when there is no such folder
 */
export function savedRuns(folder) {
  let files;
  try {
    files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch {
    return [];
  }
  /** @type {SavedRun[]} */
  const runs = files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  return runs.sort((a, b) => a.machine.date.localeCompare(b.machine.date));
}
