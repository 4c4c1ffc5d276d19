import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '@fastfn/core';
import type { ProjectSettings } from '../normalise/project.js';
import { parseProjectFile } from '../parse-file.js';
import { readTextFile } from '../text/read-text.js';

const NAMES = ['fastfn.json', 'fastfn.toml'] as const;

export interface ProjectFileRead {
  /** Absolute. */
  readonly dir: string;
  /** Absolute; null: there is none. */
  readonly file: string | null;
  readonly settings: ProjectSettings;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds and reads the project file: `--config`, else the nearest in the served folder and above it up to the current
 * folder (one level up when the served folder lies elsewhere), else that of the current folder.
 */
export function readProjectFile(input: { cwd: string; dir?: string; configFile?: string }): ProjectFileRead {
  if (input.configFile !== undefined) {
    // Asked for by name: not being readable is fatal, SPEC §4.
    const file = resolve(input.cwd, input.configFile);
    return read(file, input.configFile, []);
  }
  for (const dir of candidateFolders(input.cwd, input.dir)) {
    const present = NAMES.filter((name) => existsSync(join(dir, name)));
    const [name] = present;
    if (name === undefined) continue;
    const ignored = present.length < 2 ? [] : [bothPresent()];
    return read(join(dir, name), name, ignored);
  }
  return { dir: input.cwd, file: null, settings: {}, diagnostics: [] };
}

function read(file: string, shown: string, diagnostics: readonly Diagnostic[]): ProjectFileRead {
  const dir = dirname(file);
  const source = readTextFile(file);
  if (!source.ok) {
    const { message, fix } = source;
    const problem: Diagnostic = {
      code: 'invalid_config',
      severity: 'error',
      file: shown,
      message: `${shown}: ${message}`,
      fix,
    };
    return { dir, file, settings: {}, diagnostics: [...diagnostics, problem] };
  }
  const parsed = parseProjectFile(source.text, shown);
  return { dir, file, settings: parsed.value ?? {}, diagnostics: [...diagnostics, ...parsed.diagnostics] };
}

function candidateFolders(cwd: string, dir: string | undefined): string[] {
  if (dir === undefined) return [cwd];
  const start = resolve(cwd, dir);
  const isBelow = `${start}/`.startsWith(cwd.endsWith('/') ? cwd : `${cwd}/`);
  if (!isBelow) return [start, dirname(start), cwd];
  const folders = [];
  for (let at = start; at !== cwd && at !== dirname(at); at = dirname(at)) folders.push(at);
  return [...folders, cwd];
}

function bothPresent(): Diagnostic {
  return {
    code: 'duplicate_config',
    severity: 'warning',
    file: basename(NAMES[1]),
    message: `${NAMES[1]} is ignored, because ${NAMES[0]} stands beside it.`,
    fix: 'Remove one of them.',
  };
}
