import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runTool } from './run-tool.js';

const sh = (script: string, more: Partial<Parameters<typeof runTool>[0]> = {}) =>
  runTool({ command: 'sh', args: ['-c', script], cwd: tmpdir(), env: process.env, ...more });

/** Where nobody buries the dead, they stay as zombies. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return !/^(Z|$)/.test(stdout.trim());
}

test('gives the last lines of both streams, plain', async () => {
  const lines: string[] = [];
  const script = `for i in $(seq 300); do echo "line $i"; done; printf '\\033[31m10%%\\r90%%\\r\\033[0m' >&2; printf 'no end'`;
  const result = await sh(script, { onLine: (line) => void lines.push(line) });
  expect(result).toMatchObject({ ok: true, code: 0, timedOut: false, spawnError: null });
  expect(lines).toHaveLength(303);
  expect(result.lines).toHaveLength(200);
  expect(result.lines).toEqual(expect.arrayContaining(['line 300', '90%', 'no end']));
});

test('the time limit ends it and its children', async () => {
  const pids: number[] = [];
  const result = await sh('sleep 60 & echo $!; wait', {
    timeoutMs: 200,
    onLine: (line) => void pids.push(Number(line)),
  });
  expect(result).toMatchObject({ ok: false, timedOut: true, endedBy: 'SIGTERM' });
  await expect.poll(() => isAlive(pids[0]!)).toBe(false);
});

test('one that does not listen is killed', async () => {
  const result = await sh(`trap '' TERM; while :; do sleep 0.05; done`, { timeoutMs: 50 });
  expect(result).toMatchObject({ ok: false, timedOut: true, endedBy: 'SIGKILL' });
});

test('aborting ends it', async () => {
  const abort = new AbortController();
  const running = sh('echo up; sleep 60', { signal: abort.signal, onLine: () => abort.abort() });
  expect(await running).toMatchObject({ ok: false, aborted: true, timedOut: false });
});

test('what it leaves in the background is not waited for', async () => {
  expect(await sh('sleep 60 & echo $!')).toMatchObject({ ok: true, code: 0 });
});

test.for([
  ['/no/such/tool', 'ENOENT'],
  [tmpdir(), 'EACCES'],
] as const)('%s: %s', async ([command, spawnError]) => {
  const result = await runTool({ command, args: [], cwd: tmpdir(), env: {} });
  expect(result).toMatchObject({ ok: false, code: null, spawnError });
});

test.for([
  ['error https://user:pw@reg.example/x', 'error https://***@reg.example/x'],
  ['//reg/:_authToken=abc def', '//reg/:_authToken=*** def'],
  ['"_password": "abc"', '"_password": "***"'],
  ['mail me@example.com', 'mail me@example.com'],
] as const)('%s', async ([line, shown]) => {
  const { lines } = await runTool({ command: 'echo', args: [line], cwd: tmpdir(), env: process.env });
  expect(lines).toEqual([shown]);
});
