import { existsSync, readdirSync } from 'node:fs';
import { FastFnError, type FunctionSpec, type Prepared, type RuntimeAdapter } from '@fastfn/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createGoRuntime } from '../src/index.js';
import {
  call,
  type Daemon,
  functionOf,
  makeDaemon,
  readyRuntime,
  specFor,
  startDaemon,
  startWorker,
  tree,
} from './go-host.js';

let runtime: RuntimeAdapter;
beforeAll(async () => {
  runtime = await readyRuntime();
}, 300_000);

const HELLO = 'package main\n\nfunc handler(event map[string]any) any { return "hello" }\n';

interface Outcome {
  prepared: Prepared | null;
  error: FastFnError | null;
  files: readonly string[];
  lines: string[];
}

async function prepare(
  fn: FunctionSpec,
  { on = runtime, signal = new AbortController().signal } = {},
): Promise<Outcome> {
  const outcome: Outcome = { prepared: null, error: null, files: [], lines: [] };
  try {
    outcome.prepared = await on.prepare!(fn, {
      signal,
      progress: (line) => outcome.lines.push(line),
      reads: (files) => {
        outcome.files = files;
      },
    });
  } catch (error) {
    if (!(error instanceof FastFnError)) throw error;
    outcome.error = error;
  }
  return outcome;
}

/** What the built function answers. */
async function answer(daemon: Daemon, fn: FunctionSpec): Promise<string> {
  const { prepared, error } = await prepare(fn);
  if (error) throw error;
  const { folder, root } = fn;
  const worker = await startWorker(daemon, specFor(daemon, prepared!.entry, { folder, root, own_folder: folder }));
  const { text, error: failed } = await call(worker);
  if (failed) throw new Error(failed.message);
  return text;
}

describe('mistakes', () => {
  it.each<[string, string, { line?: number; source?: string; message: RegExp }]>([
    [
      'no handler',
      'package main\n',
      { line: 1, message: /has no function "handler" or "Handler"\. Write: func handler/ },
    ],
    ['a method is none', 'package main\n\ntype t int\n\nfunc (t) handler() {}\n', { message: /has no function/ }],
    [
      'too many parameters',
      'package main\n\nfunc handler(a, b, c, d any) any { return 1 }\n',
      { line: 3, message: /has 4 parameters/ },
    ],
    ['variadic', 'package main\n\nfunc handler(a ...any) any { return 1 }\n', { line: 3, message: /variable number/ }],
    [
      'type parameters',
      'package main\n\nfunc handler[T any](a T) any { return 1 }\n',
      { line: 3, message: /type parameters/ },
    ],
    [
      'too many results',
      'package main\n\nfunc handler() (a, b, c any) { return }\n',
      { line: 3, message: /has 3 results/ },
    ],
    ['bad syntax', 'package main\n\nfunc handler( {\n', { line: 3, message: /expected/ }],
    ['no Go at all', 'print("hello")\n', { line: 1, message: /expected 'package'/ }],
    ['an empty file', '', { message: /expected 'package'/ }],
    [
      'a wrong type',
      'package main\n\nfunc handler(event map[string]any) any {\n\tvar n int = "x"\n\treturn n\n}\n',
      { line: 4, source: '\tvar n int = "x"', message: /cannot use "x"/ },
    ],
    [
      'an unused import',
      'package main\n\nimport "os"\n\nfunc handler() any { return 1 }\n',
      { line: 3, message: /"os" imported and not used/ },
    ],
    [
      'an undefined name',
      'package main\n\nfunc handler() any { return nowhere }\n',
      { line: 3, message: /undefined: nowhere/ },
    ],
    [
      'a package of nobody',
      'package main\n\nimport "example.com/nobody"\n\nfunc handler() any { return nobody.X }\n',
      {
        line: 3,
        message: /package example\.com\/nobody.*Put a go\.mod beside the handler/,
      },
    ],
    [
      'a package of its own that is not there',
      'package main\n\nimport "function/db"\n\nfunc handler() any { return db.X }\n',
      { line: 3, message: /function\/db/ },
    ],
  ])('%s', async (_what, source, { message, line, source: text }) => {
    const { path } = tree({ 'handler.go': source });
    const { error } = await prepare(functionOf(path('handler.go')));
    expect(error).toMatchObject({ code: 'build_failed', status: 500 });
    expect(error!.message).toMatch(message);
    expect(error!.debug).toMatchObject({ type: 'CompileError', file: path('handler.go') });
    if (line !== undefined) expect(error!.debug!.line).toBe(line);
    if (text !== undefined) expect(error!.debug!.source).toBe(text);
    expect(error!.debug!.stack).not.toContain('fastfnhandler/');
  });

  it('the function that the config names is missing', async () => {
    const { path } = tree({ 'handler.go': HELLO });
    const { error } = await prepare(functionOf(path('handler.go'), { handler: 'greet' }));
    expect(error!.message).toMatch(/no function "greet"/);
  });

  it('in a file beside the handler: that file is named, and will be watched', async () => {
    const { path } = tree({
      'handler.go': 'package main\n\nfunc handler() any { return help() }\n',
      '_help.go': 'package main\n\nfunc help() any {\n\treturn missing\n}\n',
    });
    const { error, files } = await prepare(functionOf(path('handler.go')));
    expect(error!.debug).toMatchObject({ file: path('_help.go'), line: 4, source: '\treturn missing' });
    expect(files).toEqual(['_help.go', 'go.mod', 'go.sum', 'handler.go'].map(path));
  });

  it('in brackets and with spaces: paths are shown as they are', async () => {
    const { path } = tree({ 'a b/[id]/get.[...rest].go': 'package main\n\nfunc handler() any { return x }\n' });
    const { error } = await prepare(functionOf(path('a b/[id]/get.[...rest].go')));
    expect(error!.debug).toMatchObject({ file: path('a b/[id]/get.[...rest].go'), line: 3 });
  });

  it('a handler that is gone', async () => {
    const { path } = tree({});
    expect((await prepare(functionOf(path('handler.go')))).error!.message).toMatch(/no such file/);
  });

  it('a module that cannot be had is dependency_failed', async () => {
    const { path } = tree({
      'handler.go': 'package main\n\nimport "example.invalid/thing"\n\nfunc handler() any { return thing.X }\n',
      'go.mod': 'module mine\n\ngo 1.19\n\nrequire example.invalid/thing v1.0.0\n',
    });
    const on = createGoRuntime({ bin: process.env.FN_GO_BIN, env: { GOPROXY: 'off', GOFLAGS: '' } });
    await on.detect();
    const { error } = await prepare(functionOf(path('handler.go')), { on });
    expect(error).toMatchObject({ code: 'dependency_failed' });
    expect(error!.message).toMatch(/example\.invalid\/thing/);
  });

  it('a go.mod that is none', async () => {
    const { path } = tree({ 'handler.go': HELLO, 'go.mod': 'nonsense\n' });
    const { error } = await prepare(functionOf(path('handler.go')));
    expect(error!.message).toMatch(/go\.mod.*module <path>/);
  });
});

describe('the cache', () => {
  it('keeps what did not change, also over restarts and comments elsewhere', async () => {
    const { path, write } = tree({ 'handler.go': `${HELLO}// ${Math.random()}\n`, 'other.go': 'package main\n' });
    const first = await prepare(functionOf(path('handler.go')));
    expect(first.lines[0]).toBe('compiling handler.go');
    expect(existsSync(first.prepared!.entry)).toBe(true);
    write('other.go', 'package main\n\n// edited\n');
    const restarted = await prepare(functionOf(path('handler.go')), { on: await readyRuntime() });
    expect(restarted.lines).toEqual([]);
    expect(restarted.prepared).toEqual(first.prepared);
    write('handler.go', `${HELLO}// ${Math.random()}\n`);
    const edited = await prepare(functionOf(path('handler.go')));
    expect(edited.prepared!.entry).not.toBe(first.prepared!.entry);
  });

  it('one build serves all who want the same', async () => {
    const { path } = tree({ 'handler.go': `${HELLO}// ${Math.random()}\n` });
    const fn = functionOf(path('handler.go'));
    const all = await Promise.all([prepare(fn), prepare(fn), prepare(fn)]);
    expect(all.flatMap(({ lines }) => lines.filter((line) => line.startsWith('compiling')))).toHaveLength(1);
    expect(new Set(all.map(({ prepared }) => prepared!.entry)).size).toBe(1);
  });

  it('an aborted build leaves nothing, and the next one works', async () => {
    const { path } = tree({ 'handler.go': `${HELLO}// ${Math.random()}\n` });
    const aborter = new AbortController();
    const building = runtime.prepare!(functionOf(path('handler.go')), {
      signal: aborter.signal,
      progress: () => aborter.abort(),
    });
    await expect(building).rejects.toThrow(/abort/i);
    expect((await prepare(functionOf(path('handler.go')))).error).toBeNull();
  });

  it('of a folder of its own holds everything, and work is cleaned up', async () => {
    const { path } = tree({ 'handler.go': HELLO });
    const on = createGoRuntime({ bin: process.env.FN_GO_BIN, cacheDir: path('cache') });
    expect(await on.detect()).toMatchObject({ ok: true });
    const { prepared } = await prepare(functionOf(path('handler.go')), { on });
    expect(prepared!.entry.startsWith(path('cache/bin/'))).toBe(true);
    expect(readdirSync(path('cache/work'))).toEqual([]);
  }, 120_000);
});

describe('what is compiled in', () => {
  it('files beside the handler, by what they declare; other handlers stay out', async () => {
    const { path } = tree({
      'get.go': 'package x\n\nfunc handler() any { return greet() + who.name() }\n',
      'post.go': 'package x\n\nfunc handler() any { return undefinedHere }\n',
      '_greet.go': 'package x\n\nfunc greet() string { return "hello " }\n',
      'people.go': 'package x\n\ntype person struct{ first string }\n\nvar who = person{"Ada"}\n',
      'people_names.go': 'package x\n\nfunc (p person) name() string { return p.first }\n',
      'get_test.go': 'package x\n\nfunc broken( {\n',
    });
    const daemon = await startDaemon();
    expect(await answer(daemon, functionOf(path('get.go')))).toBe('hello Ada');
  });

  it('packages in folders, with and without go.mod; modules next door; embedded files', async () => {
    const { path, root } = tree({
      'plain/handler.go': 'package main\n\nimport "function/db"\n\nfunc handler() any { return db.Name }\n',
      'plain/db/db.go': 'package db\n\nimport "function/db/deep"\n\nvar Name = "db+" + deep.Name\n',
      'plain/db/deep/deep.go': 'package deep\n\nconst Name = "deep"\n',
      'mod/api/handler.go':
        'package main\n\nimport (\n\t_ "embed"\n\n\t"mine/shared"\n\t"next.door/x"\n)\n\n//go:embed greeting.txt\nvar greeting string\n\nfunc handler() any { return greeting + shared.Name + x.Name }\n',
      'mod/api/greeting.txt': 'hi ',
      'mod/go.mod': 'module mine\n\ngo 1.19\n\nrequire next.door/x v0.0.0\n\nreplace next.door/x => ../next\n',
      'mod/shared/shared.go': 'package shared\n\nconst Name = "shared "\n',
      'next/go.mod': 'module next.door/x\n\ngo 1.19\n',
      'next/x.go': 'package x\n\nconst Name = "next"\n',
    });
    const daemon = await startDaemon();
    expect(await answer(daemon, functionOf(path('plain/handler.go'), { root }))).toBe('db+deep');
    const fn = functionOf(path('mod/api/handler.go'), { root });
    expect(await answer(daemon, fn)).toBe('hi shared next');
    expect((await prepare(fn)).files).toEqual(
      [
        'mod/api/go.mod',
        'mod/api/greeting.txt',
        'mod/api/handler.go',
        'mod/go.mod',
        'mod/go.sum',
        'mod/shared/shared.go',
        'next/go.mod',
        'next/x.go',
      ].map(path),
    );
  });

  it.each([
    ['func handler() string { return "ok" }'],
    ['func Handler(event any) any { return "ok" }'],
    ['func handler(event map[string]any, params map[string]string) (string, error) { return "ok", nil }'],
    ['type Event map[string]any\n\nfunc handler(event Event, params any) (any, error) { return "ok", nil }'],
    ['var handler = func(event map[string]interface{}) interface{} { return "ok" }'],
    ['func init() {}\n\nfunc main() {}\n\nfunc handler(event map[string]any) any { return "ok" }'],
  ])('%s', async (source) => {
    const { path } = tree({ 'handler.go': `package any_name\n\n${source}\n` });
    const daemon = await startDaemon();
    expect(await answer(daemon, functionOf(path('handler.go')))).toBe('ok');
  });

  it('a signature whose types do not fit is an error of loading', async () => {
    const { path } = tree({ 'handler.go': 'package main\n\nfunc handler(n int) any { return n }\n' });
    const daemon = await makeDaemon();
    try {
      const { prepared } = await prepare(functionOf(path('handler.go')));
      const worker = await startWorker(daemon, specFor(daemon, prepared!.entry, { root: path('.') }));
      const [, info] = await worker.next((message) => message[0] === 31);
      expect(info).toMatchObject({
        code: 'handler_error',
        message: expect.stringMatching(/parameter 1 cannot be a int.*Write: func handler/),
        files: [path('handler.go')],
      });
      await worker.closed;
      await daemon.next((message) => message[0] === 14 && message[1] === worker.name);
    } finally {
      await daemon.end();
    }
  });
});
