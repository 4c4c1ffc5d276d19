import type { PoolStatus } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { claimsOf, makeClaim, makeFunction, readyBackend, reply, startGateway } from '../test-support.js';

const pool: PoolStatus = {
  runtimes: {
    node: {
      routing: 'single',
      up: true,
      reason: null,
      sockets: [{ index: 1, uri: 'unix:/a', up: true, reason: null, pid: 7 }],
      workers: 2,
    },
  },
  functions: [
    {
      key: 'node/x@default',
      runtime: 'node',
      name: 'x',
      version: 'default',
      state: 'warm',
      workers: [{ pid: 9, state: 'idle' }],
      active: 1,
      queued: 2,
      queueDrops: { overflow: 3, timeout: 4 },
      problem: null,
    },
  ],
};

const backend = {
  ...readyBackend,
  status: () => pool,
  toolStatus: () =>
    ({
      node: { ok: true, path: '/n', version: '20' },
      php: { ok: false, reason: 'no php.', hint: 'Install it.' },
    }) as const,
  hotReload: () => ({ enabled: true, watching: 'files' }),
  sandboxLevels: () => ({ node: 'landlock' }),
};

describe('health', () => {
  test('the whole report', async () => {
    const app = await startGateway({ backend, routes: { 'GET /x': { keepWarm: { enabled: true } } } });
    const answer = await app.fetch('/_fn/health');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      status: 'ok',
      uptime_s: 1,
      runtimes: {
        node: {
          routing: 'single',
          health: { up: true, reason: null },
          sockets: [{ index: 1, uri: 'unix:/a', up: true, reason: null, pid: 7 }],
          workers: 2,
        },
        php: { routing: 'single', health: { up: false, reason: 'no php. Install it.' }, sockets: [], workers: 0 },
      },
      functions: {
        summary: {
          total: 1,
          warm: 1,
          stale: 0,
          cold: 0,
          keep_warm_enabled: 1,
          pool_enabled: 1,
          pool_active: 1,
          pool_queued: 2,
          pool_queue_drops: 7,
          pool_queue_overflow_drops: 3,
          pool_queue_timeout_drops: 4,
        },
        states: [
          {
            runtime: 'node',
            name: 'x',
            version: 'default',
            key: 'node/x@default',
            state: 'warm',
            problem: null,
            workers: [{ pid: 9, state: 'idle' }],
            keep_warm: { enabled: true, min_warm: 1, ping_every_seconds: 45, idle_ttl_seconds: 300 },
            worker_pool: {
              enabled: true,
              max_workers: 0,
              min_warm: 0,
              max_queue: 0,
              queue_timeout_ms: 0,
              idle_ttl_seconds: 300,
              overflow_status: 429,
              active: 1,
              queued: 2,
              queue_drops: { overflow: 3, timeout: 4, total: 7 },
            },
          },
        ],
      },
      routing: { mapped_routes: 1, mapped_route_conflicts: 0 },
      hot_reload: { enabled: true, watching: 'files' },
      sandbox: { node: 'landlock' },
    });
  });

  test('strangers learn only the status', async () => {
    const app = await startGateway({ backend });
    expect((await app.fetch('/_fn/health', { headers: { 'X-Forwarded-For': '1.2.3.4' } })).json()).toEqual({
      status: 'ok',
    });
    expect((await app.fetch('/_fn/health', { headers: { Forwarded: 'for=1.2.3.4' } })).json()).toEqual({
      status: 'ok',
    });
  });

  test.each(['starting', 'stopping'] as const)('503 while %s', async (state) => {
    const app = await startGateway({ backend: { ...backend, state: () => state } });
    const answer = await app.fetch('/_fn/health');
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ status: state });
    expect((await app.fetch('/_fn/ready')).status).toBe(503);
    expect((await app.fetch('/_fn/live')).status).toBe(200);
  });
});

describe('the guard', () => {
  test.each<[string, string, Record<string, string>, number]>([
    ['POST', 'curl', {}, 200],
    ['GET', 'curl', {}, 200],
    ['PUT', 'curl', {}, 405],
    ['POST', 'localhost', { Host: 'localhost:8080' }, 200],
    ['POST', 'IPv6', { Host: '[::1]:8080' }, 200],
    ['POST', 'own base URL', { Host: 'my.example' }, 200],
    ['POST', 'rebinding', { Host: 'evil.example' }, 403],
    ['GET', 'rebinding', { Host: 'evil.example' }, 403],
    ['POST', 'rebinding by prefix', { Host: 'localhost.evil.example' }, 403],
    ['POST', 'a forwarded host does not help', { Host: 'evil.example', 'X-Forwarded-Host': 'localhost' }, 403],
    ['POST', 'forwarded', { 'X-Forwarded-For': '127.0.0.1' }, 403],
    ['POST', 'real ip', { 'X-Real-IP': '127.0.0.1' }, 403],
    ['POST', 'foreign origin', { Origin: 'https://evil.example' }, 403],
    ['GET', 'foreign origin', { Origin: 'https://evil.example' }, 403],
    ['POST', 'null origin', { Origin: 'null' }, 403],
    ['POST', 'another port', { Host: 'localhost:1', Origin: 'http://localhost:2' }, 403],
    ['POST', 'own origin', { Host: 'localhost:1', Origin: 'http://localhost:1', 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['GET', 'cross-site image', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['GET', 'same-site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['GET', 'typed in', { 'Sec-Fetch-Site': 'none' }, 200],
  ])('%s /_fn/reload, %s → %i', async (method, _, headers, status) => {
    const app = await startGateway({ backend, publicBaseUrl: 'https://my.example' });
    const answer = await app.fetch('/_fn/reload', { method, headers });
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.json()).toMatchObject({ ok: true, changed: [], diagnostics: [] });
  });

  test('switched off, reload and catalog are not there; health is', async () => {
    const app = await startGateway({ backend, adminApiEnabled: false });
    expect((await app.fetch('/_fn/reload', { method: 'POST' })).status).toBe(404);
    expect((await app.fetch('/_fn/catalog')).status).toBe(404);
    expect((await app.fetch('/_fn/health')).status).toBe(200);
  });

  test('a reload that fails is an error answer', async () => {
    const app = await startGateway({ backend: { ...backend, reload: async () => Promise.reject(new Error('x')) } });
    expect((await app.fetch('/_fn/reload')).json()).toMatchObject({ code: 'internal_error' });
  });
});

test('the catalog lists routes, conflicts, functions and diagnostics', async () => {
  const claims = [
    ...claimsOf({ 'GET /a': {} }),
    makeClaim('GET /b', makeFunction('one')),
    makeClaim('GET /b', makeFunction('two')),
    makeClaim('GET /a@v2', makeFunction('a', { timeoutMs: 5 }, { version: 'v2' })),
  ];
  const app = await startGateway({ claims, runtimeOrder: ['python', 'node'] });
  const catalog = (await app.fetch('/_fn/catalog')).json();
  expect(catalog).toMatchObject({
    generated_at: '2026-01-01T00:00:00.000Z',
    functions_root: '/root',
    runtime_order: ['python', 'node'],
    mapped_routes: {
      '/a': [
        {
          runtime: 'node',
          fn_name: 'a',
          version: 'default',
          methods: ['GET'],
          source_rank: 1,
          allow_hosts: [],
          force_url: false,
        },
      ],
    },
    runtimes: {
      node: {
        functions: [
          {
            name: 'a',
            has_default: true,
            versions: ['v2'],
            policy: { timeout_ms: 30_000 },
            versions_policy: { v2: { timeout_ms: 5 } },
          },
          { name: 'one', has_default: true, versions: [] },
          { name: 'two' },
        ],
      },
    },
    diagnostics: [{ code: 'route_conflict' }],
  });
  expect(Object.keys(catalog.mapped_route_conflicts)).toEqual(['/b']);
  expect(catalog.mapped_routes['/b']).toBeUndefined();
});

describe('docs', () => {
  test('OpenAPI has the base URL: configured, forwarded, or asked for', async () => {
    const asked = async (publicBaseUrl: string | null, headers: Record<string, string>) => {
      const app = await startGateway({ publicBaseUrl, routes: {} });
      const answer = await app.fetch('/_fn/openapi.json', { headers });
      expect((await app.fetch('/openapi.json', { headers })).text).toBe(answer.text);
      return answer.json().servers[0].url;
    };
    expect(await asked('https://my.example/', {})).toBe('https://my.example');
    expect(await asked(null, { Host: 'a:1' })).toBe('http://a:1');
    expect(await asked(null, { Host: 'a:1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'b' })).toBe('https://b');
    expect(await asked(null, { Host: 'a:1', 'X-Forwarded-Proto': 'javascript' })).toBe('http://a:1');
  });

  test('/docs and /openapi.json belong to a function that claims them', async () => {
    const app = await startGateway({
      routes: { 'GET /docs': {}, 'GET /openapi.json': {} },
      handler: (_, sink) => reply(sink, 'mine'),
    });
    expect((await app.fetch('/docs')).text).toBe('mine');
    expect((await app.fetch('/openapi.json')).text).toBe('mine');
    const free = await startGateway({ routes: {} });
    expect((await free.fetch('/docs')).headers.location).toBe('/_fn/docs');
    expect((await free.fetch('/_fn/docs')).text).toBe('docs');
    expect((await free.fetch('/_fn/docs/nope.js')).status).toBe(404);
  });

  test.each(['/docs', '/openapi.json', '/_fn/docs', '/_fn/openapi.json'])('%s is 404 when off', async (path) => {
    const app = await startGateway({ docsEnabled: false });
    expect((await app.fetch(path)).status).toBe(404);
  });
});
