import { eventually, type TestServer, useServer } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

const WAIT = 'export const handler = (e) => new Promise((r) => setTimeout(r, Number(e.query.ms ?? 0), "done"));';
const CONTEXT = 'export const handler = (e) => ({ ...e.context, env: e.env });';

interface Row {
  readonly title: string;
  readonly code?: string;
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly check: (app: TestServer) => Promise<unknown>;
  readonly expected: unknown;
}

const status = async (app: TestServer, path: string, init?: RequestInit) => (await app.fetch(path, init)).status;
const text = async (app: TestServer, path: string, init?: RequestInit) => (await app.fetch(path, init)).text();
const codeOf = async (app: TestServer, path: string, init?: RequestInit) => {
  const response = await app.fetch(path, init);
  return [response.status, ((await response.json()) as { code?: string }).code];
};
/** Holds one call in the handler while `then` is asked. */
async function whileBusy<T>(app: TestServer, then: () => Promise<T>): Promise<T> {
  const busy = text(app, '/f?ms=600');
  await eventually(() => app.server.status().functions.some((fn) => fn.active === 1));
  const result = await then();
  expect(await busy).toBe('done');
  return result;
}

/** SPEC §4: each key as a caller sees it. The function is `f/`. */
const KEYS: Row[] = [
  {
    title: 'timeout_ms',
    code: 'export const handler = () => new Promise(() => {});',
    config: { timeout_ms: 100 },
    check: (app) => codeOf(app, '/f'),
    expected: [504, 'timeout'],
  },
  {
    title: 'max_concurrency',
    code: WAIT,
    config: { max_concurrency: 1 },
    check: (app) => whileBusy(app, () => status(app, '/f')),
    expected: 429,
  },
  {
    title: 'worker_pool.overflow_status',
    code: WAIT,
    config: { worker_pool: { max_workers: 1, overflow_status: 503 } },
    check: (app) => whileBusy(app, () => codeOf(app, '/f')),
    expected: [503, 'worker_pool_overflow'],
  },
  {
    title: 'worker_pool.max_queue',
    code: WAIT,
    config: { worker_pool: { max_workers: 1, max_queue: 1 } },
    check: (app) =>
      whileBusy(app, async () => {
        const waiting = app.fetch('/f');
        await eventually(() => app.server.status().functions.some((fn) => fn.queued === 1));
        const refused = await status(app, '/f');
        const { status: later, headers } = await waiting;
        return [refused, later, headers.get('x-fastfn-queued')];
      }),
    expected: [429, 200, 'true'],
  },
  {
    title: 'worker_pool.queue_timeout_ms',
    code: WAIT,
    config: { worker_pool: { max_workers: 1, max_queue: 1, queue_timeout_ms: 20 } },
    check: (app) => whileBusy(app, () => codeOf(app, '/f')),
    expected: [429, 'worker_pool_queue_timeout'],
  },
  {
    title: 'worker_pool.enabled: false',
    code: WAIT,
    config: { worker_pool: { enabled: false, max_workers: 1 } },
    check: (app) => whileBusy(app, () => status(app, '/f')),
    expected: 200,
  },
  {
    title: 'max_response_bytes',
    code: 'export const handler = (e) => "x".repeat(Number(e.query.n));',
    config: { max_response_bytes: 100 },
    check: async (app) => [await status(app, '/f?n=100'), ...(await codeOf(app, '/f?n=101'))],
    expected: [200, 502, 'response_too_large'],
  },
  {
    title: 'memory_mb',
    code: `const kept = [];
      export const handler = async (e) => {
        if (e.query.ok) return 'ok';
        for (;;) { kept.push(Buffer.alloc(8e6, 1)); await new Promise((r) => setTimeout(r, 5)); }
      };`,
    config: { memory_mb: 200 },
    check: async (app) => [...(await codeOf(app, '/f')), await text(app, '/f?ok=1')],
    expected: [502, 'memory_limit', 'ok'],
  },
  {
    title: 'include_debug_headers',
    code: 'export const handler = () => { console.log("line\\ntwo"); return 1; };',
    config: { include_debug_headers: true },
    check: async (app) => {
      const { headers } = await app.fetch('/f');
      return ['runtime', 'function', 'version', 'stdout'].map((name) => headers.get(`x-fn-${name}`));
    },
    expected: ['node', 'f', 'default', 'line\\ntwo\\n'],
  },
  {
    title: 'invoke.routes, default_route and methods',
    code: 'export const handler = (e) => e.params;',
    config: { invoke: { routes: ['/one/:id', '/rest/*', 'bad'], default_route: false, methods: ['PUT'] } },
    check: async (app) => [
      await text(app, '/one/7', { method: 'PUT' }),
      await text(app, '/rest/a/b', { method: 'PUT' }),
      await status(app, '/one/7'),
      await status(app, '/f', { method: 'PUT' }),
    ],
    expected: ['{"id":"7"}', '{"wildcard":"a/b"}', 405, 404],
  },
  {
    title: 'invoke.handler',
    code: 'export const other = () => "other";',
    config: { invoke: { handler: 'other' } },
    check: (app) => text(app, '/f'),
    expected: 'other',
  },
  {
    title: 'cors',
    code: WAIT,
    config: { cors: { origins: ['https://a.example'], max_age: 60 } },
    check: async (app) => {
      const allowed = async (origin: string) =>
        (await app.fetch('/f', { headers: { origin } })).headers.get('access-control-allow-origin');
      return [await allowed('https://a.example'), await allowed('https://b.example')];
    },
    expected: ['https://a.example', null],
  },
  {
    title: 'worker_pool.min_warm',
    code: WAIT,
    config: { worker_pool: { min_warm: 2, max_workers: 2 } },
    check: (app) =>
      eventually(() => app.server.status().functions.some(({ name, workers }) => name === 'f' && workers.length === 2)),
    expected: true,
  },
];

/** SPEC §4: defaults from the environment. */
const VARIABLES: Row[] = [
  {
    title: 'FN_DEFAULT_*',
    code: CONTEXT,
    env: { FN_DEFAULT_TIMEOUT_MS: '1234', FN_DEFAULT_MAX_CONCURRENCY: '7', FN_DEFAULT_MAX_BODY_BYTES: '99' },
    check: async (app) => (await app.fetch('/f')).json(),
    expected: expect.objectContaining({ timeout_ms: 1234, max_concurrency: 7, max_body_bytes: 99 }),
  },
  {
    title: 'FN_HOME_FUNCTION keeps the query',
    code: 'export const handler = (e) => e.query;',
    env: { FN_HOME_FUNCTION: '/f' },
    check: (app) => text(app, '/?a=1'),
    expected: '{"a":"1"}',
  },
  {
    title: 'FN_HOME_REDIRECT',
    env: { FN_HOME_REDIRECT: '/f' },
    check: async (app) => {
      const { status: code, headers } = await app.fetch('/');
      return [code, headers.get('location')];
    },
    expected: [302, '/f'],
  },
  {
    title: 'FN_DOCS_ENABLED=0',
    env: { FN_DOCS_ENABLED: 'off' },
    check: (app) =>
      Promise.all(['/openapi.json', '/_fn/openapi.json', '/_fn/docs', '/docs'].map((path) => status(app, path))),
    expected: [404, 404, 404, 404],
  },
  {
    title: 'FN_PUBLIC_BASE_URL, without the slash at its end',
    env: { FN_PUBLIC_BASE_URL: 'https://api.example/' },
    check: async (app) => ((await (await app.fetch('/openapi.json')).json()) as { servers: unknown }).servers,
    expected: [{ url: 'https://api.example' }],
  },
  {
    title: 'FN_TRUSTED_PROXY_CIDRS: the id of a stranger does not count',
    env: { FN_TRUSTED_PROXY_CIDRS: '10.0.0.0/8' },
    check: async (app) =>
      (await app.fetch('/f', { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id') === 'mine',
    expected: false,
  },
  {
    title: 'FN_FORCE_URL',
    code: 'export const handler = () => "forced";',
    config: { invoke: { routes: ['/file'] } },
    env: { FN_FORCE_URL: 'yes' },
    check: (app) => text(app, '/file'),
    expected: 'forced',
  },
  {
    title: 'without it, the file keeps its URL',
    code: 'export const handler = () => "forced";',
    config: { invoke: { routes: ['/file'] } },
    check: (app) => text(app, '/file'),
    expected: 'file',
  },
  {
    title: 'a variable of the environment wins over fn.env.json',
    code: CONTEXT,
    env: { GREETING: 'from outside' },
    check: async (app) => ((await (await app.fetch('/f')).json()) as { env: unknown }).env,
    expected: { GREETING: 'from outside', NUMBER: '7' },
  },
];

describe.each([
  ['fn.config.json', KEYS],
  ['the environment', VARIABLES],
])('%s', (_, rows) => {
  it.each(rows)('$title', async ({ code = WAIT, config, env, check, expected }) => {
    const app = await useServer({
      files: {
        'f/handler.js': code,
        'f/fn.env.json': { GREETING: 'from the file', NUMBER: 7 },
        'file.js': 'export const handler = () => "file";',
        ...(config && { 'f/fn.config.json': config }),
      },
      env,
    });
    expect(await check(app)).toEqual(expected);
  });
});

it("FastFN's own documents are compressed like any other answer", async () => {
  const app = await useServer({ files: { 'file.js': 'export const handler = () => "file";' } });
  const answer = await app.fetch('/openapi.json', { headers: { 'accept-encoding': 'gzip' } });
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(await answer.json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
});

it('settings of a function: its version, itself, the nearest overlay, the environment, in this order', async () => {
  const app = await useServer({
    files: {
      'fn.config.json': { max_body_bytes: 10 },
      'api/fn.config.json': { timeout_ms: 5000, max_concurrency: 5 },
      'api/f/handler.js': CONTEXT,
      'api/f/fn.config.json': { runtime: 'node', timeout_ms: 6000 },
      'api/f/v2/handler.js': CONTEXT,
      'api/f/v2/fn.config.json': { timeout_ms: 7000 },
    },
    env: { FN_DEFAULT_TIMEOUT_MS: '1', FN_DEFAULT_MAX_CONCURRENCY: '1', FN_DEFAULT_MAX_BODY_BYTES: '1' },
  });
  const { functions } = app.server.snapshot()!;
  const policies = [...functions.values()].map(({ version, policy }) => [
    version,
    policy.timeoutMs,
    policy.maxConcurrency,
    policy.maxBodyBytes,
  ]);
  expect(policies.sort()).toEqual([
    ['default', 6000, 5, 10],
    ['v2', 7000, 5, 10],
  ]);
});
