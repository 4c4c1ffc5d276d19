import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '@fastfn/core';
import type { Source } from './options.js';

export interface RootChoice {
  /** Absolute. */
  readonly root: string;
  readonly source: Source;
  readonly problem: Diagnostic | null;
}

/**
 * The functions root: folder on the command line, else `FN_FUNCTIONS_ROOT`, else `functions-dir` of the project file,
 * else `functions/` in the project folder if it exists, else the project folder.
 */
export function chooseRoot(input: {
  cwd: string;
  projectDir: string;
  dir: string | undefined;
  env: string | undefined;
  functionsDir: string | undefined;
  /** How the project file is shown. */
  projectFile: string;
}): RootChoice {
  const { cwd, projectDir, dir, env, functionsDir } = input;
  if (dir !== undefined) return existing(resolve(cwd, dir), 'flag', '', 'dir');
  if (env !== undefined) return existing(resolve(cwd, env), 'env', '', 'FN_FUNCTIONS_ROOT');
  if (functionsDir !== undefined) {
    return existing(resolve(projectDir, functionsDir), 'fastfn.json', input.projectFile, 'functions-dir');
  }
  const usual = join(projectDir, 'functions');
  return { root: isFolder(usual) ? usual : projectDir, source: 'default', problem: null };
}

function existing(root: string, source: Source, file: string, key: string): RootChoice {
  if (isFolder(root)) return { root, source, problem: null };
  const found = existsSync(root) ? 'a file' : 'missing';
  const what = key === 'dir' ? 'The folder to serve' : `The functions root, named by ${key},`;
  const problem: Diagnostic = {
    code: 'root_not_found',
    severity: 'error',
    file,
    key,
    message: existsSync(root) ? `${what} is no folder: ${root}.` : `${what} does not exist: ${root}.`,
    found,
    allowed: 'an existing folder',
    fix: 'Check the path, or create a first function with `fastfn init hello -t node`.',
  };
  return { root, source, problem };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
