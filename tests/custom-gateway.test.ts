import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { cleanEnv } from './support/cli.js';

it('examples/custom-gateway serves functions with the packages alone', async () => {
  const child = spawn(process.execPath, ['src/main.js', 'functions', '0'], {
    cwd: fileURLToPath(new URL('../examples/custom-gateway', import.meta.url)),
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await exited;
  });
  const [first] = await once(child.stdout.setEncoding('utf8'), 'data');
  const url = /http:\S+/.exec(first)![0];

  expect(await (await fetch(`${url}/hello?name=Ada`)).json()).toEqual({ hello: 'Ada', from: 'python' });
  expect(await (await fetch(`${url}/greet/Ada`)).json()).toEqual({ hello: 'Ada', from: 'node' });
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
  expect((await fetch(`${url}/hello`, { method: 'DELETE' })).status).toBe(405);
});
