import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { FastFnError, type FunctionSpec, type Prepared } from '@fastfn/core';
import { readState } from '@fastfn/dependencies';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPhpRuntime, type PhpRuntimeOptions } from '../src/index.js';
import { PHP, tree } from './php-host.js';

const hasComposer = spawnSync('composer', ['--version'], { stdio: 'ignore' }).status === 0;

/** A package that needs no registry. */
function library(name: string, version = '1.0.0'): string {
  return JSON.stringify({ name, version, autoload: { 'psr-4': { 'Tiny\\': 'src/' } } });
}

function manifest(paths: readonly string[], require: Readonly<Record<string, string>>): string {
  const repositories = [
    ...paths.map((url) => ({ type: 'path', url, options: { symlink: false } })),
    { 'packagist.org': false },
  ];
  return JSON.stringify({ repositories, require });
}

const CLASS = '<?php\nnamespace Tiny;\nfinal class Hello { public static function say(): string { return "tiny"; } }\n';
const HANDLER = '<?php\nfunction handler($event) { return Tiny\\Hello::say(); }\n';

function prepare(
  root: string,
  fn: Partial<FunctionSpec> & Pick<FunctionSpec, 'folder'>,
  options: PhpRuntimeOptions = {},
): Promise<Prepared> & { reads: string[]; progress: string[] } {
  const php = createPhpRuntime({ bin: PHP, ...options });
  onTestFinished(() => php.close?.());
  const reads: string[] = [];
  const progress: string[] = [];
  const spec = { name: 'fn', root, ownFolder: fn.folder, entry: `${fn.folder}/handler.php`, sharedDeps: [], ...fn };
  const running = php.prepare!({ runtime: 'php', ...spec } as unknown as FunctionSpec, {
    signal: new AbortController().signal,
    progress: (line) => progress.push(line),
    reads: (files) => reads.push(...files),
  });
  return Object.assign(running, { reads, progress });
}

async function refusal(running: Promise<unknown>): Promise<FastFnError> {
  const error = await running.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FastFnError);
  return error as FastFnError;
}

describe('without composer', () => {
  it('a function without composer.json needs nothing', async () => {
    const { root, path } = tree({ 'fn/handler.php': HANDLER });
    const running = prepare(root, { folder: path('fn') }, { composer: '/nowhere/composer' });
    expect(await running).toEqual({ entry: path('fn/handler.php'), env: {}, readPaths: [] });
    expect(running.reads).toContain(path('fn/composer.json'));
  });

  it('a composer.json is dependency_failed, naming what to install', async () => {
    const { root, path } = tree({ 'fn/handler.php': HANDLER, 'fn/composer.json': '{"require": {}}' });
    const error = await refusal(prepare(root, { folder: path('fn') }, { composer: '/nowhere/composer' }));
    expect(error.code).toBe('dependency_failed');
    expect(error.message).toMatch(
      /fn\/composer\.json .*\/nowhere\/composer was not found.*apt install composer.*FN_COMPOSER_BIN/,
    );
  });

  it('nothing is installed where that is switched off; what lies there is used', async () => {
    const { root, path } = tree({
      'fn/handler.php': HANDLER,
      'fn/composer.json': '{}',
      'fn/vendor/autoload.php': '<?php\n',
    });
    const options = { composer: '/nowhere/composer', install: false };
    const prepared = await prepare(root, { folder: path('fn') }, options);
    expect(prepared.env).toEqual({ FASTFN_PHP_AUTOLOAD: path('fn/vendor/autoload.php') });
    expect(prepared.readPaths).toEqual([path('fn/vendor')]);
  });

  it.each([
    ['{"require": ', /composer\.json cannot be read/],
    ['[]', /composer\.json is no JSON object/],
  ])('a broken manifest %j is told', async (text, says) => {
    const { root, path } = tree({ 'fn/handler.php': HANDLER, 'fn/composer.json': text });
    const error = await refusal(prepare(root, { folder: path('fn') }));
    expect(error.code).toBe('dependency_failed');
    expect(error.message).toMatch(says);
  });

  it('a tool of one’s own is run with the environment of tools, and its last lines are told', async () => {
    const { root, path } = tree({
      'fn/handler.php': HANDLER,
      'fn/composer.json': '{}',
      composer: '#!/bin/sh\necho "token $FN_ADMIN_TOKEN mirror $MIRROR $*"\necho "  Problem 1: nope" >&2\nexit 2\n',
    });
    chmodSync(path('composer'), 0o755);
    const toolEnv = { PATH: process.env.PATH, MIRROR: 'here', FN_ADMIN_TOKEN: 'hidden' };
    const error = await refusal(prepare(root, { folder: path('fn') }, { composer: path('composer'), toolEnv }));
    expect(error.message).toMatch(/composer install failed with exit code 2/);
    expect(JSON.stringify(error.details)).toMatch(/token {2}mirror here install --no-interaction.*Problem 1: nope/);
  });
});

describe('packs', () => {
  it('one that does not exist is pack_not_found, naming those that do', async () => {
    const { root, path } = tree({ 'fn/handler.php': '', '.fastfn/packs/php/other/x.php': '<?php\n' });
    const error = await refusal(prepare(root, { folder: path('fn'), sharedDeps: ['absent'] }));
    expect(error.code).toBe('pack_not_found');
    expect(error.message).toMatch(/"absent".*\.fastfn\/packs\/php\/absent.*"other"/);
  });

  it('plain files are found by require', async () => {
    const { root, path } = tree({ 'fn/handler.php': '', '.fastfn/packs/php/tools/tools.php': '<?php\n' });
    const prepared = await prepare(root, { folder: path('fn'), sharedDeps: ['tools'] });
    expect(prepared.env).toEqual({ FASTFN_PHP_INCLUDE: path('.fastfn/packs/php/tools') });
    expect(prepared.readPaths).toEqual([path('.fastfn/packs/php/tools')]);
  });
});

describe.skipIf(!hasComposer && process.env.FASTFN_REQUIRE_RUNTIMES !== 'all')(
  'with composer',
  { timeout: 60_000 },
  () => {
    it('installs, writes state and lock, and does nothing the second time', async () => {
      const { root, path, write } = tree({
        'lib/composer.json': library('acme/tiny'),
        'lib/src/Hello.php': CLASS,
        'fn/handler.php': HANDLER,
        'fn/composer.json': manifest(['../lib'], { 'acme/tiny': '*' }),
      });
      const first = prepare(root, { folder: path('fn') });
      const prepared = await first;
      expect(prepared.env).toEqual({ FASTFN_PHP_AUTOLOAD: path('fn/vendor/autoload.php') });
      expect(first.progress.join('\n')).toMatch(/installing fn\/composer\.json with composer/);
      expect(JSON.parse(readFileSync(path('fn/.fastfn-deps-state.json'), 'utf8'))).toMatchObject({
        runtime: 'php',
        mode: 'manifest',
        manifest: 'composer.json',
        lock: 'composer.lock',
        resolved: ['acme/tiny@1.0.0'],
        last_status: 'ok',
      });
      const run = spawnSync(PHP, ['-r', `require '${path('fn/vendor/autoload.php')}'; echo Tiny\\Hello::say();`]);
      expect(run.stdout.toString()).toBe('tiny');

      const second = prepare(root, { folder: path('fn') }, { composer: '/nowhere/composer' });
      await second;
      expect(second.progress).toEqual([]);

      // A second package, which the lock does not have.
      write('more/composer.json', JSON.stringify({ name: 'acme/more', version: '2.0.0' }));
      write('fn/composer.json', manifest(['../lib', '../more'], { 'acme/tiny': '*', 'acme/more': '^2' }));
      await prepare(root, { folder: path('fn') });
      expect(existsSync(path('fn/vendor/acme/more/composer.json'))).toBe(true);
    });

    it('a package that does not exist is told by name', async () => {
      const { root, path } = tree({
        'fn/handler.php': HANDLER,
        'fn/composer.json': manifest([], { 'acme/absent': '*' }),
      });
      const error = await refusal(prepare(root, { folder: path('fn') }));
      expect(error.code).toBe('dependency_failed');
      expect(JSON.stringify([error.message, error.details])).toMatch(/acme\/absent/);
    });

    it('a pack is installed once for all, and is loaded after the function’s own packages', async () => {
      const { root, path } = tree({
        'lib/composer.json': library('acme/tiny'),
        'lib/src/Hello.php': CLASS,
        'fn/handler.php': HANDLER,
        '.fastfn/packs/php/tiny/composer.json': manifest(['../../../../lib'], { 'acme/tiny': '*' }),
      });
      const [one, two] = await Promise.all([
        prepare(root, { folder: path('fn'), sharedDeps: ['tiny'] }),
        prepare(root, { folder: path('fn'), sharedDeps: ['tiny'] }),
      ]);
      expect(one).toEqual(two);
      expect(one.env.FASTFN_PHP_AUTOLOAD).toBe(path('.fastfn/packs/php/tiny/vendor/autoload.php'));
      expect(existsSync(path('.fastfn/packs/php/tiny/.fastfn-deps-state.json'))).toBe(true);
    });

    it('a registry that cannot be reached: its words, and what to look at', async () => {
      const { root, path } = tree({ 'fn/handler.php': HANDLER, 'fn/composer.json': '{"require":{"psr/log":"^3"}}' });
      const nowhere = 'http://127.0.0.1:1';
      const toolEnv = { ...process.env, https_proxy: nowhere, http_proxy: nowhere, COMPOSER_HOME: path('home') };
      const error = await refusal(prepare(root, { folder: path('fn') }, { toolEnv }));
      expect(error.code).toBe('dependency_failed');
      expect(error.message).toMatch(
        /fn\/composer\.json could not be installed: composer install failed with exit code \d+: .*could not be downloaded.*The registry cannot be reached/,
      );
      expect(JSON.stringify(error.details)).not.toMatch(/--prefer-source|RemoteFilesystem\.php/);
      expect(readState(path('fn'), 'php')).toMatchObject({ last_status: 'failed', last_error: error.message });
    });

    it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
      'a full disk, and one with room again',
      async () => {
        const { root, path, write } = tree({
          'lib/composer.json': library('acme/tiny'),
          'lib/src/Hello.php': CLASS,
          'lib/data.bin': 'x'.repeat(1 << 20),
        });
        mkdirSync(path('disk'));
        if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', path('disk')]).status !== 0) return;
        onTestFinished(() => void spawnSync('umount', ['-l', path('disk')]));
        write('disk/handler.php', HANDLER);
        write('disk/composer.json', manifest(['../lib'], { 'acme/tiny': '*' }));
        const error = await refusal(prepare(root, { folder: path('disk') }));
        expect(error.code).toBe('dependency_failed');
        expect(error.message).toMatch(/The disk is full: make room/);
        // What was copied by halves is not taken for a package.
        spawnSync('mount', ['-o', 'remount,size=8m', path('disk')]);
        const prepared = await prepare(root, { folder: path('disk') });
        expect(prepared.env).toEqual({ FASTFN_PHP_AUTOLOAD: path('disk/vendor/autoload.php') });
        expect(statSync(path('disk/vendor/acme/tiny/data.bin')).size).toBe(1 << 20);
        expect(existsSync(path('disk/vendor/acme/tiny/src/Hello.php'))).toBe(true);
      },
    );
  },
);
