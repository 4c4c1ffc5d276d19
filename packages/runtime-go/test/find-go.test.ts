import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findGo } from '../src/find-go.js';
import { createGoRuntime } from '../src/index.js';
import { tree } from './go-host.js';

function fakeGo(script: string): string {
  const { path } = tree({ go: `#!/bin/sh\n${script}\n` });
  chmodSync(path('go'), 0o755);
  return path('go');
}

describe('findGo', () => {
  it.each<[string, { ok: boolean; version?: string; reason?: RegExp }]>([
    ['go version go1.19.8 linux/amd64', { ok: true, version: '1.19.8' }],
    ['go version go1.26.0 darwin/arm64', { ok: true, version: '1.26.0' }],
    ['go version go1.27rc1 linux/amd64', { ok: true, version: '1.27rc1' }],
    ['go version go2.0 linux/amd64', { ok: true, version: '2.0' }],
    ['go version go1.18.10 linux/amd64', { ok: false, reason: /is Go 1\.18\.10; FastFN needs 1\.19 or newer/ }],
    ['I am the game of Go', { ok: false, reason: /does not answer like the Go tool/ }],
  ])('%s', async (says, wanted) => {
    const found = await findGo(fakeGo(`echo '${says}'`), process.env);
    expect(found.ok).toBe(wanted.ok);
    if (found.ok) expect(found.version).toBe(wanted.version);
    else expect(found.reason).toMatch(wanted.reason!);
  });

  it('says what is missing, and how to install it', async () => {
    expect(await findGo('/nowhere/go', process.env)).toEqual({
      ok: false,
      reason: '/nowhere/go does not exist.',
      hint: expect.stringContaining('apt install golang'),
    });
    expect(await findGo('go-that-is-not-there', process.env)).toMatchObject({
      reason: 'go-that-is-not-there was not found on PATH.',
    });
  });

  it('says why a tool that is there does not run', async () => {
    const { path } = tree({ go: 'no program' });
    expect(await findGo(path('go'), process.env)).toMatchObject({
      reason: expect.stringContaining('may not be executed'),
    });
    expect(await findGo(fakeGo('echo broken >&2; exit 3'), process.env)).toMatchObject({
      reason: expect.stringContaining('broken'),
    });
  });
});

it('a Go that cannot compile is no Go', async () => {
  const { root } = tree({});
  const bin = fakeGo(
    '[ "$1" = version ] && echo go version go1.26.0 linux/amd64 || { echo no compiler here >&2; exit 2; }',
  );
  expect(await createGoRuntime({ bin, cacheDir: root }).detect()).toMatchObject({
    ok: false,
    reason: expect.stringContaining('no compiler here'),
  });
});

it('a cache folder that cannot be made is said', async () => {
  const { path } = tree({ file: '' });
  expect(await createGoRuntime({ cacheDir: path('file/below') }).detect()).toMatchObject({
    ok: false,
    reason: expect.stringContaining('cache folder'),
  });
});
