import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/temp-dir.js';
import { describeEnv } from '../env/describe.js';
import { OptionsError } from '../errors.js';
import { loadOptions } from './load.js';
import type { LoadOptionsInput } from './options.js';

const load = (cwd: string, input: Partial<LoadOptionsInput> = {}) =>
  loadOptions({ command: 'dev', cwd, env: {}, ...input });

function refused(cwd: string, input: Partial<LoadOptionsInput> = {}): OptionsError {
  try {
    load(cwd, input);
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error('The options were accepted');
}

describe('loadOptions', () => {
  it('has a default for everything', () => {
    const { dir } = tempDir();
    const { options, sources, diagnostics } = load(dir);
    expect(diagnostics).toEqual([]);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
    expect(options).toEqual({
      mode: 'dev',
      root: dir,
      projectDir: dir,
      projectFile: null,
      host: '127.0.0.1',
      port: 8080,
      gateways: 1,
      publicBaseUrl: null,
      trustedProxies: ['127.0.0.0/8', '::1/128'],
      docsEnabled: true,
      openapiIncludeInternal: false,
      homeFunction: null,
      homeRedirect: null,
      maxAssetBytes: 33_554_432,
      httpVerifyTls: true,
      domains: [],
      namespaceDepth: 3,
      ignoreDirs: [],
      forceUrl: false,
      strict: false,
      policyDefaults: { timeoutMs: 30_000, maxConcurrency: 0, maxBodyBytes: 1_048_576, strictFs: true },
      strictFsAllow: [],
      runtimes: ['go', 'lua', 'node', 'php', 'python', 'rust'],
      runtimeDaemons: { node: 1, python: 1, php: 1, lua: 1, rust: 1, go: 1 },
      runtimeSockets: {},
      runtimeBinaries: {},
      socketBaseDir: null,
      maxFrameBytes: 16_777_216,
      healthIntervalMs: 2000,
      buildTimeoutMs: { rust: 20_000, go: 20_000 },
      autoDeps: {
        python: true,
        node: true,
        php: true,
        inferPython: true,
        inferNode: true,
        inferWriteManifest: true,
        inferStrict: true,
      },
      hotReload: true,
      hotReloadDebounceMs: 50,
      hotReloadWatchdog: true,
      hotReloadIntervalMs: 2000,
      adminApiEnabled: true,
      adminToken: null,
      console: {
        uiEnabled: true,
        apiEnabled: true,
        writeEnabled: false,
        localOnly: true,
        login: null,
        sessionTtlMs: 43_200_000,
        rateLimit: { max: 600, windowMs: 60_000 },
      },
      scheduler: { enabled: true },
      jobs: {
        enabled: true,
        maxConcurrency: 2,
        maxResultBytes: 262_144,
        maxQueued: 100_000,
        keepFinished: 10_000,
        keepHours: 168,
        callbackSecret: null,
        callbackAllowPrivate: false,
        leaseMs: 20_000,
      },
      stateDir: join(dir, '.fastfn'),
      redisUrl: null,
      log: { level: 'info', format: 'pretty', access: true },
    });
  });

  it('is frozen all the way down', () => {
    const { options } = load(tempDir().dir);
    const check = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      for (const part of Object.values(value)) check(part);
    };
    check(options);
  });

  it('turns the console off in run', () => {
    const { dir } = tempDir();
    expect(load(dir, { command: 'run' }).options).toMatchObject({ mode: 'run', console: { uiEnabled: false } });
    expect(load(dir, { command: 'run', env: { FN_UI_ENABLED: '1' } }).options.console.uiEnabled).toBe(true);
  });

  it('has several gateways in dev only when a flag or the environment says so', () => {
    const { dir } = tempDir({ 'fastfn.json': JSON.stringify({ gateways: 3 }) });
    const gateways = (input: Parameters<typeof load>[1]) => load(dir, input).options.gateways;
    expect(gateways({ command: 'run' })).toBe(3);
    expect(gateways({ command: 'dev' })).toBe(1);
    expect(gateways({ command: 'dev', env: { FN_GATEWAYS: '2' } })).toBe(2);
    expect(gateways({ command: 'run', env: { FN_GATEWAYS: '2' }, flags: { gateways: '4' } })).toBe(4);
    expect(gateways({ command: 'run', flags: { gateways: 'auto' } })).toBe(availableParallelism());
    expect(() => gateways({ command: 'run', flags: { gateways: 'some' } })).toThrow('--gateways');
  });

  describe('precedence: flag > environment > fastfn.json > root fn.config.json > default', () => {
    const KEYS = {
      port: {
        flag: ['port', '1'],
        env: ['FN_HOST_PORT', '2'],
        file: ['port', 3],
        root: ['port', 4],
        values: [1, 2, 3, 4, 8080],
      },
      host: {
        flag: ['host', '1.1.1.1'],
        env: ['FN_HOST', '2.2.2.2'],
        file: ['host', '3.3.3.3'],
        root: ['host', '4.4.4.4'],
        values: ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4', '127.0.0.1'],
      },
      forceUrl: {
        flag: ['forceUrl', true],
        env: ['FN_FORCE_URL', '0'],
        file: ['force-url', true],
        root: ['force_url', true],
        values: [true, false, true, true, false],
      },
      hotReload: {
        flag: ['hotReload', false],
        env: ['FN_HOT_RELOAD', '1'],
        file: ['hot-reload', false],
        root: ['hot_reload', false],
        values: [false, true, false, false, true],
      },
      publicBaseUrl: {
        flag: null,
        env: ['FN_PUBLIC_BASE_URL', 'https://2'],
        file: ['public-base-url', 'https://3'],
        root: ['public_base_url', 'https://4'],
        values: [null, 'https://2', 'https://3', 'https://4', null],
      },
      openapiIncludeInternal: {
        flag: null,
        env: ['FN_OPENAPI_INCLUDE_INTERNAL', '0'],
        file: ['openapi-include-internal', true],
        root: ['openapi_include_internal', true],
        values: [null, false, true, true, false],
      },
      domains: {
        flag: null,
        env: null,
        file: ['domains', ['3.test']],
        root: ['domains', '4.test'],
        values: [null, null, ['3.test'], ['4.test'], []],
      },
    } as const;
    const SOURCES = ['flag', 'env', 'fastfn.json', 'fn.config.json', 'default'] as const;
    const cases = Object.keys(KEYS).flatMap((name) =>
      SOURCES.map((source, rank) => [name as keyof typeof KEYS, source, rank] as const),
    );

    it.each(cases)('%s from %s', (name, source, rank) => {
      const { flag, env, file, root, values } = KEYS[name];
      if ((source === 'flag' && !flag) || (source === 'env' && !env)) return;
      // Every place of this rank and below says something.
      const { dir } = tempDir({
        'functions/x.js': '',
        ...(rank <= 2 && { 'fastfn.json': JSON.stringify({ [file[0]]: file[1] }) }),
        ...(rank <= 3 && { 'functions/fn.config.json': JSON.stringify({ [root[0]]: root[1] }) }),
      });
      const { options, sources } = load(dir, {
        flags: rank === 0 && flag ? { [flag[0]]: flag[1] } : {},
        env: rank <= 1 && env ? { [env[0]]: env[1] } : {},
      });
      expect(options[name]).toEqual(values[rank]);
      expect(sources[name]).toBe(source);
    });
  });

  describe('functions root', () => {
    const FILES = {
      'fastfn.json': '{"functions-dir": "api"}',
      'api/x.js': '',
      'functions/x.js': '',
      'other/x.js': '',
      'env/x.js': '',
    };

    it('dir argument > FN_FUNCTIONS_ROOT > functions-dir > functions/ > project folder', () => {
      const { dir, path } = tempDir(FILES);
      const root = (input: Partial<LoadOptionsInput>) => {
        const { options, sources } = load(dir, input);
        return [options.root, sources.root];
      };
      expect(root({ dir: 'other', env: { FN_FUNCTIONS_ROOT: 'env' } })).toEqual([path('other'), 'flag']);
      expect(root({ env: { FN_FUNCTIONS_ROOT: 'env' } })).toEqual([path('env'), 'env']);
      expect(root({})).toEqual([path('api'), 'fastfn.json']);
      const plain = tempDir({ 'functions/x.js': '' });
      expect(load(plain.dir).options.root).toBe(plain.path('functions'));
      const bare = tempDir({ functions: 'a file' });
      expect(load(bare.dir).options.root).toBe(bare.dir);
    });

    it.each([
      [{ dir: 'missing' }, 'dir', 'missing'],
      [{ dir: 'fastfn.json' }, 'dir', 'a file'],
      [{ env: { FN_FUNCTIONS_ROOT: '/nowhere/at/all' } }, 'FN_FUNCTIONS_ROOT', 'missing'],
    ] as const)('%j does not exist', (input, key, found) => {
      const { problems } = refused(tempDir(FILES).dir, input);
      expect(problems).toMatchObject([
        { code: 'root_not_found', key, found, fix: expect.stringContaining('fastfn init') },
      ]);
    });

    it('functions-dir does not exist', () => {
      const { dir } = tempDir({ 'fastfn.json': '{"functions-dir": "nope"}' });
      expect(refused(dir).problems).toMatchObject([{ file: 'fastfn.json', key: 'functions-dir' }]);
    });
  });

  describe('project file', () => {
    const port = (text: number) => JSON.stringify({ port: text });

    it('is the nearest one above the served folder, up to the current one', () => {
      const { dir, path, write } = tempDir({ 'fastfn.json': port(1), 'a/b/functions/x.js': '' });
      const loaded = () => load(dir, { dir: 'a/b/functions' }).options;
      expect(loaded()).toMatchObject({ port: 1, projectDir: dir });
      write('a/fastfn.toml', 'port = 2');
      expect(loaded()).toMatchObject({ port: 2, projectFile: path('a/fastfn.toml') });
      write('a/b/functions/fastfn.json', port(3));
      expect(loaded()).toMatchObject({ port: 3, projectDir: path('a/b/functions') });
    });

    it('of a folder elsewhere is beside it, in it, or that of the current folder', () => {
      const here = tempDir({ 'fastfn.json': port(1) });
      const there = tempDir({ 'p/functions/x.js': '' });
      const loaded = () => load(here.dir, { dir: there.path('p/functions') }).options.port;
      expect(loaded()).toBe(1);
      there.write('fastfn.json', port(9));
      expect(loaded()).toBe(1);
      there.write('p/fastfn.json', port(2));
      expect(loaded()).toBe(2);
    });

    it('JSON wins over TOML, with a warning', () => {
      const { dir } = tempDir({ 'fastfn.json': port(1), 'fastfn.toml': 'port = 2' });
      expect(load(dir)).toMatchObject({
        options: { port: 1 },
        diagnostics: [{ code: 'duplicate_config', severity: 'warning' }],
      });
    });

    it('named by --config decides folder and settings', () => {
      const { dir, path } = tempDir({
        'fastfn.json': port(1),
        'conf/prod.json': '{"port": 2, "functions-dir": "fns"}',
        'conf/fns/x.js': '',
      });
      expect(load(dir, { configFile: 'conf/prod.json' }).options).toMatchObject({
        port: 2,
        projectDir: path('conf'),
        projectFile: path('conf/prod.json'),
        root: path('conf/fns'),
      });
    });

    it.each(['missing.json', '.'])('--config %s cannot be read: fatal', (configFile) => {
      const { problems } = refused(tempDir().dir, { configFile });
      expect(problems).toMatchObject([{ file: configFile, severity: 'error' }]);
    });

    it('resolves paths against their own file', () => {
      const { dir, path } = tempDir({
        'p/fastfn.json':
          '{"functions-dir": "../fns", "runtime-binaries": {"python": "venv/bin/python", "go": "go1.22", "php": "x/php"}}',
        'fns/fn.config.json': '{"runtime_binaries": {"npm": "./npm", "php": "ignored"}}',
      });
      const { options, sources } = load(dir, {
        configFile: 'p/fastfn.json',
        env: { FN_PHP_BIN: './php', FN_STATE_DIR: 'state', FN_SOCKET_BASE_DIR: '/s', FN_STRICT_FS_ALLOW: 'data,/srv' },
      });
      expect(options).toMatchObject({
        root: path('fns'),
        stateDir: path('state'),
        socketBaseDir: '/s',
        strictFsAllow: [path('data'), '/srv'],
        runtimeBinaries: { python: path('p/venv/bin/python'), go: 'go1.22', php: path('php'), npm: path('fns/npm') },
      });
      expect(sources).toMatchObject({
        'runtimeBinaries.php': 'env',
        'runtimeBinaries.npm': 'fn.config.json',
        'runtimeBinaries.go': 'fastfn.json',
      });
    });

    it('warns of unknown keys', () => {
      const { dir } = tempDir({ 'fastfn.json': '{"prot": 1, "hotreload": false}' });
      expect(load(dir).diagnostics).toMatchObject([
        { code: 'unknown_key', key: 'prot', file: 'fastfn.json' },
        { code: 'unknown_key', key: 'hotreload', fix: 'Did you mean "hot-reload"?' },
      ]);
    });
  });

  describe('.env', () => {
    const FILES = { 'fastfn.json': '{}', '.env': 'FN_HOST_PORT=3000\nFN_LOG_LEVEL=debug\nAPP_KEY="a b"\n' };

    it('is read in dev, below the real environment', () => {
      const { dir } = tempDir(FILES);
      const loaded = load(dir, { env: { FN_LOG_LEVEL: 'warn' } });
      expect(loaded.options).toMatchObject({ port: 3000, log: { level: 'warn' } });
      expect(loaded.environment).toEqual({ FN_HOST_PORT: '3000', FN_LOG_LEVEL: 'warn', APP_KEY: 'a b' });
      expect([...loaded.dotEnvNames].sort()).toEqual(['APP_KEY', 'FN_HOST_PORT']);
    });

    it('is not read in run', () => {
      const { dir } = tempDir(FILES);
      expect(load(dir, { command: 'run' })).toMatchObject({ options: { port: 8080 }, environment: {} });
    });

    it('has its errors reported like the others', () => {
      const { dir } = tempDir({ ...FILES, '.env': 'FN_HOST_PORT=x' });
      expect(refused(dir).problems).toMatchObject([{ key: 'FN_HOST_PORT' }]);
    });

    it('does not touch process.env', () => {
      const before = process.env.APP_KEY;
      load(tempDir(FILES).dir);
      expect(process.env.APP_KEY).toBe(before);
    });
  });

  it('reports all problems of all places together', () => {
    const { dir } = tempDir({ 'fastfn.json': '{"port": "x", "host": 1, "colour": 1}' });
    const error = refused(dir, {
      dir: 'missing',
      flags: { port: '99999', host: 'a b' },
      env: { FN_RUNTIMES: 'ruby', FN_RUNTIME_DAEMONS: 'node', FN_SOCKET_BASE_DIR: `/${'x'.repeat(80)}` },
    });
    expect(error).toMatchObject({ name: 'UsageError', code: 'invalid_options' });
    expect(error.problems.map(({ key }) => key)).toEqual([
      'host',
      'port',
      'FN_RUNTIMES',
      'FN_RUNTIME_DAEMONS',
      '--port',
      '--host',
      'dir',
      'FN_SOCKET_BASE_DIR',
    ]);
    for (const problem of error.problems) expect(problem.severity).toBe('error');
    expect(error.message.split('\n')).toHaveLength(9);
    expect(error.message).toContain('--port is "99999" (text); allowed: a whole number from 0 to 65535.');
  });

  it('puts a single problem into one sentence', () => {
    expect(refused(tempDir().dir, { flags: { port: -1 } }).message).toBe(
      '--port is -1 (number); allowed: a whole number from 0 to 65535. Correct or leave out --port.',
    );
  });

  it('leaves a broken root fn.config.json to discovery', () => {
    const { dir } = tempDir({ 'fn.config.json': '{"port": 1,' });
    expect(load(dir)).toMatchObject({ options: { port: 8080 }, diagnostics: [] });
  });

  it('takes daemons from text and object, and notes that lua has none', () => {
    const { dir } = tempDir({ 'fastfn.json': '{"runtime-daemons": {"node": 3, "lua": 2}}' });
    const loaded = load(dir);
    expect(loaded.options.runtimeDaemons).toMatchObject({ node: 3, python: 1, lua: 1 });
    expect(loaded.diagnostics).toMatchObject([{ code: 'lua_has_no_daemons', severity: 'info' }]);
    expect(load(dir, { env: { FN_RUNTIME_DAEMONS: 'python=2' } }).options.runtimeDaemons).toMatchObject({
      node: 1,
      python: 2,
    });
  });

  it('opens the console for writing by flag', () => {
    const { options, sources } = load(tempDir().dir, { flags: { consoleWrite: true, strict: true } });
    expect(options).toMatchObject({ strict: true, console: { writeEnabled: true } });
    expect(sources['console.writeEnabled']).toBe('flag');
  });

  it('has a login when it is on', () => {
    const env = {
      FN_CONSOLE_LOGIN_ENABLED: '1',
      FN_CONSOLE_LOGIN_PASSWORD: 'pw',
      FN_CONSOLE_SESSION_SECRET: 's'.repeat(32),
    };
    expect(load(tempDir().dir, { env }).options.console.login).toEqual({
      username: 'admin',
      passwordHash: null,
      password: 'pw',
      maxAttempts: 5,
      lockMs: 300_000,
      sessionSecret: 's'.repeat(32),
    });
  });

  it('describes the environment with what files and flags say', () => {
    const { dir, path } = tempDir({
      'fastfn.json': '{"port": 3000, "runtime-daemons": {"node": 2}}',
      '.env': 'FN_LOG_LEVEL=debug',
      'functions/x.js': '',
    });
    const loaded = load(dir, { flags: { host: '0.0.0.0' }, env: { FN_FORCE_URL: '1' } });
    const rows = Object.fromEntries(describeEnv({}, loaded).map(({ name, value, source }) => [name, [value, source]]));
    expect(rows).toMatchObject({
      FN_HOST_PORT: ['3000', 'fastfn.json'],
      FN_HOST: ['0.0.0.0', 'flag'],
      FN_FORCE_URL: ['1', 'environment'],
      FN_LOG_LEVEL: ['debug', '.env'],
      FN_FUNCTIONS_ROOT: [path('functions'), 'default'],
      FN_UI_ENABLED: ['1', 'default'],
      FN_PYTHON_BIN: ['python3', 'default'],
      FN_MAX_FRAME_BYTES: ['16777216', 'default'],
    });
  });
});
