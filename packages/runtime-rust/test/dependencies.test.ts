import { readdirSync, rmSync } from 'node:fs';
import { FastFnError } from '@fastfn/core';
import { readState } from '@fastfn/dependencies';
import { describe, expect, it } from 'vitest';
import { createRustRuntime } from '../src/index.js';
import { CACHE, functionSpec, tree } from './rust-host.js';

const GREETING = {
  '_greeting/Cargo.toml': '[package]\nname = "greeting"\nversion = "1.2.0"\n',
  '_greeting/src/lib.rs': 'pub const TEXT: &str = "one";',
};
const HANDLER = 'pub fn handler() -> String { greeting::TEXT.to_owned() }\n';
const MANIFEST =
  '[package]\nname = "mine"\nversion = "0.1.0"\n[lib]\npath = "handler.rs"\n[dependencies]\ngreeting = { path = "_greeting" }\n';

/** Builds with a runtime of its own: when it is closed, what it writes down is on disk. */
async function build(entry: string, env: Record<string, string> = {}): Promise<FastFnError | null> {
  const runtime = createRustRuntime({ bin: process.env.FN_CARGO_BIN, env, cacheDir: CACHE });
  expect(await runtime.detect()).toMatchObject({ ok: true });
  try {
    await runtime.prepare!(functionSpec(entry), { signal: new AbortController().signal, progress() {} });
    return null;
  } catch (error) {
    if (error instanceof FastFnError) return error;
    throw error;
  } finally {
    await runtime.close!();
  }
}

describe('what is written down of a Cargo.toml', { timeout: 240_000 }, () => {
  it('the crates of a build', async () => {
    const { root, path } = tree({ ...GREETING, 'handler.rs': HANDLER, 'Cargo.toml': MANIFEST });
    expect(await build(path('handler.rs'))).toBeNull();
    const state = readState(root, 'rust');
    expect(state).toMatchObject({
      runtime: 'rust',
      mode: 'manifest',
      manifest: 'Cargo.toml',
      lock: null,
      inferred: [],
      resolved: expect.arrayContaining(['greeting@1.2.0', expect.stringMatching(/^serde_json@1\./)]),
      last_status: 'ok',
      last_error: null,
    });
    expect(state!.resolved.filter((name) => /^f(?:astfn|unction)/.test(name))).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(['.fastfn-deps-state.json', 'Cargo.toml', '_greeting', 'handler.rs']);

    await build(path('handler.rs'));
    expect(readState(root, 'rust')).toEqual(state);
    rmSync(path('.fastfn-deps-state.json'));
    await build(path('handler.rs'));
    expect(readState(root, 'rust')).toMatchObject({ last_status: 'present', resolved: state!.resolved });
  });

  it('a failure with its last lines; code that does not compile is none; mended, it is forgotten', async () => {
    const { root, path, write } = tree({
      ...GREETING,
      'handler.rs': HANDLER,
      'Cargo.toml': MANIFEST.replace('_greeting', '_nowhere'),
    });
    const error = await build(path('handler.rs'));
    expect(error).toMatchObject({
      code: 'dependency_failed',
      details: { tool: 'cargo build', exit_code: 101, timed_out: false },
    });
    expect(JSON.stringify(error!.details!.output)).toMatch(/_nowhere/);
    expect(readState(root, 'rust')).toMatchObject({
      last_status: 'failed',
      last_error: error!.message,
      resolved: [],
    });
    write('Cargo.toml', MANIFEST);
    write('handler.rs', 'pub fn handler() -> u8 { greeting::TEXT }\n');
    expect(await build(path('handler.rs'))).toMatchObject({ code: 'build_failed' });
    expect(readState(root, 'rust')).toMatchObject({
      last_status: 'ok',
      last_error: null,
      resolved: expect.arrayContaining(['greeting@1.2.0']),
    });
  });

  it('without a Cargo.toml nothing', async () => {
    const { root, path } = tree({ 'handler.rs': 'pub fn handler() {}\n' });
    expect(await build(path('handler.rs'))).toBeNull();
    expect(readdirSync(root)).toEqual(['handler.rs']);
  });
});
