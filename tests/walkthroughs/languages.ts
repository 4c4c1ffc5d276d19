import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '@fastfn/core';
import { describe } from 'vitest';

export type LanguageId = 'node' | 'typescript' | 'python' | 'php' | 'lua' | 'rust' | 'go';

export interface Language {
  readonly id: LanguageId;
  readonly runtime: Runtime;
  /** Of its handler files, without the dot. */
  readonly extension: string;
}

export const LANGUAGES: readonly Language[] = [
  { id: 'node', runtime: 'node', extension: 'js' },
  { id: 'typescript', runtime: 'node', extension: 'ts' },
  { id: 'python', runtime: 'python', extension: 'py' },
  { id: 'php', runtime: 'php', extension: 'php' },
  { id: 'lua', runtime: 'lua', extension: 'lua' },
  { id: 'rust', runtime: 'rust', extension: 'rs' },
  { id: 'go', runtime: 'go', extension: 'go' },
];

/** Commands that succeed where the language can be run; those that are not here need nothing. */
const TOOLS: Partial<Record<Runtime, readonly [string, ...string[]]>> = {
  python: ['python3', '--version'],
  php: ['php', '--version'],
  rust: ['cargo', '--version'],
  go: ['go', 'version'],
};

/** How long a language may compile on a busy machine that has compiled nothing yet, ms. */
export const PATIENCE_MS = 240_000;

// What all Rust functions need is compiled once for every test, not once for every root.
process.env.CARGO_TARGET_DIR ??= fileURLToPath(new URL('../../node_modules/.cache/fastfn-cargo', import.meta.url));

/** For servers of walkthroughs: builds may take their time. */
export const BUILD_ENV: Readonly<Record<string, string>> = {
  CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR,
  FN_GO_BUILD_TIMEOUT_S: '200',
  FN_RUST_BUILD_TIMEOUT_S: '200',
};

/** The same tests in every language that this machine has; the others are shown as skipped. */
export function inEveryLanguage(tests: (language: Language) => void): void {
  for (const language of LANGUAGES) {
    describe.skipIf(!isInstalled(language.runtime))(`in ${language.id}`, { timeout: PATIENCE_MS }, () =>
      tests(language),
    );
  }
}

export function isInstalled(runtime: Runtime): boolean {
  const tool = TOOLS[runtime];
  return tool === undefined || spawnSync(tool[0], tool.slice(1), { stdio: 'ignore' }).status === 0;
}
