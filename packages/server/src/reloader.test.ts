import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnostic, type FunctionSpec, resolveDocs, resolvePolicy } from '@fastfn/core';
import { compileRouteTable } from '@fastfn/router';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Reloader } from './reloader.js';
import type { AppSnapshot } from './snapshot.js';

function fn(name: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  return {
    key: `node/${name}@default`,
    runtime: 'node',
    name,
    version: 'default',
    aliases: [],
    group: null,
    root: '/r',
    folder: '/r',
    ownFolder: '/r',
    entry: `/r/${name}.js`,
    handler: null,
    adapter: null,
    sharedDeps: [],
    policy: resolvePolicy({}),
    docs: resolveDocs({}),
    env: {},
    secretKeys: [],
    secretNames: [],
    configError: null,
    ...over,
  };
}

function snapshot(functions: readonly FunctionSpec[], diagnostics: readonly Diagnostic[] = []): AppSnapshot {
  const claims = functions.map((spec) => ({
    pattern: `/${spec.name}`,
    methods: ['GET'],
    hosts: [],
    fn: spec,
    rank: 1 as const,
    force: false,
    origin: 'file' as const,
    source: `${spec.name}.js`,
  }));
  const manifest = { root: '/r', functions, claims, homes: [], rootHome: null, assets: null, diagnostics };
  return {
    manifest,
    table: compileRouteTable(manifest),
    functions: new Map(functions.map((spec) => [spec.key, spec])),
    diagnostics,
    generatedAt: new Date().toISOString(),
    openapi: () => '{}',
    docsAsset: () => null,
  };
}

const none = new Set<string>();

function setup(first: AppSnapshot, loaded: Record<string, string[]> = {}, absent: Record<string, string[]> = {}) {
  let next = first;
  const update = vi.fn();
  const applied: AppSnapshot[] = [];
  const onReport = vi.fn();
  const broken: string[] = [];
  const reloader = new Reloader({
    take: () => next,
    apply: (taken) => applied.push(taken),
    workers: {
      update,
      filesOf: (key) => loaded[key] ?? [],
      absentOf: (key) => absent[key] ?? [],
      functionsUsingAny: (touched) =>
        [loaded, absent].flatMap((files) =>
          Object.keys(files).filter((key) => files[key]!.some((file) => touched.has(file))),
        ),
      brokenFunctions: () => broken,
    },
    onReport,
  });
  reloader.reload(null);
  update.mockClear();
  onReport.mockClear();
  return { reloader, update, applied, onReport, broken, serve: (taken: AppSnapshot) => (next = taken) };
}

const restarts = (update: ReturnType<typeof vi.fn>) =>
  update.mock.calls.flatMap(([, options]) => [...((options as { restart?: Set<string> })?.restart ?? [])]);

it('restarts only the functions that loaded a changed file', () => {
  const { reloader, update } = setup(snapshot([fn('a'), fn('b')]), {
    'node/a@default': ['/r/a.js', '/r/_x.js'],
    'node/b@default': ['/r/b.js'],
  });
  const report = reloader.reload({ changed: new Set(['/r/_x.js']), added: none, removed: none });
  expect(restarts(update)).toEqual(['node/a@default']);
  expect(report.changedFunctions).toEqual(['a']);
});

it('restarts nothing and tells nothing when an asset changes', () => {
  const { reloader, update, onReport, applied } = setup(snapshot([fn('a')]), { 'node/a@default': ['/r/a.js'] });
  reloader.reload({ changed: new Set(['/r/public/app.css']), added: none, removed: none });
  expect(restarts(update)).toEqual([]);
  expect(onReport).not.toHaveBeenCalled();
  // The gateway looks at its assets at each swap.
  expect(applied).toHaveLength(2);
});

it('gives broken functions another try when a file comes or goes, not when one changes elsewhere', () => {
  const { reloader, update, broken } = setup(snapshot([fn('a'), fn('b')]));
  broken.push('node/b@default');
  reloader.reload({ changed: new Set(['/r/a.js']), added: none, removed: none });
  expect(restarts(update)).toEqual([]);
  reloader.reload({ changed: none, added: new Set(['/r/_new.js']), removed: none });
  expect(restarts(update)).toEqual(['node/b@default']);
});

it('says which routes came, went and changed', () => {
  const { reloader, onReport, serve } = setup(snapshot([fn('a'), fn('b')]));
  serve(snapshot([fn('a', { policy: resolvePolicy({ timeoutMs: 5 }) }), fn('c')]));
  const report = reloader.reload({ changed: none, added: none, removed: none });
  expect(report).toMatchObject({ addedRoutes: ['GET /c'], removedRoutes: ['GET /b'], changedFunctions: ['a'] });
  expect(onReport).toHaveBeenCalledTimes(1);
});

it('tells a diagnostic when it appears and when it is mended, once each', () => {
  const problem: Diagnostic = { code: 'too_deep', severity: 'warning', file: 'x', message: 'too deep' };
  const { reloader, onReport, serve } = setup(snapshot([fn('a')]));
  const nothing = { changed: none, added: none, removed: none };
  serve(snapshot([fn('a')], [problem]));
  expect(reloader.reload(nothing).newDiagnostics).toEqual([problem]);
  expect(reloader.reload(nothing).newDiagnostics).toEqual([]);
  serve(snapshot([fn('a')]));
  expect(reloader.reload(nothing).mendedDiagnostics).toEqual([problem]);
  expect(onReport).toHaveBeenCalledTimes(2);
});

it('finds what was written since by itself when asked by hand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reloader-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.js');
  writeFileSync(file, '1');
  const { reloader, update } = setup(snapshot([fn('a'), fn('b')]), {
    'node/a@default': [file],
    'node/b@default': ['/nowhere/at/all.js'],
  });
  writeFileSync(file, '2');
  reloader.reload(null);
  // A file that is gone counts as changed.
  expect(restarts(update).sort()).toEqual(['node/a@default', 'node/b@default']);
});

it('without a watcher: a file that was looked for restarts its function once it is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reloader-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const manifest = join(folder, 'package.json');
  const { reloader, update } = setup(snapshot([fn('a'), fn('b')]), {}, { 'node/a@default': [manifest] });
  reloader.reload(null);
  expect(restarts(update)).toEqual([]);
  writeFileSync(manifest, '{}');
  reloader.reload(null);
  expect(restarts(update)).toEqual(['node/a@default']);
});
