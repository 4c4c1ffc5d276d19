import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionSpec, type Manifest, POLICY_DEFAULTS } from '@fastfn/core';
import { describe, expect, it } from 'vitest';
import { complaints, discoverTree, type Files, routes, tree, write } from '../test/fixture.js';
import { DiscoveryCache } from './cache.js';

function fn(manifest: Manifest, name: string, version = 'default'): FunctionSpec {
  const found = manifest.functions.find((spec) => spec.name === name && spec.version === version);
  if (found === undefined) throw new Error(`no ${name}@${version} in ${manifest.functions.map(({ key }) => key)}`);
  return found;
}

const found = (files: Files) => discoverTree(tree(files));

describe('overlays', () => {
  const files: Files = {
    'fn.config.json': { timeoutMs: 100, memoryMb: 64, group: 'all', invoke: { methods: ['POST'], tags: ['root'] } },
    'hello.js': '',
    'a/fn.config.json': { timeoutMs: 200, invoke: { methods: ['PUT'] }, workerPool: { maxWorkers: 2 } },
    'a/list.js': '',
    'a/get.one.js': '',
    'a/b/fn.config.json': { maxConcurrency: 3, workerPool: { maxQueue: 5 } },
    'a/b/handler.js': '',
  };

  it('reach the functions of their folder and below, the nearest winning key by key', () => {
    const manifest = found(files);
    expect(fn(manifest, 'hello.js').policy).toMatchObject({ timeoutMs: 100, memoryMb: 64 });
    expect(fn(manifest, 'a/list.js').policy).toMatchObject({ timeoutMs: 200, memoryMb: 64, maxConcurrency: 0 });
    expect(fn(manifest, 'a/b')).toMatchObject({
      group: 'all',
      policy: { timeoutMs: 200, memoryMb: 64, maxConcurrency: 3, workerPool: { maxWorkers: 2, maxQueue: 5 } },
      docs: { tags: ['root'] },
    });
    expect(routes(manifest)).toEqual([
      'GET /a/one → a/get.one.js',
      'POST /hello → hello.js',
      'PUT /a/b → a/b',
      'PUT /a/list → a/list.js',
    ]);
  });

  it('are no identity: an explicit config is for its function alone', () => {
    const manifest = found({
      'a/fn.config.json': { name: 'a', timeoutMs: 200 },
      'a/handler.js': '',
      'a/get.one.js': '',
      'a/b/handler.js': '',
    });
    expect(['a', 'a/get.one.js', 'a/b'].map((name) => fn(manifest, name).policy.timeoutMs)).toEqual([
      200, 30_000, 30_000,
    ]);
  });

  it('keep a schedule to the functions of their own folder', () => {
    const schedule = { enabled: true, everyMs: 1000 };
    const manifest = found({
      'tasks/fn.config.json': { schedule },
      'tasks/clean.js': '',
      'tasks/deep/more.js': '',
      'job/fn.config.json': { schedule },
      'job/handler.js': '',
      'job/get.status.js': '',
      'job/v2/handler.js': '',
    });
    expect(manifest.functions.filter((spec) => spec.policy.schedule).map((spec) => spec.key)).toEqual([
      'node/job@default',
      'node/tasks/clean.js@default',
    ]);
  });

  it('use the project’s defaults where nothing is said', () => {
    const policyDefaults = { ...POLICY_DEFAULTS, timeoutMs: 5, strictFs: false };
    const manifest = discoverTree(tree({ 'a.js': '' }), { policyDefaults });
    expect(fn(manifest, 'a.js').policy).toMatchObject({ timeoutMs: 5, strictFs: false });
  });
});

describe('versions', () => {
  const explicit = {
    name: 'hi',
    timeoutMs: 100,
    maxConcurrency: 7,
    schedule: { enabled: true, everyMs: 5 },
    invoke: { methods: ['POST'], routes: ['/r'], handler: 'run', forceUrl: true },
  };

  it.each([
    ['an explicit config', explicit],
    ['an overlay', { ...explicit, name: undefined, invoke: { ...explicit.invoke, routes: undefined } }],
  ])('fall back to %s of their function, but for schedule and routes', (_, config) => {
    const manifest = found({
      'hello/fn.config.json': config,
      'hello/handler.js': '',
      'hello/v2/fn.config.json': { timeoutMs: 50, invoke: { summary: 'two' } },
      'hello/v2/handler.js': '',
    });
    const version = fn(manifest, config.name ?? 'hello', 'v2');
    expect(version).toMatchObject({
      handler: 'run',
      docs: { summary: 'two' },
      policy: { timeoutMs: 50, maxConcurrency: 7, schedule: null },
    });
    const claims = manifest.claims.filter((claim) => claim.fn === version);
    expect(claims).toMatchObject([
      { pattern: `/${version.name}@v2`, methods: ['POST'], origin: 'version', rank: 1, force: false },
    ]);
  });

  it('have their own env over that of the function', () => {
    const manifest = found({
      'hello/fn.env.json': { A: '1', B: '1' },
      'hello/handler.js': '',
      'hello/v2/fn.env.json': { B: '2', A: null },
      'hello/v2/handler.js': '',
    });
    expect(fn(manifest, 'hello').env).toEqual({ A: '1', B: '1' });
    expect(fn(manifest, 'hello', 'v2').env).toEqual({ B: '2' });
  });

  it('have routes of their own, but no force of their own', () => {
    const files = {
      'hello/handler.js': '',
      'hello/v2/fn.config.json': { invoke: { routes: ['/new'], forceUrl: true } },
      'hello/v2/handler.js': '',
    };
    const force = (forceUrl: boolean) =>
      discoverTree(tree(files), { forceUrl }).claims.find((claim) => claim.pattern === '/new')?.force;
    expect([force(false), force(true)]).toEqual([false, true]);
  });
});

describe('claims', () => {
  it('carry rank, origin, force, hosts and source', () => {
    const manifest = found({
      'a/fn.config.json': { invoke: { routes: ['/r'], forceUrl: true, allowHosts: ['x.test'] } },
      'a/handler.js': '',
      'm/fn.routes.json': { routes: { 'GET,POST /m/:id': 'x.js' } },
      'm/x.js': '',
    });
    const facts = manifest.claims.map(({ fn: owner, ...claim }) => ({ ...claim, fn: owner.key }));
    const a = { fn: 'node/a@default', methods: ['GET'], hosts: ['x.test'] };
    expect(facts).toEqual([
      { ...a, pattern: '/a', rank: 1, force: false, origin: 'file', source: 'a/handler.js' },
      { ...a, pattern: '/a/*', rank: 1, force: false, origin: 'file', source: 'a/handler.js' },
      { ...a, pattern: '/r', rank: 3, force: true, origin: 'policy', source: 'a/fn.config.json' },
      {
        fn: 'node/m/x.js@default',
        methods: ['GET', 'POST'],
        hosts: [],
        pattern: '/m/:id',
        rank: 2,
        force: false,
        origin: 'manifest',
        source: 'm/fn.routes.json',
      },
    ]);
  });

  it('two folders whose names differ in case claim one URL', () => {
    const manifest = found({ 'Users/get.js': '', 'users/get.js': '' });
    expect(routes(manifest)).toEqual(['GET /users → Users/get.js', 'GET /users → users/get.js']);
  });

  it('are refused for reserved URLs', () => {
    const manifest = found({
      'console/get.js': '',
      'console/x/handler.js': '',
      'a/fn.config.json': { name: '_fn/x' },
      'a/handler.js': '',
    });
    expect(manifest.claims).toEqual([]);
    expect(complaints(manifest)).toEqual([
      'reserved_route a/handler.js',
      'reserved_route a/handler.js',
      'reserved_route console/get.js',
      'reserved_route console/x/handler.js',
    ]);
  });

  it('point to the very route of invoke.routes that is wrong', () => {
    const { diagnostics } = found({ 'a/fn.config.json': { invoke: { routes: ['/ok', 'bad'] } }, 'a/handler.js': '' });
    expect(diagnostics).toEqual([
      {
        code: 'invalid_route',
        severity: 'warning',
        file: 'a/fn.config.json',
        key: 'invoke.routes.1',
        message: 'The route "bad" is refused: it does not begin with "/".',
        fix: 'Write "/bad".',
      },
    ]);
  });
});

describe('identity', () => {
  it('names files by path, folders by folder, and knows aliases', () => {
    const manifest = found({
      'users/index.js': '',
      'users/[id].js': '',
      'Team/hello/handler.py': '',
      'x/fn.config.json': { name: 'y/z' },
      'x/handler.js': '',
      'go/tool/handler.go': '',
    });
    expect(Object.fromEntries(manifest.functions.map(({ key, aliases }) => [key, aliases]))).toEqual({
      'python/Team/hello@default': ['team/hello', 'Team/hello/handler.py'],
      'go/tool@default': ['go/tool', 'go/tool/handler.go'],
      'node/users@default': ['users/index.js'],
      'node/users/[id].js@default': ['users/[id]'],
      'node/y/z@default': ['x', 'x/handler.js'],
    });
  });

  it('gives absolute paths, and the own folder outside brackets', () => {
    const root = tree({
      'orders/[id]/get.py': '',
      'orders/[id]/items/get.py': '',
      'shop/fn.config.json': { entrypoint: 'src/app.py' },
      'shop/src/app.py': '',
      '[tenant]/get.js': '',
    });
    const manifest = discoverTree(root);
    const places = Object.fromEntries(
      manifest.functions.map(({ name, folder, ownFolder, entry }) => [name, [folder, ownFolder, entry]]),
    );
    const at = (...paths: string[]) => paths.map((path) => join(root, path));
    expect(places).toEqual({
      'orders/[id]/get.py': at('orders/[id]', 'orders', 'orders/[id]/get.py'),
      'orders/[id]/items/get.py': at('orders/[id]/items', 'orders/[id]/items', 'orders/[id]/items/get.py'),
      shop: at('shop', 'shop', 'shop/src/app.py'),
      '[tenant]/get.js': at('[tenant]', '', '[tenant]/get.js'),
    });
    expect(manifest.functions.every((spec) => spec.root === root)).toBe(true);
  });

  it('is the same for the same tree', () => {
    const root = tree({
      'fn.config.json': { timeoutMs: 1 },
      'a/fn.env.json': { A: '1', $secretNames: ['S'] },
      'a/handler.js': '// @summary x',
      'a/v2/handler.js': '',
      'broken/fn.config.json': 'no',
      'broken/handler.js': '',
    });
    expect(discoverTree(root)).toEqual(discoverTree(root));
  });

  it('takes hints below config', () => {
    const manifest = found({
      'a/fn.config.json': { invoke: { summary: 'from config' } },
      'a/handler.js': '// @summary from hint\n// @tags x\n// @query nonsense',
    });
    expect(fn(manifest, 'a').docs).toMatchObject({ summary: 'from config', tags: ['x'] });
    expect(manifest.diagnostics).toMatchObject([{ code: 'invalid_hint', file: 'a/handler.js', line: 3 }]);
  });

  it('takes hints from the cache only while the file is the same', () => {
    const root = tree({ 'a.js': '// @summary one', 'b.js': '// @summary b' });
    const cache = new DiscoveryCache();
    const summaries = () => discoverTree(root, { cache }).functions.map((spec) => spec.docs.summary);
    expect(summaries()).toEqual(['one', 'b']);
    write(root, { 'a.js': '// @summary three' });
    expect(summaries()).toEqual(['three', 'b']);
    rmSync(join(root, 'b.js'));
    expect(summaries()).toEqual(['three']);
    expect(summaries()).toEqual(['three']);
  });
});

describe('broken config files', () => {
  it('make their functions, and those below, answer invalid_config; others go on', () => {
    const manifest = found({
      'a/fn.config.json': '{"timeout_ms": }',
      'a/handler.js': '',
      'a/get.x.js': '',
      'a/b/handler.js': '',
      'c/fn.env.json': 'no',
      'c/handler.js': '',
      'd/handler.js': '',
    });
    const errors = Object.fromEntries(manifest.functions.map((spec) => [spec.name, spec.configError?.code ?? null]));
    expect(errors).toEqual({
      a: 'invalid_config',
      'a/get.x.js': 'invalid_config',
      'a/b': 'invalid_config',
      c: 'invalid_config',
      d: null,
    });
    const error = fn(manifest, 'a').configError!;
    expect(error.message).toBe('The configuration is invalid: a/fn.config.json: not valid JSON: SyntaxError');
    expect(error.details).toEqual({
      problems: [{ file: 'a/fn.config.json', message: 'not valid JSON: SyntaxError' }],
    });
    expect(complaints(manifest)).toEqual(['invalid_config a/fn.config.json', 'invalid_config c/fn.env.json']);
    expect(routes(manifest)).toContain('GET /a → a');
  });
});

describe('fn.routes.json', () => {
  it('describes a nested folder alone', () => {
    const manifest = found({
      'api/fn.routes.json': { routes: { 'GET /v/:id': 'one.js', '/v': 'one.js', 'POST /deep': 'src/two.py' } },
      'api/one.js': '',
      'api/get.hidden.js': '',
      'api/src/two.py': '',
      'api/sub/get.js': '',
      'api/sub/fn.config.json': { timeoutMs: 9 },
      'other.js': '',
    });
    expect(routes(manifest)).toEqual([
      'GET /other → other.js',
      'GET /v → api/one.js',
      'GET /v/:id → api/one.js',
      'POST /deep → api/src/two.py',
    ]);
    expect(manifest.functions).toHaveLength(3);
  });

  it('joins the files’ routes at the root', () => {
    const manifest = found({
      'fn.routes.json': { routes: { '/people': 'users/index.js', '/hello': 'src/hello.js', '/loose': 'hello.js' } },
      'users/index.js': '',
      'hello.js': '',
      'src/hello.js': '',
    });
    expect(routes(manifest)).toEqual([
      'GET /hello → hello.js',
      'GET /hello → src/hello.js',
      'GET /loose → hello.js',
      'GET /people → users',
      'GET /users → users',
    ]);
  });

  it('gives its functions the overlays, env and faults of the folder of their file', () => {
    const manifest = found({
      'api/fn.routes.json': { routes: { '/a': 'a.js', '/b': 'sub/b.js', '/c': 'src/c.js' } },
      'api/fn.config.json': { timeoutMs: 5, name: 'ignored' },
      'api/a.js': '',
      'api/sub/fn.config.json': { timeoutMs: 6 },
      'api/sub/fn.env.json': { X: '1' },
      'api/sub/b.js': '',
      'api/src/c.js': '',
    });
    expect(fn(manifest, 'api/a.js').policy.timeoutMs).toBe(5);
    expect(fn(manifest, 'api/sub/b.js')).toMatchObject({ policy: { timeoutMs: 6 }, env: { X: '1' } });
    expect(fn(manifest, 'api/src/c.js').policy.timeoutMs).toBe(5);
    expect(complaints(manifest)).toEqual(['config_identity_ignored api/fn.config.json']);
  });

  it('tells what is wrong with an entry, and keeps the others', () => {
    const manifest = found({
      'api/fn.routes.json': {
        routes: {
          '/ok': 'x.js',
          '/missing': 'nope.js',
          '/out': '../secret.js',
          '/folder': 'sub',
          '/type': 'data.json',
          '/_fn/x': 'x.js',
          relative: 'x.js',
        },
      },
      'api/x.js': '',
      'api/sub/y.js': '',
      'api/data.json': '{}',
      'secret.js': '',
    });
    expect(routes(manifest)).toEqual(['GET /ok → api/x.js', 'GET /secret → secret.js']);
    expect(manifest.diagnostics.map(({ code, key }) => [code, key])).toEqual([
      ['invalid_route', 'relative'],
      ['reserved_route', '/_fn/x'],
      ['target_missing', '/missing'],
      ['target_missing', '/folder'],
      ['target_outside', '/out'],
      ['unknown_extension', '/type'],
    ]);
  });

  it('broken and never good: nothing in the folder is exposed', () => {
    const manifest = found({ 'api/fn.routes.json': 'no', 'api/get.x.js': '' });
    expect(manifest.functions).toEqual([]);
    expect(complaints(manifest)).toEqual(['invalid_config api/fn.routes.json']);
  });
});

describe('homes and assets', () => {
  it('walkthrough D: gives the router the homes of folders, absolute', () => {
    const manifest = found({
      'portal/fn.config.json': { home: { route: 'dashboard' } },
      'portal/get.dashboard.js': '',
      'old/fn.config.json': { home: { redirect: '/portal' } },
      'docs/fn.config.json': { home: { route: '/_fn/docs' } },
      'self/fn.config.json': { home: { route: '/self' } },
      'bad/fn.config.json': { home: { route: '../x' } },
    });
    expect(manifest.homes).toEqual([
      { pattern: '/docs', route: '/_fn/docs', redirect: null, source: 'docs/fn.config.json' },
      { pattern: '/old', route: null, redirect: '/portal', source: 'old/fn.config.json' },
      { pattern: '/portal', route: '/portal/dashboard', redirect: null, source: 'portal/fn.config.json' },
    ]);
    expect(complaints(manifest)).toEqual(['invalid_home bad/fn.config.json', 'invalid_home self/fn.config.json']);
    expect(manifest.rootHome).toBeNull();
  });

  it.each([
    [{ route: 'dashboard' }, { route: '/dashboard' }],
    [{ route: '/a/b' }, { route: '/a/b' }],
    [{ redirect: 'https://example.com' }, { redirect: 'https://example.com' }],
    [{ route: '/' }, null],
  ])('root home %j is %j', (home, expected) => {
    expect(found({ 'fn.config.json': { home }, 'dashboard.js': '' }).rootHome).toEqual(expected);
  });

  it('never scans the assets', () => {
    const assets = { directory: 'public', notFoundHandling: '404', runWorkerFirst: false };
    const manifest = found({
      'fn.config.json': { assets },
      'public/app.js': '',
      'public/x/handler.js': '',
      'api.js': '',
    });
    expect(routes(manifest)).toEqual(['GET /api → api.js']);
    expect(manifest.assets).toEqual(assets);
  });

  it.each([
    ['.', 'invalid_assets'],
    ['..', 'invalid_assets'],
    ['/etc', 'invalid_assets'],
    ['file.js', 'invalid_assets'],
    ['nope', 'assets_missing'],
  ])('passes over the assets folder "%s"', (directory, code) => {
    const manifest = found({ 'fn.config.json': { assets: { directory } }, 'file.js': '' });
    expect(manifest.assets).toBeNull();
    expect(manifest.diagnostics).toMatchObject([{ code, file: 'fn.config.json', key: 'assets.directory' }]);
    expect(routes(manifest)).toEqual(['GET /file → file.js']);
  });
});

describe('runtimes', () => {
  const files = { 'a.js': '', 'b.py': '', 'c/handler.php': '', 'c/lib.js': '', 'd.php': '' };

  it('leave out what is switched off, once told, and expose no helpers of it', () => {
    const manifest = discoverTree(tree(files), { runtimes: ['node'] });
    expect(routes(manifest)).toEqual(['GET /a → a.js']);
    expect(complaints(manifest)).toEqual(['runtime_disabled b.py', 'runtime_disabled d.php']);
    expect(manifest.diagnostics[1]!.message).toContain('(and 1 more)');
  });

  it('win a folder in their order', () => {
    const poly = { 'poly/handler.js': '', 'poly/handler.py': '' };
    const winner = (runtimes: ('node' | 'python')[]) => discoverTree(tree(poly), { runtimes }).functions[0]!.runtime;
    expect([winner(['node', 'python']), winner(['python', 'node'])]).toEqual(['node', 'python']);
  });
});
