import { readdirSync, rmSync } from 'node:fs';
import { FastFnError } from '@fastfn/core';
import { readState } from '@fastfn/dependencies';
import { describe, expect, it } from 'vitest';
import { createGoRuntime, type GoRuntimeOptions } from '../src/index.js';
import { call, functionOf, makeDaemon, specFor, startWorker, tree } from './go-host.js';

const THING = {
  'next/go.mod': 'module next.door/x\n\ngo 1.19\n',
  'next/x.go': 'package x\n\nconst Name = "next"\n',
};
const HANDLER = 'package main\n\nimport "next.door/x"\n\nfunc handler() any { return x.Name }\n';
const MODULE = 'module mine\n\ngo 1.19\n\nrequire next.door/x v0.0.0\n\nreplace next.door/x => ../next\n';

interface Outcome {
  readonly entry: string | null;
  readonly error: FastFnError | null;
  readonly reads: readonly string[];
}

/** Builds with a runtime of its own: when it is closed, what it writes down is on disk. */
async function build(entry: string, root: string, env: GoRuntimeOptions['env'] = {}): Promise<Outcome> {
  const runtime = createGoRuntime({ bin: process.env.FN_GO_BIN, env });
  expect(await runtime.detect()).toMatchObject({ ok: true });
  const reads: string[] = [];
  const options = {
    signal: new AbortController().signal,
    progress() {},
    reads: (files: readonly string[]) => reads.push(...files),
  };
  try {
    return { entry: (await runtime.prepare!(functionOf(entry, { root }), options)).entry, error: null, reads };
  } catch (error) {
    if (!(error instanceof FastFnError)) throw error;
    return { entry: null, error, reads };
  } finally {
    await runtime.close!();
  }
}

describe('what is written down of a go.mod', { timeout: 120_000 }, () => {
  it('the modules of a build, beside the go.mod; nothing else in the folder', async () => {
    const { path, root } = tree({ ...THING, 'shop/api/handler.go': HANDLER, 'shop/go.mod': MODULE });
    await build(path('shop/api/handler.go'), root);
    const state = readState(path('shop'), 'go');
    expect(state).toMatchObject({
      runtime: 'go',
      mode: 'manifest',
      manifest: 'go.mod',
      lock: null,
      inferred: [],
      resolved: ['next.door/x@v0.0.0'],
      last_status: 'ok',
      last_error: null,
    });
    expect(state!.duration_ms).toBeGreaterThan(0);
    expect(readdirSync(path('shop')).sort()).toEqual(['.fastfn-deps-state.json', 'api', 'go.mod']);
    expect(readdirSync(path('shop/api'))).toEqual(['handler.go']);

    // Found in the cache the next time, and so not written again; but when nobody knows of it any more.
    await build(path('shop/api/handler.go'), root);
    expect(readState(path('shop'), 'go')).toEqual(state);
    rmSync(path('shop/.fastfn-deps-state.json'));
    await build(path('shop/api/handler.go'), root);
    expect(readState(path('shop'), 'go')).toMatchObject({
      last_status: 'present',
      resolved: ['next.door/x@v0.0.0'],
      hash: state!.hash,
    });
  });

  it('from the proxy, with what the code imports and go.mod does not name', async () => {
    const { path, root } = tree({
      'handler.go':
        'package main\n\nimport "github.com/google/uuid"\n\nfunc handler() any { return uuid.Nil.String() }\n',
      'go.mod': 'module mine\n\ngo 1.19\n',
    });
    const { entry, error } = await build(path('handler.go'), root);
    expect(error).toBeNull();
    const daemon = await makeDaemon();
    try {
      const worker = await startWorker(daemon, specFor(daemon, entry!, { folder: root, root, own_folder: root }));
      expect((await call(worker)).text).toBe('00000000-0000-0000-0000-000000000000');
    } finally {
      await daemon.end();
    }
    const uuid = [expect.stringMatching(/^github\.com\/google\/uuid@v1\./)];
    expect(readState(root, 'go')).toMatchObject({ mode: 'mixed', inferred: uuid, resolved: uuid, last_status: 'ok' });
    expect(readdirSync(root).sort()).toEqual(['.fastfn-deps-state.json', 'go.mod', 'handler.go']);
  });

  it('a failure with its last lines; code that does not compile is none; mended, it is forgotten', async () => {
    const { path, root, write } = tree({
      ...THING,
      'fn/handler.go': HANDLER,
      'fn/go.mod': 'module mine\n\ngo 1.19\n\nrequire next.door/x v1.0.0\n',
    });
    const { error, reads } = await build(path('fn/handler.go'), root, { GOPROXY: 'off', GOFLAGS: '' });
    expect(error).toMatchObject({
      code: 'dependency_failed',
      details: { tool: 'go build', exit_code: 1, timed_out: false },
    });
    expect(JSON.stringify(error!.details!.output)).toMatch(/module lookup disabled by GOPROXY=off/);
    expect(error!.message).toMatch(/next\.door\/x/);
    expect(reads).toEqual(expect.arrayContaining(['fn/go.mod', 'fn/go.sum', 'fn/handler.go'].map(path)));
    expect(readState(path('fn'), 'go')).toMatchObject({
      last_status: 'failed',
      last_error: error!.message,
      resolved: [],
    });

    write('fn/go.mod', MODULE);
    write('fn/handler.go', HANDLER.replace('x.Name', 'x.Nothing'));
    expect((await build(path('fn/handler.go'), root)).error).toMatchObject({ code: 'build_failed' });
    expect(readState(path('fn'), 'go')).toMatchObject({
      last_status: 'ok',
      last_error: null,
      resolved: ['next.door/x@v0.0.0'],
    });
  });

  it('without a go.mod nothing, and that one may come is known', async () => {
    const { path, root } = tree({ 'fn/handler.go': 'package main\n\nfunc handler() any { return "plain" }\n' });
    const { reads } = await build(path('fn/handler.go'), root);
    expect(readState(path('fn'), 'go')).toBeNull();
    expect(reads).toEqual(expect.arrayContaining([path('fn/go.mod'), path('go.mod')]));
  });
});
