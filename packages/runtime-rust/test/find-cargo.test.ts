import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRustRuntime } from '../src/index.js';
import { tree } from './rust-host.js';

/** A folder with a cargo and a rustc that answer so. */
function tools(cargo: string, rustc: string): string {
  const { path } = tree({ cargo: `#!/bin/sh\n${cargo}\n`, rustc: `#!/bin/sh\n${rustc}\n` });
  for (const name of ['cargo', 'rustc']) chmodSync(path(name), 0o755);
  return path('cargo');
}

const CARGO = 'echo "cargo 1.80.0 (376290515 2024-07-16)"';
const RUSTC = 'echo "rustc 1.80.0 (051478957 2024-07-21)"';

describe('createRustRuntime', () => {
  it('finds cargo and the compiler beside it', async () => {
    const bin = tools(CARGO, RUSTC);
    const runtime = createRustRuntime({ bin });
    expect(await runtime.detect()).toEqual({ ok: true, path: bin, version: '1.80.0' });
    expect(runtime).toMatchObject({ runtime: 'rust', defaultConcurrency: 0 });
  });

  it.each([
    ['a path that does not exist', () => '/nowhere/cargo', /does not exist/],
    ['a name that is not on PATH', () => 'no-such-cargo', /was not found on PATH/],
    [
      'an old compiler',
      () => tools(CARGO, 'echo "rustc 1.56.1 (59eed8a2a 2021-11-01)"'),
      /is Rust 1\.56\.1; FastFN needs 1\.63/,
    ],
    ['another compiler', () => tools(CARGO, 'echo hello'), /does not answer like rustc/],
    ['another cargo', () => tools('echo hello', RUSTC), /does not answer like cargo/],
    ['one without a toolchain', () => tools('echo "no default toolchain" >&2; exit 1', RUSTC), /no default toolchain/],
  ])('refuses %s, with a hint', async (_, bin, reason) => {
    const status = await createRustRuntime({ bin: bin() }).detect();
    expect(status).toMatchObject({ ok: false, hint: expect.stringContaining('apt install cargo') });
    expect(!status.ok && status.reason).toMatch(reason);
  });

  it('looks on the PATH it is given', async () => {
    const status = await createRustRuntime({ env: { PATH: '/nowhere' } }).detect();
    expect(status).toMatchObject({ ok: false, reason: 'cargo was not found on PATH.' });
  });
});
