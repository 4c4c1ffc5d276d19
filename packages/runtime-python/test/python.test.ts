import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { PYTHON } from './python-host.js';

const run = promisify(execFile);

it('passes its unit tests in Python', async () => {
  const cwd = fileURLToPath(new URL('./python', import.meta.url));
  const shim = fileURLToPath(new URL('../shim', import.meta.url));
  const { stderr } = await run(PYTHON, ['-B', '-m', 'unittest', 'discover', '-s', cwd], {
    env: { ...process.env, PYTHONPATH: shim },
  });
  expect(stderr).toMatch(/^OK$/m);
});
