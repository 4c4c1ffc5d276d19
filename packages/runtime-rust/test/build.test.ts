import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { FastFnError, type FunctionSpec } from '@fastfn/core';
import { describe, expect, it } from 'vitest';
import { createRustRuntime } from '../src/index.js';
import { build, CACHE, functionSpec, runtime, tree } from './rust-host.js';

const HELLO = `use serde_json::{json, Value};
pub fn handler(_: Value) -> Value { json!({"n": 1}) }
`;

async function failure(entry: string, over: Partial<FunctionSpec> = {}): Promise<FastFnError> {
  const error = await build(entry, over).then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof FastFnError)) throw new Error(`no FastFnError: ${error}`);
  return error;
}

describe('a build', () => {
  it('says what it reads, also when it fails', async () => {
    const { path } = tree({ 'handler.rs': `mod _part;\n${HELLO}`, '_part.rs': 'fn f() -> u8 { "x" }\n' });
    await runtime.detect();
    const read: string[] = [];
    const building = runtime.prepare!(functionSpec(path('handler.rs')), {
      signal: new AbortController().signal,
      progress() {},
      reads: (files) => read.push(...files),
    });
    await expect(building).rejects.toThrow(/_part\.rs:1/);
    expect(read).toEqual(expect.arrayContaining([path('handler.rs'), path('Cargo.toml'), path('_part.rs')]));
  });

  it('is done once for the same sources, also by the next process', async () => {
    const { path, write } = tree({ 'handler.rs': `mod _part;\n${HELLO}`, '_part.rs': 'pub fn unused() {}\n' });
    const first = await build(path('handler.rs'));
    expect(readFileSync(`${first}.files`, 'utf8').split('\n').sort()).toEqual(
      ['Cargo.lock', 'Cargo.toml', '_part.rs', 'handler.rs'].map(path),
    );
    expect(await build(path('handler.rs'))).toBe(first);
    const next = createRustRuntime({ cacheDir: CACHE });
    await next.detect();
    const quiet = { signal: new AbortController().signal, progress() {} };
    expect((await next.prepare!(functionSpec(path('handler.rs')), quiet)).entry).toBe(first);

    write('_part.rs', 'pub fn other() {}\n');
    const second = await build(path('handler.rs'));
    expect(second).not.toBe(first);
    // Workers of it may still be started until the new one has taken over.
    expect(existsSync(first)).toBe(true);
    write('handler.rs', HELLO);
    await build(path('handler.rs'));
    expect(existsSync(first)).toBe(false);
    expect(statSync(second).mode & 0o111).not.toBe(0);
  });

  it('names the user’s file and line when the compiler refuses it', async () => {
    const { path } = tree({ 'handler.rs': `${HELLO}mod _part;\n`, '_part.rs': '\npub fn f() -> u8 { "x" }\n' });
    const error = await failure(path('handler.rs'));
    expect(error).toMatchObject({
      code: 'build_failed',
      message: 'hello could not be compiled: mismatched types (_part.rs:2)',
      debug: { type: 'error[E0308]', file: path('_part.rs'), line: 2, source: expect.stringContaining('"x"') },
    });
    expect(error.debug?.stack).toContain('_part.rs:2:20');
  });

  it('tells of each function that it begins, though one run of cargo builds several', async () => {
    const { path } = tree({ 'a/handler.rs': HELLO, 'b/handler.rs': HELLO });
    await runtime.detect();
    const told: string[] = [];
    const prepare = (name: string) =>
      runtime.prepare!(functionSpec(path(`${name}/handler.rs`)), {
        signal: new AbortController().signal,
        progress: (line) => told.push(`${name}: ${line}`),
      });
    await Promise.all([prepare('a'), prepare('b')]);
    expect(told).toEqual(expect.arrayContaining(['a: compiling handler.rs', 'b: compiling handler.rs']));
    told.length = 0;
    await prepare('a');
    expect(told).toEqual([]);
  });

  it.each<[string, string, Partial<FunctionSpec>, RegExp, number | undefined]>([
    [
      'a missing handler',
      'pub fn other() {}',
      {},
      /there is no function `handler`; FastFN calls `pub fn handler/,
      undefined,
    ],
    [
      'a missing named handler',
      HELLO,
      { handler: 'greet' },
      /no function `greet`; FastFN calls `pub fn greet\(event/,
      undefined,
    ],
    ['a private handler', '\nfn handler() {}', {}, /`handler` is private; make it `pub fn handler`/, 2],
    ['a handler with other arguments', '\n\npub fn handler(n: u8) {}', {}, /the signature of `handler`/, 3],
    ['too many arguments', 'pub fn handler(_: u8, _: u8, _: u8) {}', {}, /the signature of `handler`/, 1],
    ['an answer of another type', 'pub fn handler() -> std::time::Instant { todo!() }', {}, /the signature/, 1],
    ['an async handler', 'pub async fn handler() -> String { String::new() }', {}, /the signature/, 1],
    ['a missing module', 'mod _missing;\npub fn handler() {}', {}, /_missing/, 1],
    ['a syntax error', 'pub fn handler() {\n  ))) }', {}, /unexpected closing delimiter/, 2],
  ])('explains %s', async (_, source, over, says, line) => {
    const { path } = tree({ 'handler.rs': source });
    const error = await failure(path('handler.rs'), over);
    expect(error.code).toBe('build_failed');
    expect(error.message).toMatch(says);
    expect(error.debug?.file).toBe(path('handler.rs'));
    expect(error.debug?.line).toBe(line);
  });

  it('refuses what no Rust handler can have', async () => {
    const { path } = tree({ 'handler.rs': HELLO });
    for (const over of [{ adapter: 'fetch' as const }, { handler: 'a b' }]) {
      expect(await failure(path('handler.rs'), over)).toMatchObject({ code: 'invalid_config' });
    }
  });

  it('takes dependencies from the Cargo.toml beside the handler', async () => {
    const { path, write } = tree({
      'handler.rs': 'pub fn handler() -> String { greeting::TEXT.to_owned() }',
      'Cargo.toml':
        '[dependencies]\ngreeting = { path = "_greeting" }\n[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2018"\n[lib]\npath = "handler.rs"\n',
      '_greeting/Cargo.toml': '[package]\nname = "greeting"\nversion = "1.0.0"\n',
      '_greeting/src/lib.rs': 'pub const TEXT: &str = "one";',
    });
    const first = await build(path('handler.rs'));
    expect(readFileSync(`${first}.files`, 'utf8')).toContain(path('_greeting/src/lib.rs'));
    write('_greeting/src/lib.rs', 'pub const TEXT: &str = "two";');
    expect(await build(path('handler.rs'))).not.toBe(first);

    write('_greeting/src/lib.rs', 'pub const TEXT: &str = 2;');
    expect(await failure(path('handler.rs'))).toMatchObject({ code: 'dependency_failed' });
    write('Cargo.toml', '[dependencies\n');
    expect(await failure(path('handler.rs'))).toMatchObject({
      code: 'dependency_failed',
      debug: { file: path('Cargo.toml'), line: 1 },
    });
    write('Cargo.toml', '[dependencies]\ngreeting = { path = "_nowhere" }\n');
    const missing = await failure(path('handler.rs'));
    expect(missing.code).toBe('dependency_failed');
    expect(missing.message).toMatch(/_nowhere|No such file/);
  });

  it('of several functions is one run, and the good ones do not suffer from a bad one', async () => {
    const { path } = tree({
      'a/handler.rs': HELLO,
      'b/handler.rs': 'pub fn handler() -> u8 { "no" }',
      'c/handler.rs': HELLO,
      'd/handler.rs': HELLO,
    });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => build(path(`${name}/handler.rs`))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('is given up when nobody wants it any more', async () => {
    const { path } = tree({ 'handler.rs': HELLO });
    await runtime.detect();
    const abort = new AbortController();
    const building = runtime.prepare!(functionSpec(path('handler.rs')), { signal: abort.signal, progress() {} });
    await setTimeout(30);
    abort.abort();
    await expect(building).rejects.toThrow(/abort/i);
    expect(await build(path('handler.rs'))).toMatch(/\/bin\/fn_/);
  });
});
