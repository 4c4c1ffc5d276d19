import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FastFnError } from '@fastfn/core';
import { expect, onTestFinished, test } from 'vitest';
import { LOCK_FILE, lockFolder } from './folder-lock.js';
import { type BuildReport, BuildStates, readState, STATE_FILE } from './index.js';
import { writeState } from './state.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fastfn-states-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const REPORT = { manifest: 'go.mod', lock: null, hash: 'one', durationMs: 12.4 };
const built = (...resolved: string[]): BuildReport => ({
  ...REPORT,
  outcome: { status: 'ok', resolved, inferred: [] },
});
const FAILED: BuildReport = {
  ...REPORT,
  outcome: { status: 'failed', error: new FastFnError('dependency_failed', 'nobody has it') },
};

const BEGUN: BuildReport = { ...REPORT, outcome: { status: 'installing' } };

/** The state of a folder after these reports, in that order. */
async function after(path: string, ...reports: readonly BuildReport[]) {
  const states = new BuildStates('go');
  for (const report of reports) states.record(path, report);
  await states.close();
  expect(existsSync(join(path, LOCK_FILE))).toBe(false);
  return readState(path, 'go');
}

test('a build is told with what it compiled in', async () => {
  expect(await after(folder(), built('b.org/x@v2', 'a.org/x@v1'))).toMatchObject({
    runtime: 'go',
    mode: 'manifest',
    manifest: 'go.mod',
    lock: null,
    resolved: ['a.org/x@v1', 'b.org/x@v2'],
    last_status: 'ok',
    last_error: null,
    duration_ms: 12,
    hash: 'one',
  });
});

test.for<[string, BuildReport[], object]>([
  [
    'several handlers of one manifest: all of their packages, each once',
    [built('a@v1', 'c@v1'), built('a@v2', 'b@v1')],
    { resolved: ['a@v2', 'b@v1', 'c@v1'] },
  ],
  [
    'another manifest: its packages alone',
    [built('a@v1'), { ...built('b@v1'), hash: 'two' }],
    { resolved: ['b@v1'], hash: 'two' },
  ],
  [
    'a failure: what was there before, and why',
    [built('a@v1'), FAILED],
    { resolved: ['a@v1'], last_status: 'failed', last_error: 'nobody has it' },
  ],
  [
    'a build that goes on: nothing of the failure before it',
    [built('a@v1'), FAILED, BEGUN],
    { resolved: ['a@v1'], last_status: 'installing', last_error: null },
  ],
  ['a build of the same packages: nothing new', [built('a@v1'), BEGUN], { resolved: ['a@v1'], last_status: 'ok' }],
  ['mended: nothing is left of the failure', [FAILED, built('b@v1')], { resolved: ['b@v1'], last_error: null }],
  [
    'scoped names have their version at the end',
    [built('@x/a@v1'), built('@x/a@v2', '@x/b@v1')],
    { resolved: ['@x/a@v2', '@x/b@v1'] },
  ],
  [
    'what the code imports beside the manifest',
    [{ ...REPORT, outcome: { status: 'ok', resolved: ['a@v1'], inferred: ['a@v1'] } }],
    { mode: 'mixed', inferred: ['a@v1'] },
  ],
  [
    'nothing had to be built, and nobody had written it down',
    [{ ...REPORT, outcome: { status: 'present', resolved: ['a@v1'], inferred: [] } }],
    { last_status: 'present', resolved: ['a@v1'] },
  ],
  [
    'nothing had to be built after a failure',
    [FAILED, { ...REPORT, outcome: { status: 'present', resolved: ['a@v1'], inferred: [] } }],
    { last_status: 'present', last_error: null },
  ],
])('%s', async ([, reports, expected]) => {
  expect(await after(folder(), ...reports)).toMatchObject(expected);
});

test('what is known already is not written again', async () => {
  const path = folder();
  const before = await after(path, built('a@v1'));
  const outcome = { status: 'present', resolved: ['a@v1'], inferred: [] } as const;
  expect(await after(path, { ...REPORT, outcome })).toEqual(before);
});

test('the state of another language in the folder stays at the top', async () => {
  const path = folder();
  await after(path, built('a@v1'));
  writeState(path, 'node', { ...readState(path, 'go')!, runtime: 'node', resolved: ['ms@2'] });
  await after(path, built('a@v1', 'b@v1'));
  expect(readState(path, 'node')?.resolved).toEqual(['ms@2']);
  expect(readState(path, 'go')?.resolved).toEqual(['a@v1', 'b@v1']);
  expect(JSON.parse(readFileSync(join(path, STATE_FILE), 'utf8'))).toMatchObject({ runtime: 'go', other_runtimes: {} });
});

test('somebody installs in the folder: the build does not wait, the state is written afterwards', async () => {
  const path = folder();
  const lock = await lockFolder(path, { signal: new AbortController().signal });
  const states = new BuildStates('go');
  states.record(path, built('a@v1'));
  expect(readState(path, 'go')).toBeNull();
  lock.release();
  await states.close();
  expect(readState(path, 'go')).toMatchObject({ last_status: 'ok' });
});

test('a folder that is gone stays gone, one that may not be written stays as it is', async () => {
  const gone = join(folder(), 'gone');
  expect(await after(gone, built('a@v1'))).toBeNull();
  expect(existsSync(gone)).toBe(false);
  const readOnly = folder();
  chmodSync(readOnly, 0o555);
  await after(readOnly, FAILED);
  chmodSync(readOnly, 0o755);
});

test('closing does not wait for others for ever; nothing is recorded afterwards', async () => {
  const path = folder();
  const lock = await lockFolder(path, { signal: new AbortController().signal });
  const states = new BuildStates('go');
  states.record(path, built('a@v1'));
  await states.close();
  lock.release();
  states.record(path, built('a@v1'));
  await states.close();
  expect(readState(path, 'go')).toBeNull();
});
