import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cleanEnv } from './support/cli.js';

const checks = fileURLToPath(new URL('../benchmarks/checks.mjs', import.meta.url));

// Counts, no times: bounds and how to renew them are in benchmarks/checks.mjs.
it.skipIf(process.platform !== 'linux')(
  'a request costs no more system calls, writes and allocations than it did',
  { timeout: 240_000 },
  async () => {
    const child = spawn(process.execPath, [checks], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, said).toBe(0);
    expect(said).not.toContain('✗');
  },
);
