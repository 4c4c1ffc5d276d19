import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNodeRuntime } from './adapter.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastfn-detect-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tool(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('is this Node, unless told otherwise', async () => {
  const runtime = createNodeRuntime();
  expect(await runtime.detect()).toEqual({ ok: true, path: process.execPath, version: process.versions.node });
  expect(runtime).toMatchObject({ runtime: 'node', defaultConcurrency: 0 });
});

test.for([
  ['a newer Node', 'echo v24.1.0', { ok: true, version: '24.1.0' }],
  [
    'an older Node',
    'echo v18.20.0',
    {
      ok: false,
      reason: expect.stringContaining('is Node 18.20.0; FastFN needs Node 20 or newer'),
      hint: expect.stringContaining('FN_NODE_BIN'),
    },
  ],
  ['something else', 'echo Python 3', { ok: false, reason: expect.stringContaining('gave no Node version') }],
  ['something that fails', 'exit 1', { ok: false, reason: expect.stringContaining('gave no Node version') }],
] as const)('%s', async ([name, script, expected]) => {
  expect(await createNodeRuntime({ bin: tool(name.replaceAll(' ', '-'), script) }).detect()).toMatchObject(expected);
});

test.for([
  ['no-such-tool-anywhere', 'was not found on PATH.'],
  ['/no/such/node', 'does not exist.'],
] as const)('%s %s', async ([bin, reason]) => {
  expect(await createNodeRuntime({ bin }).detect()).toMatchObject({ ok: false, reason: `${bin} ${reason}` });
});

test('a file that is not executable', async () => {
  const path = join(folder, 'plain');
  writeFileSync(path, '');
  expect(await createNodeRuntime({ bin: path }).detect()).toMatchObject({
    ok: false,
    reason: `${path} is not executable.`,
  });
});

test('the daemon command', () => {
  const { command, args, env } = createNodeRuntime({ bin: '/opt/node', env: { A: '1' } }).daemonCommand({
    socket: '/run/x.sock',
  });
  expect(command).toBe('/opt/node');
  expect(args.slice(1)).toEqual(['--socket', '/run/x.sock']);
  expect(args[0]).toMatch(/\/packages\/runtime-node\/dist\/shim\/daemon\.js$/);
  expect(existsSync(join(args[0]!, '../../../package.json'))).toBe(true);
  expect(env).toEqual({ A: '1' });
});
