import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const repository = fileURLToPath(new URL('../../', import.meta.url));

export const USAGE = `Usage: pnpm bench [options]

  --only <ids>       subjects, separated by commas; fastfn-* takes all that begin so,
                     a word of the name, as node, all that have it
  --scenario <ids>   scenarios, separated by commas
  --rounds <n>       rounds of the interleaved scenarios (default 5, at most 100)
  --seconds <n>      length of a round (default 3, at most 60)
  --warmup <s>       load on every subject before the first round (default 10, at most 60)
  --json <file>      all values, for machines
  --save <name>      keeps all values in benchmarks/results/<name>.json, adding to the run of that name if
                     there is one, and renews the tables of docs/benchmarks.md
  --cli <file>       measure this fastfn.js (another checkout, built), not the one of this repository
  --list             what there is, then exit`;

/**
 * @typedef {{ only: string[], scenarios: string[], json: string | null, save: string | null, list: boolean, help: boolean,
 *             settings: import('./context.mjs').Settings }} Options
 */

/**
 * @param {string[]} argv
 * @returns {Options}
 * @throws Error saying what is wrong and what is allowed
 */
export function parseOptions(argv) {
  const { values } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: argv.filter((arg) => arg !== '--'),
    options: {
      only: { type: 'string', multiple: true, default: [] },
      scenario: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      warmup: { type: 'string', default: '10' },
      json: { type: 'string' },
      save: { type: 'string' },
      cli: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const cli = resolve(values.cli ?? join(repository, 'apps/cli/bin/fastfn.js'));
  return {
    only: names(values.only),
    scenarios: names(values.scenario),
    json: values.json ? resolve(values.json) : null,
    save: values.save ?? null,
    list: values.list,
    help: values.help,
    settings: {
      rounds: whole('--rounds', values.rounds, 100),
      seconds: whole('--seconds', values.seconds, 60),
      warmup: whole('--warmup', values.warmup, 60),
      cli,
      root: dirname(dirname(dirname(dirname(cli)))),
      peers: join(repository, 'benchmarks/.peers'),
    },
  };
}

/**
 * The things that were asked for by name; all of them when nothing was.
 * @template {{ id: string }} T
 * @param {readonly T[]} all
 * @param {readonly string[]} wanted
 * @param {string} what
 * @returns {T[]}
 */
export function select(all, wanted, what) {
  const known = new Set(all.map(({ id }) => id));
  const matches = (/** @type {string} */ want, /** @type {string} */ id) => {
    if (want.endsWith('*')) return id.startsWith(want.slice(0, -1));
    return known.has(want) ? id === want : id.split('-').includes(want);
  };
  for (const want of wanted) {
    if (!all.some(({ id }) => matches(want, id))) {
      throw new Error(`There is no ${what} "${want}". There are: ${all.map(({ id }) => id).join(', ')}.`);
    }
  }
  return wanted.length === 0 ? [...all] : all.filter(({ id }) => wanted.some((want) => matches(want, id)));
}

/** @param {readonly string[]} lists */
function names(lists) {
  return lists.flatMap((list) => list.split(',')).filter((name) => name !== '');
}

/** @param {string} option @param {string} text @param {number} most */
function whole(option, text, most) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${option} is "${text}"; it must be a whole number from 1 to ${most}.`);
}
