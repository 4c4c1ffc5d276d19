import { describe, expect, it } from 'vitest';
import { ENV_FILES, FUNCTION_CONFIG_SAMPLES, fileWith, PROJECT_SAMPLES, ROUTES_FILES } from '../test/samples.js';
import { type Parsed, parseEnvFile, parseFunctionConfig, parseProjectFile, parseRoutesFile } from './parse-file.js';
import { functionConfigSchema } from './schema/function-config.js';
import { projectFileSchema } from './schema/project-file.js';

const config = (value: unknown, isRoot = true) => parseFunctionConfig(JSON.stringify(value), 'fn.config.json', isRoot);
const errors = ({ diagnostics }: Parsed<unknown>) => diagnostics.filter(({ severity }) => severity === 'error');
const cases = (samples: typeof PROJECT_SAMPLES, kind: 'good' | 'bad') =>
  Object.entries(samples).flatMap(([key, values]) =>
    values[kind].map((value) => [key, JSON.stringify(value), value] as const),
  );

describe('fn.config.json', () => {
  it('has samples for every key', () => {
    const shapes: [string, object][] = [['', functionConfigSchema.shape]];
    for (const [name, schema] of Object.entries(functionConfigSchema.shape)) {
      const inner = schema.def.innerType as { shape?: object };
      if (inner.shape && name !== 'schedule' && !name.startsWith('runtime_')) shapes.push([`${name}.`, inner.shape]);
    }
    const keys = shapes.flatMap(([prefix, shape]) => Object.keys(shape).map((key) => prefix + key));
    expect(keys.filter((key) => !FUNCTION_CONFIG_SAMPLES[key] && key !== 'assets.directory')).toEqual([]);
  });

  it.each(cases(FUNCTION_CONFIG_SAMPLES, 'good'))('%s: %s is accepted in silence', (key, _, value) => {
    const parsed = config(fileWith(key, value));
    expect(parsed.diagnostics).toEqual([]);
    expect(parsed.value).not.toBeNull();
  });

  it.each(cases(FUNCTION_CONFIG_SAMPLES, 'bad'))('%s: %s is refused, saying what is allowed', (key, _, value) => {
    const parsed = config(fileWith(key, value));
    expect(parsed.diagnostics.length).toBeGreaterThan(0);
    for (const problem of parsed.diagnostics) {
      expect(problem).toMatchObject({ code: 'invalid_config', file: 'fn.config.json' });
      expect(problem.key?.startsWith(key.split('.')[0]!)).toBe(true);
      expect(problem.found).toBeTruthy();
      expect(problem.allowed).toBeTruthy();
      expect(problem.fix).toBeTruthy();
    }
    // Broken home and assets are passed over (SPEC §16); anything else refuses the file.
    const passedOver = /^(?:home|assets)/.test(key);
    expect(errors(parsed).length > 0).toBe(!passedOver);
    expect(parsed.value === null).toBe(!passedOver);
  });

  it('normalises units, case and aliases', () => {
    const parsed = config({
      entrypoint: './src//app.js',
      timeout_ms: 1200,
      include_debug_headers: false,
      response: { include_debug_headers: true },
      shared_deps: 'a, b,a',
      invoke: {
        methods: 'get, Post',
        route: '/x',
        allow_hosts: ['API.Example.COM'],
        force_url: true,
        adapter: 'workers',
        content_type: 'text/plain',
      },
      cors: true,
      worker_pool: { max_workers: 3, idle_ttl_seconds: 1.5, overflow_status: 503 },
      keep_warm: { ping_every_seconds: 45 },
      schedule: { cron: ' @hourly ', retry: { base_delay_seconds: 60 } },
      edge: { base_url: 'https://x.test' },
      home: { function: '/showcase' },
      assets: { directory: './public/', not_found_handling: 'spa' },
      zero_config: { ignore_dirs: ['Dist'] },
      zero_config_ignore_dirs: 'Build,dist',
    });
    expect(parsed.diagnostics).toEqual([]);
    expect(parsed.value?.config).toEqual({
      entrypoint: 'src/app.js',
      timeoutMs: 1200,
      debugHeaders: true,
      sharedDeps: ['a', 'b'],
      invoke: {
        methods: ['GET', 'POST'],
        routes: ['/x'],
        allowHosts: ['api.example.com'],
        forceUrl: true,
        adapter: 'cloudflare-worker',
        contentType: 'text/plain',
      },
      cors: { origins: ['*'], methods: [], headers: [], expose: [], credentials: false, maxAge: null },
      workerPool: { maxWorkers: 3, idleTtlMs: 1500, overflowStatus: 503 },
      keepWarm: { pingEveryMs: 45_000 },
      schedule: {
        enabled: true,
        cron: '@hourly',
        retry: { maxAttempts: 3, baseDelayMs: 60_000, maxDelayMs: 60_000, jitter: 0.2 },
      },
      edge: { baseUrl: 'https://x.test', allowHosts: [], allowPrivate: false, maxResponseBytes: 2_097_152 },
      home: { route: '/showcase' },
      assets: { directory: 'public', notFoundHandling: 'single-page-application', runWorkerFirst: false },
      ignoreDirs: ['dist', 'build'],
    });
  });

  it('keeps only the keys that the file has', () => {
    expect(config({}).value?.config).toEqual({});
    expect(config({ cors: false, invoke: {} }).value?.config).toEqual({ cors: false, invoke: {} });
    expect(config({ schedule: { every_seconds: 2, retry: false } }).value?.config.schedule).toEqual({
      enabled: true,
      everyMs: 2000,
      retry: null,
    });
  });

  it.each([
    [
      { 'retry delays': 1, schedule: { every_seconds: 1, retry: { base_delay_seconds: 5, max_delay_seconds: 2 } } },
      'schedule.retry.max_delay_seconds',
    ],
    [{ worker_pool: { max_workers: 2, min_warm: 3 } }, 'worker_pool.min_warm'],
    [{ worker_pool: { max_workers: 2 }, keep_warm: { min_warm: 3 } }, 'keep_warm.min_warm'],
    [{ cors: { credentials: true } }, 'cors.credentials'],
    [{ cors: { credentials: true, origins: ['*'] } }, 'cors.credentials'],
    [{ schedule: { cron: '* * * *' } }, 'schedule.cron'],
    [{ schedule: { every_seconds: 1, timezone: 'Mars/Base' } }, 'schedule.timezone'],
    [{ runtime_daemons: 'ruby=1' }, 'runtime_daemons'],
    [{ runtime_daemons: 'node=1,node=2' }, 'runtime_daemons'],
    [{ runtime_daemons: 'node=0' }, 'runtime_daemons'],
  ])('rules between keys: %j', (value, key) => {
    expect(errors(config(value)).map((problem) => problem.key)).toEqual([key]);
  });

  it('allows credentials for origins by name', () => {
    expect(config({ cors: { credentials: true, origins: ['https://A.test/'] } }).value?.config.cors).toMatchObject({
      credentials: true,
      origins: ['https://a.test'],
    });
  });

  it('reports all problems of a file together, with lines', () => {
    const text = [
      '{',
      '  // comment',
      '  "timeout_ms": "fast",',
      '  "invoke": {',
      '    "methods": ["GET", "FETCH"],',
      '    "adaptr": "lambda",',
      '  },',
      '  "schedule": { "cron": "61 * * * *", "timezone": "Nowhere" },',
      '  "colour": 1,',
      '}',
    ].join('\r\n');
    const { value, diagnostics } = parseFunctionConfig(text, 'a/fn.config.json', false);
    expect(value).toBeNull();
    expect(diagnostics.map(({ severity, key, line }) => [severity, key, line])).toEqual([
      ['error', 'timeout_ms', 3],
      ['error', 'invoke.methods[1]', 5],
      ['warning', 'invoke.adaptr', 6],
      ['error', 'schedule.cron', 8],
      ['error', 'schedule.timezone', 8],
      ['warning', 'colour', 9],
    ]);
    expect(diagnostics[0]).toEqual({
      severity: 'error',
      code: 'invalid_config',
      file: 'a/fn.config.json',
      key: 'timeout_ms',
      line: 3,
      message:
        'a/fn.config.json: "timeout_ms" is "fast" (text); allowed: a whole number of milliseconds from 1 to 86400000.',
      found: '"fast" (text)',
      allowed: 'a whole number of milliseconds from 1 to 86400000',
      fix: 'Correct it, or remove it.',
    });
    expect(diagnostics[2]?.fix).toBe('Did you mean "invoke.adapter"?');
  });

  it.each([
    [{ timeoutMs: 5 }, 'Did you mean "timeout_ms"?'],
    [{ methods: ['GET'] }, 'Did you mean "invoke.methods"?'],
    [{ invoke: { timeout_ms: 5 } }, 'Did you mean "timeout_ms"?'],
    [{ worker_pool: { max_worker: 1 } }, 'Did you mean "worker_pool.max_workers"?'],
    [{ zebra: 1 }, 'Remove it, or look it up in the reference of configuration keys.'],
    [{ constructor: 1 }, 'Remove it, or look it up in the reference of configuration keys.'],
  ])('unknown key %j is a warning: %s', (value, fix) => {
    const parsed = config(value);
    expect(parsed.value).not.toBeNull();
    expect(parsed.diagnostics).toMatchObject([{ severity: 'warning', code: 'unknown_key', fix }]);
  });

  it('refuses single routes that are no text, and only those', () => {
    const parsed = config({ invoke: { routes: ['/a', 5, '/b', null] } });
    expect(parsed.value?.config.invoke?.routes).toEqual(['/a', '/b']);
    expect(parsed.diagnostics.map(({ severity, key }) => [severity, key])).toEqual([
      ['warning', 'invoke.routes[1]'],
      ['warning', 'invoke.routes[3]'],
    ]);
  });

  it('passes over broken home and assets, keeping the rest', () => {
    const parsed = config({ home: { route: 5, redirect: '/docs' }, assets: { directory: '..' }, timeout_ms: 5 });
    expect(parsed.value?.config).toEqual({ home: { redirect: '/docs' }, timeoutMs: 5 });
    expect(parsed.diagnostics.map(({ severity, key }) => [severity, key])).toEqual([
      ['warning', 'home.route'],
      ['warning', 'assets.directory'],
    ]);
  });

  it('ignores root-only keys in other folders, with a warning each', () => {
    const parsed = config({ assets: { directory: 'p' }, hotReload: true, zero_config: {}, timeout_ms: 5 }, false);
    expect(parsed.value).toEqual({ config: { timeoutMs: 5 }, project: {} });
    expect(parsed.diagnostics.map(({ code, key }) => [code, key])).toEqual([
      ['misplaced_key', 'assets'],
      ['misplaced_key', 'zero_config'],
      ['misplaced_key', 'hotReload'],
    ]);
  });

  it('names the winner when a key and its alias both stand there', () => {
    const parsed = config({ invoke: { route: '/a', routes: ['/b'] } });
    expect(parsed.value?.config.invoke?.routes).toEqual(['/b']);
    expect(parsed.diagnostics).toMatchObject([{ code: 'duplicate_key', key: 'invoke.route', severity: 'warning' }]);
  });

  it('reports an aliased key under the name that was written', () => {
    expect(config({ invoke: { forceUrl: 1 } }).diagnostics).toMatchObject([{ key: 'invoke.forceUrl', line: 1 }]);
  });
});

describe('the text itself', () => {
  const parse = (text: string) => parseFunctionConfig(text, 'f', true);

  it.each(['', '   \n', '// nothing\n'])('%j is empty: an error, so that a half-saved file changes nothing', (text) => {
    expect(parse(text).diagnostics).toMatchObject([{ severity: 'error', message: 'f: It is empty.' }]);
  });

  it.each([
    ['{"timeout_ms": 5', 1],
    ['{"timeout_ms": 5}}', 1],
    ['{\n"timeout_ms": nope\n}', 2],
    ["{'a': 1}", 1],
    ['{"a": "x\n"}', 1],
    ['{"a": 1 "b": 2}', 1],
    ['{\r\n\r\n"a" 1}', 3],
  ])('%j is no JSON (line %i)', (text, line) => {
    const { value, diagnostics } = parse(text);
    expect(value).toBeNull();
    expect(diagnostics[0]).toMatchObject({ severity: 'error', line });
    expect(diagnostics.length).toBeLessThanOrEqual(3);
  });

  it('accepts comments, trailing commas and CRLF', () => {
    expect(parse('/* a */ {\r\n "timeout_ms": 5, // b\r\n}\r\n').value?.config).toEqual({ timeoutMs: 5 });
  });

  it('lets the last of two equal keys count, with a warning', () => {
    const { value, diagnostics } = parse('{"timeout_ms": 1,\n"timeout_ms": 2}');
    expect(value?.config).toEqual({ timeoutMs: 2 });
    expect(diagnostics).toMatchObject([{ code: 'duplicate_key', severity: 'warning', key: 'timeout_ms', line: 2 }]);
  });

  it('is not harmed by __proto__', () => {
    const { value, diagnostics } = parse(
      '{"__proto__": {"polluted": 1}, "invoke": {"query": {"__proto__": {"x": 1}, "constructor": 2}}}',
    );
    expect(diagnostics.map(({ key }) => key)).toEqual(['__proto__', 'invoke.query.__proto__']);
    expect(Object.keys(value?.config.invoke?.query ?? {})).toEqual(['constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value?.config)).toBe(Object.prototype);
  });

  it.each(['[', '{"a":'])('refuses %s nested without end', (open) => {
    expect(parse(open.repeat(100_000)).diagnostics).toMatchObject([
      { severity: 'error', message: expect.stringContaining('nested deeper') },
    ]);
  });

  it.each(['[]', '"x"', '5', 'null'])('%s is no object', (text) => {
    expect(parse(text).diagnostics).toMatchObject([{ severity: 'error', allowed: 'an object' }]);
  });
});

describe('fn.routes.json', () => {
  const parse = (value: unknown) => parseRoutesFile(JSON.stringify(value), 'fn.routes.json');

  it.each(ROUTES_FILES.good.map((value) => [JSON.stringify(value), value]))('accepts %s', (_, value) => {
    expect(parse(value)).toMatchObject({ diagnostics: [], value: { routes: expect.any(Array) } });
  });
  it.each(ROUTES_FILES.bad.map((value) => [JSON.stringify(value), value]))('complains about %s', (_, value) => {
    expect(parse(value).diagnostics.length).toBeGreaterThan(0);
  });

  it('splits methods, pattern and target', () => {
    const routes = { 'GET /a/:id': './file.js', 'get, POST,GET /b': 'x.py', '/c': 'sub//y.mts' };
    expect(parse({ routes }).value?.routes).toEqual([
      { methods: ['GET'], pattern: '/a/:id', target: 'file.js', key: 'GET /a/:id' },
      { methods: ['GET', 'POST'], pattern: '/b', target: 'x.py', key: 'get, POST,GET /b' },
      { methods: ['GET'], pattern: '/c', target: 'sub/y.mts', key: '/c' },
    ]);
  });

  it('reports bad keys and bad targets together', () => {
    const { diagnostics } = parseRoutesFile('{"routes": {\n"FETCH /a": "x.js",\n"/b": "x.txt"}}', 'r');
    expect(diagnostics.map(({ key, line }) => [key, line])).toEqual([
      ['routes.FETCH /a', 2],
      ['routes./b', 3],
    ]);
    expect(diagnostics[0]?.message).toContain('cannot be a key');
  });
});

describe('fn.env.json', () => {
  const parse = (value: unknown) => parseEnvFile(JSON.stringify(value), 'fn.env.json');

  it.each(ENV_FILES.good.map((value) => [JSON.stringify(value), value]))('accepts %s', (_, value) => {
    expect(parse(value)).toMatchObject({ diagnostics: [] });
  });
  it.each(ENV_FILES.bad.map((value) => [JSON.stringify(value), value]))('complains about %s', (_, value) => {
    expect(parse(value).diagnostics.length).toBeGreaterThan(0);
  });

  it('makes texts of scalars, knows secrets and stored secrets', () => {
    const { value } = parse({
      A: 'x',
      B: 1,
      C: true,
      D: null,
      E: 1.5,
      API_TOKEN: 't',
      DSN: { value: 'd', is_secret: true },
      PLAIN: { value: 7, is_secret: false },
      SHOWN_TOKEN: { value: 'x', is_secret: false },
      STRIPE_KEY: { secret: true },
    });
    expect(value).toEqual({
      values: { A: 'x', B: '1', C: 'true', D: null, E: '1.5', API_TOKEN: 't', DSN: 'd', PLAIN: '7', SHOWN_TOKEN: 'x' },
      secretKeys: ['API_TOKEN', 'DSN', 'SHOWN_TOKEN'],
      secretNames: ['STRIPE_KEY'],
    });
  });

  it('keeps the digits of large whole numbers', () => {
    const { value } = parseEnvFile('{"ID": 123456789012345678901, "N": {"value": -98765432109876543210}}', 'e');
    expect(value?.values).toEqual({ ID: '123456789012345678901', N: '-98765432109876543210' });
  });

  it('never shows values in messages', () => {
    const { diagnostics } = parse({
      TOKEN: ['hunter2'],
      '9BAD': 'hunter2',
      X: { value: 'hunter2', is_secret: 'hunter2' },
    });
    expect(diagnostics).toHaveLength(3);
    expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
  });
});

describe('fastfn.json and fastfn.toml', () => {
  const parse = (value: unknown) => parseProjectFile(JSON.stringify(value), 'fastfn.json');

  it('has samples for every key', () => {
    expect(Object.keys(projectFileSchema.shape).filter((key) => !PROJECT_SAMPLES[key])).toEqual([]);
  });
  it.each(cases(PROJECT_SAMPLES, 'good'))('%s: %s is accepted', (key, _, value) => {
    expect(parse({ [key]: value }).diagnostics).toEqual([]);
  });
  it.each(cases(PROJECT_SAMPLES, 'bad'))('%s: %s is refused', (key, _, value) => {
    const parsed = parse({ [key]: value });
    expect(parsed.value).toBeNull();
    expect(parsed.diagnostics[0]?.key?.startsWith(key)).toBe(true);
  });

  const SETTINGS = {
    functionsDir: 'api',
    publicBaseUrl: 'https://x.test',
    forceUrl: true,
    runtimeDaemons: { node: 3, python: 2 },
    runtimeBinaries: { python: 'python3.12' },
    hotReload: false,
    port: 3000,
  };
  it.each([
    [
      'kebab',
      {
        'functions-dir': 'api',
        'public-base-url': 'https://x.test/',
        'force-url': true,
        'runtime-daemons': 'node=3,python=2',
        'runtime-binaries': { python: 'python3.12' },
        'hot-reload': false,
        port: 3000,
      },
    ],
    [
      'snake',
      {
        functions_dir: 'api',
        public_base_url: 'https://x.test',
        force_url: true,
        runtime_daemons: { node: 3, python: 2 },
        runtime_binaries: { python: 'python3.12' },
        hot_reload: false,
        port: 3000,
      },
    ],
    [
      'camel',
      {
        functionsDir: 'api',
        publicBaseUrl: 'https://x.test',
        forceUrl: true,
        runtimeDaemons: { node: 3, python: 2 },
        runtimeBinaries: { python: 'python3.12' },
        hotReload: false,
        port: 3000,
      },
    ],
  ])('%s case says the same', (_, value) => {
    expect(parse(value)).toEqual({ value: SETTINGS, diagnostics: [] });
  });

  it('reads TOML, with lines', () => {
    const toml = 'functions-dir = "api"\nport = "x"\n[runtime-daemons]\nnode = 0\n';
    const { value, diagnostics } = parseProjectFile(toml, 'fastfn.toml');
    expect(value).toBeNull();
    expect(diagnostics.map(({ key, line }) => [key, line])).toEqual([
      ['port', 2],
      ['runtime-daemons.node', 3],
    ]);
    expect(parseProjectFile('port = 3000\n[runtime-daemons]\nnode = 2', 'fastfn.toml').value).toEqual({
      port: 3000,
      runtimeDaemons: { node: 2 },
    });
    expect(parseProjectFile('a = = 1', 'fastfn.toml').diagnostics).toMatchObject([{ severity: 'error', line: 1 }]);
    expect(parseProjectFile('port = 1\nport = 2', 'fastfn.toml').value).toBeNull();
  });
});
