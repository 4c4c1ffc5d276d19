import { makeSmallDisk } from '@fastfn/runtime-testing';
import { afterAll, expect, it } from 'vitest';
import { createRustRuntime } from '../src/index.js';
import { functionSpec, tree } from './rust-host.js';

const disk = makeSmallDisk('192m');
afterAll(() => disk?.remove());

const what = 'a full disk is told in the words of the system, and a disk with room is fine again';

it.skipIf(disk === null)(
  disk === null ? `${what} (needs the right to mount)` : what,
  { timeout: 300_000 },
  async () => {
    const runtime = createRustRuntime({ cacheDir: disk!.path });
    expect(await runtime.detect()).toMatchObject({ ok: true });
    const { path } = tree({ 'handler.rs': `pub fn handler() -> f64 { ${Math.random()} }\n` });
    const build = () =>
      runtime.prepare!(functionSpec(path('handler.rs')), { signal: new AbortController().signal, progress() {} });
    disk!.fill();
    await expect(build()).rejects.toThrow(/no space left on device/i);
    disk!.empty();
    expect((await build()).entry).toContain(disk!.path);
  },
);
