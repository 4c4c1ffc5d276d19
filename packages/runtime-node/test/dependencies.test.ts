import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FunctionSpec, PrepareOptions, RuntimeAdapter } from '@fastfn/core';
import { readState } from '@fastfn/dependencies';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createNodeRuntime, type NodeRuntimeOptions } from '../src/index.js';

// Real packages from the registry: the smallest there are.

// pnpm sets NODE_PATH for what it starts, and all of this repository's packages would be found.
const { NODE_PATH: _, ...clean } = process.env;

function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-node-deps-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function functionIn(root: string, path: string, more: Partial<FunctionSpec> = {}): FunctionSpec {
  const folder = dirname(join(root, path));
  const spec = {
    runtime: 'node',
    name: path,
    root,
    folder,
    ownFolder: folder,
    sharedDeps: [],
    env: {},
    entry: join(root, path),
  };
  return { ...spec, ...more } as FunctionSpec;
}

function runtime(options: NodeRuntimeOptions = {}): RuntimeAdapter {
  const made = createNodeRuntime({ toolEnv: clean, ...options });
  onTestFinished(() => made.close?.());
  return made;
}

function listener() {
  const seen = { progress: [] as string[], reads: new Set<string>(), ours: new Set<string>() };
  const note = (files: readonly string[]) => {
    for (const file of files) seen.ours.add(file);
  };
  const options: PrepareOptions = {
    signal: new AbortController().signal,
    progress: (line) => void seen.progress.push(line),
    reads: (files) => {
      for (const file of files) seen.reads.add(file);
    },
    writing: note,
    wrote: note,
  };
  return { ...seen, options };
}

const prepare = (adapter: RuntimeAdapter, fn: FunctionSpec, options = listener().options) =>
  adapter.prepare!(fn, options);
const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, never>;
const installed = (root: string, name: string): string => json(root, 'node_modules', name, 'package.json').version!;
const manifest = (dependencies: Record<string, string>) => `${JSON.stringify({ dependencies }, null, 2)}\n`;

describe('package.json', { timeout: 120_000 }, () => {
  test('nothing is left beside a handler that needs nothing', async () => {
    const root = tree({
      'hello.ts': `import { x } from './_help';\nimport 'node:fs';\nimport path from 'path';\nimport type { Y } from 'no-such';\nimport { Z } from 'neither';\nconst z: Z = 1;`,
      '_help.ts': `export const x = 1;`,
    });
    const { options, reads } = listener();
    const { env } = await prepare(runtime(), functionIn(root, 'hello.ts'), options);
    expect(env).toEqual({});
    expect(readdirSync(root).sort()).toEqual(['_help.ts', 'hello.ts']);
    expect([...reads]).toEqual(expect.arrayContaining([join(root, 'package.json'), join(root, '_help.ts')]));
  });

  test('is installed and locked; nothing is done twice; an edit installs anew', async () => {
    const root = tree({ 'shop/package.json': manifest({ ms: '2.1.2' }), 'shop/handler.js': `import ms from 'ms'` });
    const folder = join(root, 'shop');
    const fn = functionIn(root, 'shop/handler.js');
    const adapter = runtime();
    const first = listener();
    expect((await prepare(adapter, fn, first.options)).readPaths).toContain(join(folder, 'node_modules'));
    expect(first.progress).toEqual(['npm installs ms']);
    expect(first.ours).toContain(join(folder, 'package-lock.json'));
    expect(installed(folder, 'ms')).toBe('2.1.2');
    expect(readState(folder, 'node')).toMatchObject({
      mode: 'manifest',
      manifest: 'package.json',
      lock: 'package-lock.json',
      inferred: [],
      unresolved: [],
      resolved: ['ms@2.1.2'],
      last_status: 'ok',
      last_error: null,
    });
    const second = listener();
    await prepare(runtime(), fn, second.options);
    expect(second.progress).toEqual([]);

    // The lock does not fit any more: `npm ci` refuses, `npm install` mends.
    writeFileSync(join(folder, 'package.json'), manifest({ ms: '2.1.3' }));
    await prepare(adapter, fn);
    expect(installed(folder, 'ms')).toBe('2.1.3');

    // With the lock alone, the very same.
    const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
    rmSync(join(folder, 'node_modules'), { recursive: true });
    await prepare(adapter, fn);
    expect(readFileSync(join(folder, 'package-lock.json'), 'utf8')).toBe(lock);
    expect(installed(folder, 'ms')).toBe('2.1.3');
  });

  test('what is there and fits is not installed', async () => {
    const root = tree({
      'package.json': manifest({ ms: '^2.1.0', local: 'file:./local', 'is-odd': 'latest' }),
      'handler.js': `require('ms')`,
    });
    for (const [name, version] of [
      ['ms', '2.9.0'],
      ['local', '0.0.1'],
      ['is-odd', '3.0.0'],
    ] as const) {
      mkdirSync(join(root, 'node_modules', name), { recursive: true });
      writeFileSync(join(root, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }));
    }
    const { options, progress } = listener();
    await prepare(runtime(), functionIn(root, 'handler.js'), options);
    expect(progress).toEqual([]);
    expect(installed(root, 'ms')).toBe('2.9.0');
    expect(readState(root, 'node')).toMatchObject({ last_status: 'present' });
  });

  test('one above the functions root is somebody else’s', async () => {
    const root = tree({ 'package.json': manifest({ 'is-odd': '3.0.1' }), 'functions/hello.js': `import 'node:fs'` });
    await prepare(runtime(), { ...functionIn(root, 'functions/hello.js'), root: join(root, 'functions') });
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
  });

  test.for([
    ['pnpm-lock.yaml', {}, 'pnpm'],
    ['README', { packageManager: 'yarn@4.1.0' }, 'yarn'],
  ] as const)('kept by another tool: %s', async ([file, more, tool]) => {
    const root = tree({
      [file]: '',
      'package.json': JSON.stringify({ dependencies: { ms: '2' }, ...more }),
      'a.js': '',
    });
    await expect(prepare(runtime(), functionIn(root, 'a.js'))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringContaining(`Run \`${tool} install\` there`),
    });
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
  });

  test('install scripts run only when .npmrc says so', async () => {
    const root = tree({
      'a.js': '',
      'package.json': manifest({ local: 'file:./_local' }),
      '_local/package.json': JSON.stringify({ name: 'local', version: '1.0.0', scripts: { install: 'echo x > ran' } }),
    });
    await prepare(runtime(), functionIn(root, 'a.js'));
    expect(existsSync(join(root, '_local/ran'))).toBe(false);
    rmSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(join(root, '.npmrc'), 'ignore-scripts=false\n');
    await prepare(runtime(), functionIn(root, 'a.js'));
    expect(existsSync(join(root, '_local/ran'))).toBe(true);
  });
});

describe('inference', { timeout: 120_000 }, () => {
  test('imports of handler and helpers become the manifest', async () => {
    const root = tree({
      'hello.ts': `import { days } from '@lib/days.js';\nimport type { X } from 'type-only-pkg';\nimport { Y } from 'only-used-as-type';\nexport const handler = (y: Y) => days();`,
      'lib/days.ts': `import ms from 'ms/index.js';\nexport const days = () => [ms, import('is-number')];\ntry { require('optional-pkg') } catch {}`,
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
    });
    const { options, ours, progress } = listener();
    await prepare(runtime(), functionIn(root, 'hello.ts'), options);
    expect(progress).toEqual(['npm installs is-number, ms']);
    expect(json(root, 'package.json').dependencies).toEqual({
      'is-number': expect.any(String),
      ms: expect.any(String),
    });
    expect([...ours].sort()).toEqual([join(root, 'package-lock.json'), join(root, 'package.json')]);
    expect(readState(root, 'node')).toMatchObject({
      mode: 'inferred',
      inferred: ['is-number', 'ms'],
      last_status: 'ok',
    });
    const again = listener();
    await prepare(runtime(), functionIn(root, 'hello.ts'), again.options);
    expect(again.progress).toEqual([]);
  });

  test('an incomplete manifest is completed, and keeps the rest', async () => {
    const root = tree({
      'package.json': '{\n    "type": "module",\n    "dependencies": {\n        "ms": "2.1.2"\n    }\n}\n',
      'hello.js': `import 'ms'; import 'is-number'`,
    });
    await prepare(runtime(), functionIn(root, 'hello.js'));
    expect(json(root, 'package.json')).toEqual({
      type: 'module',
      dependencies: { 'is-number': expect.any(String), ms: '2.1.2' },
    });
    expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('\n    "type"');
    expect(readState(root, 'node')).toMatchObject({ mode: 'mixed', inferred: ['is-number'] });
  });

  test('without writing the manifest', async () => {
    const root = tree({ 'a.js': `import 'ms'`, 'b.js': `import 'is-number'` });
    const adapter = runtime({ dependencies: { writeManifest: false } });
    await prepare(adapter, functionIn(root, 'a.js'));
    await prepare(adapter, functionIn(root, 'b.js'));
    expect(existsSync(join(root, 'package.json'))).toBe(false);
    expect(installed(root, 'ms')).toBeTruthy();
    expect(installed(root, 'is-number')).toBeTruthy();
    expect(readState(root, 'node')).toMatchObject({
      mode: 'inferred',
      manifest: null,
      sources: { 'a.js': ['ms'], 'b.js': ['is-number'] },
    });
    const quiet = listener();
    await prepare(adapter, functionIn(root, 'a.js'), quiet.options);
    expect(quiet.progress).toEqual([]);
  });

  test('an import that the registry does not know is an error, or not when that is switched off', async () => {
    const root = tree({ 'hello.js': `import 'fastfn-no-such-package-1'; import 'ms'` });
    const fn = functionIn(root, 'hello.js');
    await expect(prepare(runtime(), fn)).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringMatching(
        /^hello\.js imports "fastfn-no-such-package-1", and the registry has no such package/,
      ),
    });
    expect(existsSync(join(root, 'package.json'))).toBe(false);
    const lenient = runtime({ dependencies: { strict: false } });
    await prepare(lenient, fn);
    expect(readState(root, 'node')).toMatchObject({ inferred: ['ms'], unresolved: ['fastfn-no-such-package-1'] });
    const quiet = listener();
    await prepare(lenient, fn, quiet.options);
    expect(quiet.progress).toEqual([]);
  });

  test('what Node finds already is not inferred: above root, in a pack, by the package’s own name', async () => {
    const root = tree({
      'functions/hello.js': `import 'above'; import 'packed'; import 'me'`,
      'functions/package.json': '{ "name": "me", "exports": "./hello.js" }',
      'node_modules/above/package.json': '{}',
      'functions/.fastfn/packs/node/p/node_modules/packed/package.json': '{}',
    });
    const fn = { ...functionIn(root, 'functions/hello.js'), root: join(root, 'functions'), sharedDeps: ['p'] };
    const { options, progress } = listener();
    const { readPaths } = await prepare(runtime(), fn, options);
    expect(progress).toEqual([]);
    expect(readPaths).toContain(join(root, 'node_modules'));
  });

  test.for([
    ['off', { install: false }],
    ['inference off', { infer: false }],
  ] as const)('%s', async ([, dependencies]) => {
    const root = tree({ 'hello.js': `import 'ms'` });
    await prepare(runtime({ dependencies }), functionIn(root, 'hello.js'));
    expect(readdirSync(root)).toEqual(['hello.js']);
  });
});

describe('failures', { timeout: 120_000 }, () => {
  const slow = { npm_config_fetch_retries: '0', npm_config_cache: join(tmpdir(), 'fastfn-npm-empty-cache') };

  test.for([
    ['{ "dependencies": { "ms": ', /package\.json is no JSON: .*Mend it/],
    ['[]', /package\.json must hold an object/],
    ['{ "dependencies": ["ms"] }', /"dependencies" in package\.json must be an object/],
    ['{ "dependencies": { "ms": 2 } }', /"dependencies" in package\.json must be an object/],
  ] as const)('a broken package.json: %s', async ([text, message]) => {
    const root = tree({ 'package.json': text, 'hello.js': '' });
    await expect(prepare(runtime(), functionIn(root, 'hello.js'))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringMatching(message),
    });
  });

  test('a package that does not exist', async () => {
    const root = tree({ 'package.json': manifest({ 'fastfn-no-such-package-1': '1' }), 'hello.js': '' });
    await expect(prepare(runtime(), functionIn(root, 'hello.js'))).rejects.toMatchObject({
      message: expect.stringMatching(
        /package\.json could not be installed: npm install failed with exit code 1: .*fastfn-no-such-package-1/,
      ),
      details: { output: expect.arrayContaining([expect.stringContaining('E404')]) },
    });
    expect(readState(root, 'node')).toMatchObject({
      last_status: 'failed',
      last_error: expect.stringContaining('no-such'),
    });
  });

  test('a registry that cannot be reached, also for what was inferred', async () => {
    const root = tree({ 'hello.js': `import 'ms'` });
    const toolEnv = { ...clean, ...slow, npm_config_registry: 'http://127.0.0.1:1/' };
    await expect(prepare(runtime({ toolEnv }), functionIn(root, 'hello.js'))).rejects.toMatchObject({
      message: expect.stringContaining('The registry cannot be reached'),
    });
  });

  test('the time limit', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const root = tree({ 'package.json': manifest({ ms: '2.1.3' }), 'hello.js': '' });
    const toolEnv = { ...clean, ...slow, npm_config_registry: `http://127.0.0.1:${port}/` };
    await expect(
      prepare(runtime({ toolEnv, installTimeoutMs: 2500 }), functionIn(root, 'hello.js')),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/npm install was stopped after its time limit of \d+ s/),
    });
  });

  test('npm is missing', async () => {
    const root = tree({ 'package.json': manifest({ ms: '2.1.3' }), 'hello.js': '' });
    await expect(prepare(runtime({ npm: '/no/such/npm' }), functionIn(root, 'hello.js'))).rejects.toMatchObject({
      message: expect.stringMatching(/npm install was not found.*FN_NPM_BIN/),
    });
  });

  test.runIf(process.getuid?.() === 0 && process.platform === 'linux')('a full disk', async () => {
    const root = tree({});
    const disk = join(root, 'disk');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]).status !== 0) return;
    onTestFinished(() => void spawnSync('umount', [disk]));
    writeFileSync(join(disk, 'package.json'), manifest({ semver: '7.7.4' }));
    writeFileSync(join(disk, 'hello.js'), '');
    const adapter = runtime();
    await expect(prepare(adapter, functionIn(root, 'disk/hello.js'))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringContaining('The disk is full'),
    });
    rmSync(join(disk, 'node_modules'), { recursive: true, force: true });
    writeFileSync(join(disk, 'package.json'), manifest({ ms: '2.1.3' }));
    await prepare(adapter, functionIn(root, 'disk/hello.js'));
    expect(installed(disk, 'ms')).toBe('2.1.3');
  });

  test('an interrupted installation begins anew', async () => {
    const root = tree({ 'package.json': manifest({ ms: '2.1.3' }), 'hello.js': '' });
    await prepare(runtime(), functionIn(root, 'hello.js'));
    const state = join(root, '.fastfn-deps-state.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace('"ok"', '"installing"'));
    rmSync(join(root, 'node_modules/ms/index.js'));
    await prepare(runtime(), functionIn(root, 'hello.js'));
    expect(existsSync(join(root, 'node_modules/ms/index.js'))).toBe(true);
  });
});

describe('packs', { timeout: 120_000 }, () => {
  const pack = '.fastfn/packs/node/time';

  test('are installed from their package.json, once for all who name them', async () => {
    const root = tree({
      [`${pack}/package.json`]: manifest({ ms: '2.1.3' }),
      'a/handler.js': `import 'ms'`,
      'b/handler.js': `import 'ms'`,
    });
    const adapter = runtime();
    const [one, two] = [listener(), listener()];
    const prepared = await Promise.all([
      prepare(adapter, functionIn(root, 'a/handler.js', { sharedDeps: ['time'] }), one.options),
      prepare(adapter, functionIn(root, 'b/handler.js', { sharedDeps: ['time'] }), two.options),
    ]);
    for (const { env, readPaths } of prepared) {
      expect(env).toEqual({ NODE_PATH: join(root, pack, 'node_modules') });
      expect(readPaths).toEqual(expect.arrayContaining([join(root, pack), join(root, pack, 'node_modules')]));
    }
    expect(installed(join(root, pack), 'ms')).toBe('2.1.3');
    expect(readState(join(root, pack), 'node')).toMatchObject({ last_status: 'ok', resolved: ['ms@2.1.3'] });
    // Told to those who waited when it began: one of them, or both.
    const told = [one, two].map(({ progress }) => progress.filter((line) => line.includes('npm installs')).length);
    expect(Math.max(...told)).toBe(1);
    // What the pack brings is nothing that the functions have to install.
    expect(readdirSync(join(root, 'a'))).toEqual(['handler.js']);
    expect(one.reads).toContain(join(root, pack, 'package.json'));

    writeFileSync(join(root, pack, 'package.json'), manifest({ ms: '2.1.2' }));
    await prepare(adapter, functionIn(root, 'a/handler.js', { sharedDeps: ['time'] }));
    expect(installed(join(root, pack), 'ms')).toBe('2.1.2');
  });

  test('that cannot be installed fail whoever names them, and nobody else', async () => {
    const root = tree({
      [`${pack}/package.json`]: manifest({ 'fastfn-no-such-package-1': '1' }),
      'a/handler.js': '',
    });
    const adapter = runtime();
    await expect(prepare(adapter, functionIn(root, 'a/handler.js', { sharedDeps: ['time'] }))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringMatching(/\.fastfn\/packs\/node\/time\/package\.json.*fastfn-no-such-package-1/),
    });
    await prepare(adapter, functionIn(root, 'a/handler.js'));
  });

  test('that do not exist are pack_not_found', async () => {
    const root = tree({ [`${pack}/package.json`]: manifest({}), 'a/handler.js': '' });
    await expect(prepare(runtime(), functionIn(root, 'a/handler.js', { sharedDeps: ['tmie'] }))).rejects.toMatchObject({
      code: 'pack_not_found',
      message: expect.stringMatching(/"tmie".*"time"/),
    });
  });
});
