import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { ToolCommand } from '@fastfn/dependencies';

export interface NpmRequest {
  readonly folder: string;
  readonly root: string;
  readonly args: readonly string[];
}

/** How npm is run in a folder. */
export class Npm {
  readonly #bin: string;
  readonly #env: NodeJS.ProcessEnv;

  /**
   * @param bin `FN_NPM_BIN`; undefined: npm beside Node, else on PATH
   * @param node the Node that handlers run on, and so npm and what it builds
   */
  constructor(bin: string | undefined, node: string, env: NodeJS.ProcessEnv) {
    const beside = isAbsolute(node) ? dirname(node) : null;
    this.#bin = bin ?? (beside !== null && isExecutable(join(beside, 'npm')) ? join(beside, 'npm') : 'npm');
    const path = [beside, env.PATH].filter((part) => part).join(delimiter);
    this.#env = { ...env, PATH: path, NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1' };
  }

  command({ folder, root, args }: NpmRequest): Omit<ToolCommand, 'signal' | 'onStart'> {
    const flags = ['--no-audit', '--no-fund', '--no-progress'];
    // Without it npm looks for a project in the folders above.
    flags.push('--prefix', folder);
    if (!allowsScripts(folder, root)) flags.push('--ignore-scripts');
    return { command: this.#bin, args: [...args, ...flags], cwd: folder, env: this.#env };
  }
}

/**
 * Install scripts would run with all rights of the server, for packages whose names may have been guessed from an
 * import. Who needs them says so in the `.npmrc` beside the manifest, or of the functions root: `ignore-scripts=false`.
 */
function allowsScripts(folder: string, root: string): boolean {
  for (const place of new Set([folder, root])) {
    try {
      const said = /^\s*ignore-scripts\s*=\s*"?(true|false)/m.exec(readFileSync(join(place, '.npmrc'), 'utf8'))?.[1];
      if (said !== undefined) return said === 'false';
    } catch {
      // None here.
    }
  }
  return false;
}

const NOT_FOUND =
  /'((?:@[^/']+\/)?[^@/']+)@[^']*' (?:is not in this registry|could not be found)|No matching version found for ((?:@[^/\s]+\/)?[^@/\s]+)@/;

/** The package that the registry does not have, when that is what a failed run was about; null otherwise. */
export function notFoundPackage(lines: readonly string[]): string | null {
  if (!lines.some((line) => /\bE404\b|\bETARGET\b/.test(line))) return null;
  for (const line of lines) {
    const match = NOT_FOUND.exec(line);
    if (match !== null) return (match[1] ?? match[2])!;
  }
  return null;
}

/** Manifest and lock say different things. */
export function isOutOfSync(lines: readonly string[]): boolean {
  return lines.some((line) => /\bEUSAGE\b/.test(line));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
