import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LOCK_FILE, lockFolder } from './folder-lock.js';

const never = new AbortController().signal;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fastfn-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid!;
}

test('one holder at a time', async () => {
  const path = folder();
  const first = await lockFolder(path, { signal: never });
  let second: Awaited<ReturnType<typeof lockFolder>> | null = null;
  const waiting = lockFolder(path, { signal: never }).then((lock) => {
    second = lock;
  });
  expect(second).toBeNull();
  first.release();
  await waiting;
  first.release();
  expect(existsSync(join(path, LOCK_FILE))).toBe(true);
  second!.release();
  expect(existsSync(join(path, LOCK_FILE))).toBe(false);
});

test('waiting can be given up', async () => {
  const path = folder();
  const lock = await lockFolder(path, { signal: never });
  const abort = new AbortController();
  const waiting = lockFolder(path, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow(/enough|aborted/);
  lock.release();
});

test('many takers of a dead lock are one after the other', async () => {
  const path = folder();
  const holder = { token: 'x', host: hostname(), pid: await deadPid(), started: '1', tool: null };
  writeFileSync(join(path, LOCK_FILE), JSON.stringify(holder));
  let holders = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await lockFolder(path, { signal: never });
      most = Math.max(most, ++holders);
      await new Promise((resolve) => setImmediate(resolve));
      holders--;
      lock.release();
    }),
  );
  expect(most).toBe(1);
});

test.runIf(process.platform === 'linux')('a living process with a dead one’s number is not the holder', async () => {
  const path = folder();
  const holder = { token: 'x', host: hostname(), pid: process.pid, started: '1', tool: null };
  writeFileSync(join(path, LOCK_FILE), JSON.stringify(holder));
  (await lockFolder(path, { signal: never })).release();
});

test('a silent holder of another machine is replaced, one that speaks is not', async () => {
  const path = folder();
  const file = join(path, LOCK_FILE);
  writeFileSync(file, JSON.stringify({ token: 'x', host: 'elsewhere', pid: 1, started: null, tool: null }));
  const waits: number[] = [];
  const waiting = lockFolder(path, { signal: never, onWait: (pid) => void waits.push(pid) });
  await expect.poll(() => waits).toEqual([1]);
  utimesSync(file, 0, 0);
  (await waiting).release();
});

test('what a dead holder left running is ended first', async () => {
  const path = folder();
  const tool = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const ended = once(tool, 'exit');
  const holder = {
    token: 'x',
    host: hostname(),
    pid: await deadPid(),
    started: '1',
    tool: { pid: tool.pid, started: null },
  };
  writeFileSync(join(path, LOCK_FILE), JSON.stringify(holder));
  const lock = await lockFolder(path, { signal: never });
  expect(await ended).toEqual([null, 'SIGKILL']);
  lock.toolRuns(process.pid);
  expect(JSON.parse(readFileSync(join(path, LOCK_FILE), 'utf8'))).toMatchObject({ tool: { pid: process.pid } });
  lock.release();
});
