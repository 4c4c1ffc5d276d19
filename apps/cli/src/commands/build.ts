import { relative } from 'node:path';
import { isRuntime, printable, RUNTIMES, type Runtime, UsageError } from '@fastfn/core';
import { defineCommand } from 'citty';
import { type Generated, generate } from '../build/generate.js';
import { prepare } from '../build/prepare.js';
import { checkTarget } from '../build/targets.js';
import { style } from '../output/style.js';

export default defineCommand({
  meta: {
    name: 'build',
    description: 'Write the files for containers (--target), or install and compile what functions need',
  },
  args: {
    dir: {
      type: 'positional',
      required: false,
      description: 'Folder with handler files (default: ./functions, else .)',
    },
    target: { type: 'string', description: 'docker | compose | kubernetes: files to write', valueHint: 'name' },
    out: { type: 'string', description: 'Folder to write to, inside the project', valueHint: 'folder' },
    runtimes: {
      type: 'string',
      description: 'Languages of the image (default: those in use)',
      valueHint: 'node,python…',
    },
    image: { type: 'string', description: 'Name of the image (default: <project>:1)', valueHint: 'name' },
    force: { type: 'boolean', description: 'Replace files that exist' },
    config: { type: 'string', description: 'Project file', valueHint: 'file' },
  },
  run({ args }) {
    const { dir, target, config: configFile } = args;
    if (target === undefined) {
      refuseWithoutTarget(args);
      return prepare({ dir, configFile });
    }
    const { out, image } = args;
    const runtimes = args.runtimes === undefined ? null : checkRuntimes(args.runtimes);
    const force = args.force === true;
    print(generate({ cwd: process.cwd(), target: checkTarget(target), dir, configFile, out, image, runtimes, force }));
    return 0;
  },
});

function refuseWithoutTarget(args: Readonly<Record<string, unknown>>): void {
  const lonely = ['out', 'runtimes', 'image', 'force'].filter((flag) => args[flag] !== undefined);
  if (lonely.length === 0) return;
  throw new UsageError('usage', `--${lonely[0]} needs a --target.`, 'For example --target docker.');
}

function checkRuntimes(text: string): Runtime[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.filter((name) => !isRuntime(name));
  if (names.length > 0 && unknown.length === 0) return [...new Set(names)] as Runtime[];
  throw new UsageError(
    'usage',
    unknown.length > 0 ? `There is no runtime "${unknown.join('", "')}".` : '--runtimes names none.',
    `Runtimes: ${RUNTIMES.join(', ')}, with commas between.`,
  );
}

const MARKS = { written: style.green('+'), replaced: style.yellow('~'), kept: style.dim('=') } as const;

function print({ files, missing, next, folder }: Generated): void {
  const cwd = process.cwd();
  for (const { path, what } of files) {
    const note = what === 'kept' ? style.dim(' (kept as it is)') : '';
    console.log(`  ${MARKS[what]} ${printable(relative(cwd, path))}${note}`);
  }
  for (const runtime of missing) {
    console.log(
      `\n${style.yellow('!')} Functions in ${runtime} are not served by this image: --runtimes leaves it out.`,
    );
  }
  const place = relative(cwd, folder);
  console.log(`\nNext${place === '' ? '' : `, in ${printable(place)}`}:`);
  for (const command of next) console.log(`  ${command.startsWith('#') ? style.dim(command) : style.bold(command)}`);
}
