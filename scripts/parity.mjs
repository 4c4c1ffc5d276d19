// `pnpm parity`: runs every language's conformance cases and the escape attempts, and writes docs/reference/parity.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'fastfn-parity-'));
const results = join(folder, 'results.json');
const vitest = (args, env) =>
  spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  }).status;

vitest(
  [
    'packages/conformance',
    'tests/sandbox/escapes.test.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
  ],
  { FASTFN_REQUIRE_RUNTIMES: 'all' },
);
// A language that fails anywhere leaves the page as it was, and is named here.
const written = vitest(['packages/conformance/test/parity.test.ts', '--update'], { FASTFN_PARITY_RESULTS: results });
rmSync(folder, { recursive: true, force: true });
process.exitCode = written ?? 1;
