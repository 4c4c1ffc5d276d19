import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '@fastfn/core';

/**
 * A language of the table, by its handler in `handlers/`: it does what `?do=` says to `?path=` and answers `{ok, data}` or
 * `{ok: false, error}`. An action that it does not have is left out of its rows by `without`.
 */
export interface Language {
  readonly runtime: Runtime;
  /** Name of the file in `handlers/`, and of the handler in the tree. */
  readonly file: string;
  /** Command that says whether the language is here. */
  readonly tool: readonly [string, ...string[]];
  /** Actions that the handler does not have. */
  readonly without: readonly string[];
  /** Actions that only this handler has; each is a way to read a file. */
  readonly readsBesides: readonly string[];
}

export const LANGUAGES: readonly Language[] = [
  {
    runtime: 'node',
    file: 'handler.mjs',
    tool: ['node', '--version'],
    without: ['fork', 'ptrace', 'native'],
    readsBesides: ['pool', 'callback', 'stream', 'binding', 'copy', 'thread'],
  },
  {
    runtime: 'python',
    file: 'handler.py',
    tool: ['python3', '--version'],
    without: [],
    readsBesides: ['native', 'thread'],
  },
  {
    runtime: 'php',
    file: 'handler.php',
    tool: ['php', '--version'],
    without: [],
    readsBesides: ['stream', 'lines', 'object', 'include', 'copy', 'native'],
  },
  {
    runtime: 'lua',
    file: 'handler.lua',
    tool: ['node', '--version'],
    // Lua has no words for these.
    without: ['link', 'hardlink', 'fork', 'kill', 'ptrace', 'connect', 'tcp', 'resolve'],
    readsBesides: ['lines'],
  },
  {
    runtime: 'go',
    file: 'handler.go',
    tool: ['go', 'version'],
    without: [],
    readsBesides: ['native', 'thread'],
  },
  {
    runtime: 'rust',
    file: 'handler.rs',
    tool: ['cargo', '--version'],
    without: [],
    readsBesides: ['native', 'thread'],
  },
];

export function isInstalled({ tool: [command, ...args] }: Language): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function handlerOf({ file }: Language): string {
  return readFileSync(fileURLToPath(new URL(`./handlers/${file}`, import.meta.url)), 'utf8');
}
