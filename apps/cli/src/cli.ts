import { stripVTControlCharacters } from 'node:util';
import {
  type ArgsDef,
  type CommandDef,
  defineCommand,
  parseArgs,
  renderUsage,
  runCommand,
  type SubCommandsDef,
} from 'citty';
import { printError } from './output/print-error.js';
import { hasColour } from './output/style.js';
import { VERSION } from './version.js';

/** Commands load when they are called: `--version` and `--help` must not pay for the server. */
const COMMANDS = {
  init: () => import('./commands/init.js').then((m) => m.default),
  dev: () => import('./commands/dev.js').then((m) => m.default),
  run: () => import('./commands/run.js').then((m) => m.default),
  routes: () => import('./commands/routes.js').then((m) => m.default),
  build: () => import('./commands/build.js').then((m) => m.default),
  invoke: () => import('./commands/invoke.js').then((m) => m.default),
  logs: () => import('./commands/logs.js').then((m) => m.default),
  jobs: () => import('./commands/jobs.js').then((m) => m.default),
  docs: () => import('./commands/docs.js').then((m) => m.default),
  doctor: () => import('./commands/doctor.js').then((m) => m.default),
  check: () => import('./commands/doctor.js').then((m) => m.default),
  daemon: () => import('./commands/daemon.js').then((m) => m.default),
  version: () => import('./commands/version.js').then((m) => m.default),
};

type CommandName = keyof typeof COMMANDS;

const main: CommandDef<ArgsDef> = defineCommand<ArgsDef>({
  meta: {
    name: 'fastfn',
    version: VERSION,
    description: 'Turn a folder of handler files into an HTTP API, in any mix of languages',
  },
  args: {
    config: {
      type: 'string',
      description: 'Project file to use instead of ./fastfn.json or ./fastfn.toml',
      valueHint: 'file',
    },
  },
  subCommands: COMMANDS as unknown as SubCommandsDef,
});

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/**
 * Runs one command line and gives its exit code: 0, 1 for a failure, 2 for a mistake in the arguments. SPEC §15.
 * Resolves when the command has ended; for `dev` and `run`, when the server has stopped.
 */
export async function createMain(argv: readonly string[]): Promise<number> {
  const args = liftConfig(argv);
  const [first] = args;
  if (first === '--version' || first === '-v') {
    console.log(`FastFN ${VERSION}`);
    return 0;
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    console.log(await usage(main));
    return first === undefined ? EXIT_USAGE : 0;
  }
  if (!(first in COMMANDS)) {
    console.error(`Unknown command "${first}". Commands: ${Object.keys(COMMANDS).join(', ')}. See fastfn --help.`);
    return EXIT_USAGE;
  }
  const command = (await COMMANDS[first as CommandName]()) as unknown as CommandDef<ArgsDef>;
  const rest = args.slice(1);
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(await usage(command, main));
    return 0;
  }
  const unknown = unknownFlags(command, rest);
  if (unknown.length > 0) {
    console.error(`Unknown option ${unknown.join(', ')}. See fastfn ${first} --help.`);
    return EXIT_USAGE;
  }
  const surplus = surplusArguments(command, rest);
  if (surplus.length > 0) {
    console.error(`Unexpected argument ${surplus.map((arg) => `"${arg}"`).join(', ')}. See fastfn ${first} --help.`);
    return EXIT_USAGE;
  }
  try {
    const { result } = await runCommand(command, { rawArgs: [...rest] });
    return typeof result === 'number' ? result : 0;
  } catch (error) {
    printError(error);
    return isUsage(error) ? EXIT_USAGE : EXIT_FAILURE;
  }
}

/** citty colours its help wherever it goes. */
async function usage(command: CommandDef<ArgsDef>, parent?: CommandDef<ArgsDef>): Promise<string> {
  const text = await renderUsage(command, parent);
  return hasColour ? text : stripVTControlCharacters(text);
}

/** citty drops what it has no name for; `run ./a ./b` must not serve `./a` alone. */
function surplusArguments(command: CommandDef<ArgsDef>, args: readonly string[]): string[] {
  const definitions = (command.args ?? {}) as ArgsDef;
  const expected = Object.values(definitions).filter(({ type }) => type === 'positional').length;
  // What is missing is the command's to say, in its own words.
  const optional = Object.fromEntries(Object.entries(definitions).map(([k, d]) => [k, { ...d, required: false }]));
  return parseArgs([...args], optional as ArgsDef)._.slice(expected);
}

/** `fastfn --config f dev` is the same as `fastfn dev --config f`. */
function liftConfig(argv: readonly string[]): string[] {
  const args = [...argv];
  const before: string[] = [];
  while (args[0]?.startsWith('--config')) {
    before.push(args.shift()!);
    if (before.at(-1) === '--config' && args.length > 0) before.push(args.shift()!);
  }
  return [...args, ...before];
}

/** citty ignores what it does not know; a mistyped `--prot 80` must not start on 8080. */
function unknownFlags(command: CommandDef<ArgsDef>, args: readonly string[]): string[] {
  const known = new Set<string>();
  for (const [name, definition] of Object.entries(
    (command.args ?? {}) as Record<string, { type?: string; alias?: string | string[] }>,
  )) {
    for (const key of [name, ...[definition.alias ?? []].flat()]) {
      known.add(key.length === 1 ? `-${key}` : `--${key}`);
      if (definition.type === 'boolean') known.add(`--no-${key}`);
    }
  }
  const end = args.indexOf('--');
  const scanned = end === -1 ? args : args.slice(0, end);
  return scanned
    .filter((arg) => /^--?[a-z]/i.test(arg))
    .map((arg) => arg.split('=')[0]!)
    .filter((flag) => !known.has(flag));
}

function isUsage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'CLIError' || (error as { code?: string }).code === 'usage';
}
