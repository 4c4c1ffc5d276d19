import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPythonRuntime } from '../src/index.js';
import { PYTHON, tree } from './python-host.js';

function script(text: string): string {
  const { path } = tree({ tool: `#!/bin/sh\n${text}\n` });
  chmodSync(path('tool'), 0o755);
  return path('tool');
}

describe('createPythonRuntime', () => {
  it('finds an interpreter and says how to start the daemon on it', async () => {
    const runtime = createPythonRuntime({ bin: PYTHON, env: { A: 'b' } });
    const status = await runtime.detect();
    expect(status).toMatchObject({ ok: true, version: expect.stringMatching(/^3\.\d+\.\d+$/) });
    const { command, args, env } = runtime.daemonCommand({ socket: '/run/x.sock' });
    expect(command).toBe(status.ok && status.path);
    expect(args.slice(1)).toEqual(['--socket', '/run/x.sock']);
    expect(args[0]).toMatch(/shim\/fastfn_python\.py$/);
    expect(env).toEqual({ A: 'b' });
    expect(runtime).toMatchObject({ runtime: 'python', defaultConcurrency: 1 });
  });

  it.each([
    ['a path that does not exist', () => '/nowhere/python', /does not exist/],
    ['a name that is not on PATH', () => 'no-such-python', /was not found on PATH/],
    ['an old one', () => script('echo 3 8 2 /usr/bin/python3.8'), /is Python 3\.8\.2; FastFN needs 3\.9 or newer/],
    ['Python 2', () => script('echo 2 7 18 /usr/bin/python2'), /is Python 2\.7\.18/],
    ['something else', () => script('echo hello'), /does not answer like a Python/],
    ['one that fails', () => script('exit 3'), /cannot be run/],
  ])('refuses %s, with a hint', async (_, bin, reason) => {
    const status = await createPythonRuntime({ bin: bin() }).detect();
    expect(status).toMatchObject({ ok: false, hint: expect.stringContaining('apt install python3') });
    expect(!status.ok && status.reason).toMatch(reason);
  });

  it('looks on the PATH it is given', async () => {
    const status = await createPythonRuntime({ env: { PATH: '/nowhere' } }).detect();
    expect(status).toMatchObject({ ok: false, reason: 'python3 was not found on PATH.' });
  });
});
