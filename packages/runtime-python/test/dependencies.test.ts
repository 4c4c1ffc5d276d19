import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FunctionSpec, PrepareOptions, RuntimeAdapter } from '@fastfn/core';
import { readState } from '@fastfn/dependencies';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createPythonRuntime, type PythonRuntimeOptions } from '../src/index.js';

// Real packages from the registry, small ones; an interpreter of its own, which has nothing installed but pip.
let venv: string;
beforeAll(() => {
  venv = mkdtempSync(join(tmpdir(), 'fastfn-venv-'));
  const { status, stderr } = spawnSync('python3', ['-m', 'venv', venv], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}, 120_000);
afterAll(() => rmSync(venv, { recursive: true, force: true }));

function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-py-deps-'));
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
    runtime: 'python',
    name: path,
    root,
    folder,
    ownFolder: folder,
    sharedDeps: [],
    entry: join(root, path),
  };
  return { ...spec, ...more } as FunctionSpec;
}

function runtime(options: PythonRuntimeOptions = {}): RuntimeAdapter {
  const made = createPythonRuntime({ bin: join(venv, 'bin/python'), ...options });
  onTestFinished(() => made.close?.());
  return made;
}

function listener() {
  const seen = { progress: [] as string[], reads: new Set<string>(), wrote: [] as string[] };
  const options: PrepareOptions = {
    signal: new AbortController().signal,
    progress: (line) => void seen.progress.push(line),
    reads: (files) => {
      for (const file of files) seen.reads.add(file);
    },
    wrote: (files) => void seen.wrote.push(...files),
  };
  return { ...seen, options };
}

const prepare = (adapter: RuntimeAdapter, fn: FunctionSpec, options = listener().options) =>
  adapter.prepare!(fn, options);
const text = (...path: string[]) => readFileSync(join(...path), 'utf8');

describe('requirements', { timeout: 120_000 }, () => {
  test('nothing is left beside a handler that needs nothing', async () => {
    const root = tree({ 'hello.py': 'import json, _help\nfrom os import path\n', '_help.py': 'import re\n' });
    const { options, reads } = listener();
    expect(await prepare(runtime(), functionIn(root, 'hello.py'), options)).toEqual({
      entry: join(root, 'hello.py'),
      env: {},
      readPaths: [],
    });
    expect(readdirSync(root).sort()).toEqual(['_help.py', 'hello.py']);
    expect([...reads]).toEqual(expect.arrayContaining([join(root, 'requirements.txt'), join(root, '_help.py')]));
  });

  test('manifest and hints are installed and locked; nothing is done twice; an edit installs anew', async () => {
    const root = tree({
      'shop/requirements.txt': 'six==1.16.0\n',
      'shop/handler.py': '#@requirements tomli==2.0.1\nimport six, tomli\n',
    });
    const folder = join(root, 'shop');
    const fn = functionIn(root, 'shop/handler.py');
    const first = listener();
    const adapter = runtime();
    expect(await prepare(adapter, fn, first.options)).toEqual({
      entry: fn.entry,
      env: { PYTHONPATH: join(folder, '.deps') },
      readPaths: [join(folder, '.deps')],
    });
    expect(first.progress[0]).toBe('installing six, tomli with pip');
    expect(first.wrote).toEqual([join(folder, 'requirements.lock.txt')]);
    expect(text(folder, 'requirements.lock.txt')).toMatch(/^six==1\.16\.0\ntomli==2\.0\.1\n/m);
    expect(text(folder, 'requirements.txt')).toBe('six==1.16.0\n');
    expect(readState(folder, 'python')).toMatchObject({
      mode: 'manifest',
      manifest: 'requirements.txt',
      lock: 'requirements.lock.txt',
      inferred: [],
      unresolved: [],
      resolved: ['six==1.16.0', 'tomli==2.0.1'],
      last_status: 'ok',
      last_error: null,
    });

    const second = listener();
    await prepare(runtime(), fn, second.options);
    expect(second.progress).toEqual([]);

    writeFileSync(join(folder, 'requirements.txt'), 'six==1.17.0\n');
    await prepare(adapter, fn);
    expect(readState(folder, 'python')?.resolved).toEqual(['six==1.17.0', 'tomli==2.0.1']);
    expect(existsSync(join(folder, '.deps-new'))).toBe(false);

    // The lock alone brings the same versions elsewhere.
    writeFileSync(join(folder, 'requirements.txt'), 'six\n');
    await prepare(adapter, fn);
    expect(readState(folder, 'python')?.resolved).toContain('six==1.17.0');
    writeFileSync(
      join(folder, 'requirements.lock.txt'),
      text(folder, 'requirements.lock.txt').replace('1.17.0', '1.16.0'),
    );
    await prepare(adapter, fn);
    expect(readState(folder, 'python')?.resolved).toContain('six==1.16.0');

    // The last requirement goes, and with it what was installed.
    writeFileSync(join(folder, 'requirements.txt'), '');
    writeFileSync(fn.entry, 'pass\n');
    expect((await prepare(adapter, fn)).env).toEqual({});
    expect(readdirSync(folder).sort()).toEqual(['handler.py', 'requirements.txt']);
  });

  test('handlers share the nearest manifest, and each adds its hints', async () => {
    const root = tree({
      'requirements.txt': '# nothing yet\n',
      'a.py': '#@requirements six==1.17.0\nimport six\n',
      'deep/[id]/b.py': '#@requirements tomli==2.0.1\nimport tomli\n',
      'own/requirements.txt': '',
      'own/c.py': '',
    });
    const adapter = runtime();
    const [a, b, c] = ['a.py', 'deep/[id]/b.py', 'own/c.py'].map((path) => functionIn(root, path)) as [
      FunctionSpec,
      FunctionSpec,
      FunctionSpec,
    ];
    await Promise.all([prepare(adapter, a), prepare(adapter, b)]);
    expect(readState(root, 'python')?.resolved).toEqual(['six==1.17.0', 'tomli==2.0.1']);
    expect((await prepare(adapter, b)).env).toEqual({ PYTHONPATH: join(root, '.deps') });
    expect((await prepare(adapter, c)).env).toEqual({});
    const quiet = listener();
    await prepare(adapter, a, quiet.options);
    expect(quiet.progress).toEqual([]);
    rmSync(b.entry);
    await prepare(adapter, a);
    writeFileSync(join(root, 'requirements.txt'), '');
    await prepare(adapter, a);
    expect(readState(root, 'python')?.resolved).toEqual(['six==1.17.0']);
  });
});

describe('inference', { timeout: 120_000 }, () => {
  test('imports of handler and helpers become the manifest', async () => {
    const root = tree({
      'hello.py': 'import _dates, lib.text\n',
      '_dates.py': 'from dateutil import parser\n',
      'lib/text.py': 'from .more import x\ntry:\n    import ujson\nexcept ImportError:\n    pass\n',
      'lib/more.py': 'x = 1\n',
    });
    const { options, wrote } = listener();
    const adapter = runtime();
    await prepare(adapter, functionIn(root, 'hello.py'), options);
    expect(text(root, 'requirements.txt')).toMatch(/^#.*\npython-dateutil\n$/);
    expect(wrote).toEqual([join(root, 'requirements.txt'), join(root, 'requirements.lock.txt')]);
    expect(readState(root, 'python')).toMatchObject({ mode: 'inferred', inferred: ['python-dateutil'] });
    const resolved = readState(root, 'python')!.resolved.map((one) => one.split('==')[0]!);
    expect(resolved).toContain('python-dateutil');
    const besides = resolved.find((name) => name !== 'python-dateutil')!;
    const again = listener();
    await prepare(runtime(), functionIn(root, 'hello.py'), again.options);
    expect(again.progress).toEqual([]);
    // What came along with another package is there, and is nothing to add.
    writeFileSync(join(root, 'hello.py'), `import _dates, ${besides}\n`);
    await prepare(adapter, functionIn(root, 'hello.py'), again.options);
    expect(again.progress).toEqual([]);
  });

  test('an incomplete manifest is completed, and not otherwise touched', async () => {
    const root = tree({ 'requirements.txt': 'six==1.17.0  # pinned', 'hello.py': 'import six, tomli\n' });
    await prepare(runtime(), functionIn(root, 'hello.py'));
    expect(text(root, 'requirements.txt')).toBe('six==1.17.0  # pinned\ntomli\n');
    expect(readState(root, 'python')).toMatchObject({ mode: 'mixed', inferred: ['tomli'] });
  });

  test('without writing the manifest', async () => {
    const root = tree({ 'a.py': 'import tomli\n', 'b.py': 'import six\n' });
    const adapter = runtime({ dependencies: { writeManifest: false } });
    await prepare(adapter, functionIn(root, 'a.py'));
    await prepare(adapter, functionIn(root, 'b.py'));
    expect(existsSync(join(root, 'requirements.txt'))).toBe(false);
    expect(readState(root, 'python')).toMatchObject({
      mode: 'inferred',
      manifest: null,
      sources: { 'a.py': ['tomli'], 'b.py': ['six'] },
    });
    const quiet = listener();
    await prepare(adapter, functionIn(root, 'a.py'), quiet.options);
    expect(quiet.progress).toEqual([]);
    writeFileSync(join(root, 'a.py'), 'pass\n');
    await prepare(adapter, functionIn(root, 'a.py'));
    expect(readState(root, 'python')?.resolved).toEqual([expect.stringMatching(/^six==/)]);
  });

  test('an import that no package provides is an error, or not when that is switched off', async () => {
    const root = tree({ 'hello.py': 'import fastfn_no_such, no_such_module_of_fastfn, tomli\n' });
    const fn = functionIn(root, 'hello.py');
    await expect(prepare(runtime(), fn)).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringMatching(
        /hello\.py imports "no_such_module_of_fastfn".*requirements\.txt.*FN_AUTO_INFER_STRICT=0/,
      ),
    });
    expect(existsSync(join(root, 'requirements.txt'))).toBe(false);
    expect(existsSync(join(root, '.deps'))).toBe(false);
    const lenient = runtime({ dependencies: { strict: false } });
    await prepare(lenient, fn);
    expect(readState(root, 'python')).toMatchObject({
      unresolved: ['no_such_module_of_fastfn'],
      inferred: ['tomli'],
      last_status: 'ok',
    });
    const quiet = listener();
    await prepare(lenient, fn, quiet.options);
    expect(quiet.progress).toEqual([]);
  });

  test.for([
    ['off', { install: false }],
    ['inference off', { infer: false }],
  ] as const)('%s', async ([, dependencies]) => {
    const root = tree({ 'hello.py': 'import tomli\n' });
    expect((await prepare(runtime({ dependencies }), functionIn(root, 'hello.py'))).env).toEqual({});
    expect(readdirSync(root)).toEqual(['hello.py']);
  });

  test('what a pack provides is not inferred', async () => {
    const root = tree({ 'hello.py': 'import tomli\n', '.fastfn/packs/python/toml/.deps/tomli/__init__.py': '' });
    await prepare(runtime(), functionIn(root, 'hello.py', { sharedDeps: ['toml'] }));
    expect(existsSync(join(root, '.deps'))).toBe(false);
  });
});

describe('failures', { timeout: 120_000 }, () => {
  test('a package that does not exist', async () => {
    const root = tree({ 'requirements.txt': 'fastfn-no-such-package-1\n', 'hello.py': '' });
    await expect(prepare(runtime(), functionIn(root, 'hello.py'))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringMatching(
        /requirements\.txt could not be installed: pip install failed.*fastfn-no-such-package-1/,
      ),
      details: { output: expect.arrayContaining([expect.stringContaining('No matching distribution')]) },
    });
    expect(readState(root, 'python')).toMatchObject({
      last_status: 'failed',
      last_error: expect.stringContaining('fastfn-no-such'),
    });
    writeFileSync(join(root, 'requirements.txt'), 'six\n');
    await prepare(runtime(), functionIn(root, 'hello.py'));
    expect(readState(root, 'python')).toMatchObject({ last_status: 'ok', last_error: null });
  });

  test('a registry that cannot be reached, also for what was inferred', async () => {
    const root = tree({ 'hello.py': 'import tomli\n' });
    const toolEnv = {
      ...process.env,
      PIP_INDEX_URL: 'http://127.0.0.1:1/simple',
      PIP_FIND_LINKS: '',
      PIP_RETRIES: '0',
    };
    await expect(prepare(runtime({ toolEnv }), functionIn(root, 'hello.py'))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringContaining('The registry cannot be reached'),
    });
  });

  test('the time limit', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const root = tree({ 'requirements.txt': 'six\n', 'hello.py': '' });
    const toolEnv = { ...process.env, PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`, PIP_FIND_LINKS: '' };
    await expect(
      prepare(runtime({ toolEnv, installTimeoutMs: 1500 }), functionIn(root, 'hello.py')),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/pip install was stopped after its time limit/),
    });
    expect(existsSync(join(root, '.deps-new'))).toBe(false);
  });

  test('a Python without pip says what to install', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'fastfn-nopip-'));
    onTestFinished(() => rmSync(bare, { recursive: true, force: true }));
    spawnSync('python3', ['-m', 'venv', '--without-pip', bare]);
    const root = tree({ 'requirements.txt': 'six\n', 'hello.py': '' });
    await expect(
      prepare(runtime({ bin: join(bare, 'bin/python') }), functionIn(root, 'hello.py')),
    ).rejects.toMatchObject({
      message: expect.stringContaining('apt install python3-pip'),
    });
  });

  test.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'a full disk leaves what was there',
    async () => {
      const root = tree({ 'requirements.txt': 'six==1.16.0\n', 'hello.py': '' });
      const disk = join(root, 'disk');
      mkdirSync(disk);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', disk]);
      if (mounted.status !== 0) return;
      onTestFinished(() => void spawnSync('umount', [disk]));
      writeFileSync(join(disk, 'requirements.txt'), 'six==1.16.0\n');
      writeFileSync(join(disk, 'hello.py'), '');
      const adapter = runtime();
      await prepare(adapter, functionIn(root, 'disk/hello.py'));
      writeFileSync(join(disk, 'requirements.txt'), 'python-dateutil\n');
      await expect(prepare(adapter, functionIn(root, 'disk/hello.py'))).rejects.toMatchObject({
        code: 'dependency_failed',
        message: expect.stringContaining('The disk is full'),
      });
      expect(existsSync(join(disk, '.deps/six.py'))).toBe(true);
      expect(existsSync(join(disk, '.deps-new'))).toBe(false);
      writeFileSync(join(disk, 'requirements.txt'), 'six==1.16.0\n');
      await prepare(adapter, functionIn(root, 'disk/hello.py'));
      expect(readState(disk, 'python')).toMatchObject({ last_status: 'ok' });
    },
  );

  test('modules of the user’s that are named like pip’s own do not break it', async () => {
    const root = tree({
      'requirements.txt': 'six\n',
      'logging.py': 'raise SystemExit("mine")\n',
      'email.py': 'raise SystemExit("mine")',
    });
    await prepare(runtime(), functionIn(root, 'logging.py'));
    expect(readState(root, 'python')).toMatchObject({ last_status: 'ok' });
  });

  test('a conflict of manifest and lock is settled for the manifest', async () => {
    const root = tree({
      'requirements.txt': 'six==1.17.0\n',
      'requirements.lock.txt': '# for: other\nsix==1.16.0\n',
      'hello.py': '',
    });
    await prepare(runtime(), functionIn(root, 'hello.py'));
    expect(readState(root, 'python')?.resolved).toEqual(['six==1.17.0']);
  });
});

test('uv is used where it is', { timeout: 60_000 }, async () => {
  const root = tree({ 'requirements.txt': 'six\n', 'hello.py': '' });
  const bin = join(root, '.bin');
  mkdirSync(bin);
  // Says what it was asked, and does what pip would.
  writeFileSync(
    join(bin, 'uv'),
    `#!/bin/sh\necho "$@" > ${root}/.asked\nshift 4; while [ "$1" != --target ]; do shift; done\nmkdir -p "$2/six-9.dist-info"; printf 'Name: six\\nVersion: 9\\n' > "$2/six-9.dist-info/METADATA"\n`,
  );
  chmodSync(join(bin, 'uv'), 0o755);
  const toolEnv = { ...process.env, PATH: `${bin}:${process.env.PATH}`, PIP_INDEX_URL: 'https://index.example/simple' };
  await prepare(runtime({ toolEnv }), functionIn(root, 'hello.py'));
  expect(text(root, '.asked')).toMatch(/^pip install --python .*\/python --target .*\/\.deps-new --compile-bytecode/);
  expect(readState(root, 'python')?.resolved).toEqual(['six==9']);
});

describe('packs', { timeout: 120_000 }, () => {
  const pack = '.fastfn/packs/python/tools';

  test('are installed from their requirements.txt, once for all who name them, beside their own modules', async () => {
    const root = tree({
      [`${pack}/requirements.txt`]: 'six==1.16.0\n',
      [`${pack}/tools.py`]: 'import six\nVERSION = six.__version__\n',
      'a/handler.py': 'import six, tools\n',
      'b/handler.py': 'import tools\n',
    });
    const adapter = runtime();
    const [one, two] = [listener(), listener()];
    const prepared = await Promise.all([
      prepare(adapter, functionIn(root, 'a/handler.py', { sharedDeps: ['tools'] }), one.options),
      prepare(adapter, functionIn(root, 'b/handler.py', { sharedDeps: ['tools'] }), two.options),
    ]);
    for (const { env } of prepared) {
      const code = 'import tools; print(tools.VERSION)';
      const run = spawnSync(join(venv, 'bin/python'), ['-c', code], { env, encoding: 'utf8' });
      expect(run).toMatchObject({ stdout: '1.16.0\n' });
    }
    expect(readState(join(root, pack), 'python')).toMatchObject({ last_status: 'ok', resolved: ['six==1.16.0'] });
    // Told to those who waited when it began: one of them, or both.
    const told = [one, two].map(({ progress }) => progress.filter((line) => line.startsWith('installing')).length);
    expect(Math.max(...told)).toBe(1);
    // What the pack brings is nothing that the functions have to install.
    expect(readdirSync(join(root, 'a'))).toEqual(['handler.py']);
    expect(one.reads).toContain(join(root, pack, 'requirements.txt'));

    writeFileSync(join(root, pack, 'requirements.txt'), 'six==1.17.0\n');
    await prepare(adapter, functionIn(root, 'a/handler.py', { sharedDeps: ['tools'] }));
    expect(readState(join(root, pack), 'python')).toMatchObject({ resolved: ['six==1.17.0'] });
  });

  test('that cannot be installed fail whoever names them, and nobody else', async () => {
    const root = tree({ [`${pack}/requirements.txt`]: 'fastfn-no-such-package-1\n', 'a/handler.py': '' });
    const adapter = runtime();
    await expect(prepare(adapter, functionIn(root, 'a/handler.py', { sharedDeps: ['tools'] }))).rejects.toMatchObject({
      code: 'dependency_failed',
      message: expect.stringMatching(/\.fastfn\/packs\/python\/tools\/requirements\.txt.*fastfn-no-such-package-1/),
    });
    await prepare(adapter, functionIn(root, 'a/handler.py'));
  });

  test('that do not exist are pack_not_found', async () => {
    const root = tree({ [`${pack}/tools.py`]: '', 'a/handler.py': '' });
    await expect(prepare(runtime(), functionIn(root, 'a/handler.py', { sharedDeps: ['tolls'] }))).rejects.toMatchObject(
      { code: 'pack_not_found', message: expect.stringMatching(/"tolls".*"tools"/) },
    );
  });
});
