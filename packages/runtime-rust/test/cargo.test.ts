import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { CACHE } from './rust-host.js';

const run = promisify(execFile);

it.each(['wire', 'fastfn'])(
  'the crate %s passes its own tests, golden vectors included',
  async (crate) => {
    const cwd = fileURLToPath(new URL(`../shim/${crate}`, import.meta.url));
    const { stdout } = await run('cargo', ['test', '--locked', '--target-dir', join(CACHE, 'test-target')], { cwd });
    expect(stdout).toMatch(/test result: ok\. [1-9]/);
    expect(stdout).not.toContain('FAILED');
  },
  240_000,
);
