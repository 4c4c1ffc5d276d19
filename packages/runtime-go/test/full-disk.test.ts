import { makeSmallDisk } from '@fastfn/runtime-testing';
import { afterAll, expect, it } from 'vitest';
import { createGoRuntime } from '../src/index.js';
import { functionOf, tree } from './go-host.js';

const disk = makeSmallDisk('64m');
afterAll(() => disk?.remove());

const what = 'a full disk is build_failed with the words of the system, and a disk with room is fine again';

it.skipIf(disk === null)(
  disk === null ? `${what} (needs the right to mount)` : what,
  { timeout: 300_000 },
  async () => {
    const runtime = createGoRuntime({ bin: process.env.FN_GO_BIN, cacheDir: disk!.path });
    expect(await runtime.detect()).toMatchObject({ ok: true });
    const { path } = tree({ 'handler.go': `package main\n\nfunc handler() any { return "${Math.random()}" }\n` });
    const build = () =>
      runtime.prepare!(functionOf(path('handler.go')), { signal: new AbortController().signal, progress() {} });
    disk!.fill();
    await expect(build()).rejects.toMatchObject({
      code: 'build_failed',
      message: expect.stringMatching(/no space left on device.*The disk is full: make room/is),
    });
    disk!.empty();
    expect((await build()).entry).toContain(disk!.path);
  },
);
