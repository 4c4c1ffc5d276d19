import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type Runtime, UsageError } from '@fastfn/core';
import { header } from './header.js';
import { readProject } from './read-project.js';
import { type GeneratedFile, TARGETS, type Target, type TargetName } from './targets.js';
import { type Written, writeFiles } from './write-files.js';

export interface GenerateInput {
  readonly cwd: string;
  readonly target: TargetName;
  readonly dir?: string;
  readonly configFile?: string;
  readonly out?: string;
  readonly image?: string;
  readonly runtimes: readonly Runtime[] | null;
  readonly force: boolean;
}

export interface Generated {
  readonly files: readonly Written[];
  /** Languages in use that the image will not have. */
  readonly missing: readonly Runtime[];
  /** Commands for the project's folder. */
  readonly next: readonly string[];
  /** Absolute. */
  readonly folder: string;
}

/**
 * Writes what a target needs.
 * @throws OptionsError; UsageError as {@link readProject} and {@link writeFiles}, and `outside_project` for the output.
 */
export function generate(input: GenerateInput): Generated {
  const { folder, missing, project } = readProject(input);
  const target: Target = TARGETS[input.target];
  const out = input.out === undefined ? resolve(folder, target.defaultOut) : resolve(input.cwd, input.out);
  const outFromContext = posix(relative(real(folder), real(out))) || '.';
  if (outFromContext === '..' || outFromContext.startsWith('../')) {
    throw new UsageError(
      'outside_project',
      `${out} is not inside the project, ${folder}.`,
      'The files name each other by relative paths: choose an --out inside the project.',
    );
  }
  const places = { outFromContext, contextFromOut: posix(relative(real(out), real(folder))) || '.' };
  const head = header(commandLine(input));
  const files = target.files(project, places).map((file) => withHeader(file, head));
  return {
    folder,
    missing,
    files: writeFiles(out, files, input.force),
    next: target.next(project, places),
  };
}

function withHeader(file: GeneratedFile, head: string): GeneratedFile {
  return { ...file, text: `${head}\n\n${file.text}` };
}

/** What was typed, without `--force`: to make the files again. */
function commandLine({ dir, target, out, runtimes, image, configFile }: GenerateInput): string {
  const options = { target, out, runtimes: runtimes?.join(','), image, config: configFile };
  const flags = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  // On one line, whatever a name has in it: it goes into a comment.
  return ['fastfn build', ...(dir === undefined ? [] : [dir]), ...flags].join(' ').replace(/[\p{Cc}]/gu, '?');
}

/** With links resolved as far as the path exists. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const above = dirname(path);
  return above === path ? path : join(real(above), basename(path));
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
