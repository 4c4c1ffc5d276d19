import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FastFnError, type Invocation } from '@fastfn/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { claimsOf, type GatewaySetup, INFO, makeClaim, makeFunction, reply, startGateway } from '../../test-support.js';

const user = makeFunction('users/[id].js', {}, { aliases: ['person'] });
const tree = makeFunction('tree', { maxBodyBytes: 10 });
const claims = [
  ...claimsOf({ 'GET /hello': {}, 'POST /orders': {} }),
  makeClaim('GET,PUT /users/:id', user),
  makeClaim('GET /tree', tree),
  makeClaim('GET,POST /tree/*', tree),
  makeClaim('GET /hello@v2', makeFunction('hello', {}, { version: 'v2' })),
  makeClaim('GET /twin', makeFunction('twin')),
  makeClaim('GET /py-twin', makeFunction('twin', {}, { runtime: 'python' })),
  makeClaim('GET /tenant', makeFunction('tenant'), { hosts: ['*.example.com'] }),
  makeClaim('GET /fight', makeFunction('one')),
  makeClaim('GET /fight', makeFunction('two')),
];

async function serve(setup: GatewaySetup = {}) {
  const calls: Invocation[] = [];
  const app = await startGateway({
    claims,
    handler: (call, sink) => {
      calls.push(call);
      return reply(sink, `${call.fn.key} ${call.method} ${call.path}`);
    },
    ...setup,
  });
  const invoke = async (body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return app.fetch('/_fn/invoke', { method: 'POST', body: text, headers });
  };
  return { ...app, calls, invoke };
}

describe('who is called', () => {
  test.each<[object, string, string, string | null]>([
    [{ name: 'hello' }, 'node/hello@default GET /hello', '/hello', '/hello'],
    [{ name: 'hello', version: 'v2' }, 'node/hello@v2 GET /hello@v2', '/hello@v2', '/hello@v2'],
    [{ name: 'hello@v2' }, 'node/hello@v2 GET /hello@v2', '/hello@v2', '/hello@v2'],
    [{ route: '/hello', version: 'v2' }, 'node/hello@v2 GET /hello@v2', '/hello@v2', '/hello@v2'],
    [{ route: '/hello@default' }, 'node/hello@default GET /hello@default', '/hello@default', '/hello@default'],
    [{ name: 'person', params: { id: '7' } }, 'node/users/[id].js@default GET /users/7', '/users/7', '/users/:id'],
    [
      { name: 'users/[id].js', params: { id: 'a/b ü' } },
      'node/users/[id].js@default GET /users/a/b ü',
      '/users/a%2Fb%20%C3%BC',
      '/users/:id',
    ],
    [{ route: '/users/:id', params: { id: 7 } }, 'node/users/[id].js@default GET /users/7', '/users/7', '/users/:id'],
    [
      { route: '/users/{id}', params: { id: '..' } },
      'node/users/[id].js@default GET /users/..',
      '/users/..',
      '/users/:id',
    ],
    [
      { route: '/users/[id]', params: { id: 'x', more: 'y' }, method: 'put' },
      'node/users/[id].js@default PUT /users/x',
      '/users/x',
      '/users/:id',
    ],
    [{ route: '/users/7' }, 'node/users/[id].js@default GET /users/7', '/users/7', '/users/:id'],
    [{ route: '/users/%C3%BC' }, 'node/users/[id].js@default GET /users/ü', '/users/%C3%BC', '/users/:id'],
    [{ route: '/users/ü' }, 'node/users/[id].js@default GET /users/ü', '/users/%C3%BC', '/users/:id'],
    [{ name: 'orders' }, 'node/orders@default POST /orders', '/orders', '/orders'],
    [{ route: '/orders' }, 'node/orders@default POST /orders', '/orders', '/orders'],
    [{ name: 'tree' }, 'node/tree@default GET /tree', '/tree', '/tree'],
    [{ name: 'tree', params: { wildcard: 'a/b c' } }, 'node/tree@default GET /tree/a/b c', '/tree/a/b%20c', '/tree/*'],
    [
      { name: 'tree', route: '/tree/*', params: { wildcard: 'x' } },
      'node/tree@default GET /tree/x',
      '/tree/x',
      '/tree/*',
    ],
    [{ name: 'twin' }, 'node/twin@default GET /twin', '/twin', '/twin'],
    [{ name: 'twin', runtime: 'python' }, 'python/twin@default GET /py-twin', '/py-twin', '/py-twin'],
    [{ name: 'tenant' }, 'node/tenant@default GET /tenant', '/tenant', '/tenant'],
    [{ route: '/tenant' }, 'node/tenant@default GET /tenant', '/tenant', '/tenant'],
    [{ name: 'one' }, 'node/one@default GET /one', '/one', null],
    [{ name: 'hello', method: 'HEAD' }, '', '/hello', '/hello'],
    [{ name: '', route: '/hello', runtime: null, version: '' }, 'node/hello@default GET /hello', '/hello', '/hello'],
  ])('%j → %s', async (body, said, route, template) => {
    const { invoke } = await serve();
    const answer = await invoke(body);
    expect(answer.text).toContain('"status":200');
    expect(answer.json()).toMatchObject({ status: 200, body: said, route, route_template: template });
  });

  test.each<[unknown, number, string]>([
    ['', 400, 'bad_request'],
    ['{"name":', 400, 'bad_request'],
    ['[1]', 400, 'bad_request'],
    [{}, 400, 'bad_request'],
    [{ name: '' }, 400, 'bad_request'],
    [{ name: null }, 400, 'bad_request'],
    [{ name: ['hello'] }, 400, 'bad_request'],
    [{ name: 'x'.repeat(600) }, 400, 'bad_request'],
    [{ name: 'a\0b' }, 400, 'bad_request'],
    [{ route: 'hello' }, 400, 'bad_request'],
    [{ route: '/users/%zz' }, 400, 'bad_request'],
    [{ name: 'hello', runtime: 'cobol' }, 400, 'bad_request'],
    [{ name: 'hello', runtime: 7 }, 400, 'bad_request'],
    [{ name: 'hello', method: 'GET /x' }, 400, 'bad_request'],
    [{ name: 'hello', params: ['a'] }, 400, 'bad_request'],
    [{ name: 'hello', params: { a: {} } }, 400, 'bad_request'],
    [{ name: 'hello', query: [1] }, 400, 'bad_request'],
    [{ name: 'hello', query: { a: {} } }, 400, 'bad_request'],
    [{ name: 'hello', headers: { 'x y': 'z' } }, 400, 'bad_request'],
    [{ name: 'hello', headers: { 'x-a': 'b\r\nx-c: d' } }, 400, 'bad_request'],
    [{ name: 'hello', headers: { 'x-a': ['b'] } }, 400, 'bad_request'],
    [{ name: 'hello', headers: 'x' }, 400, 'bad_request'],
    [{ name: 'hello', body: '%%%', is_base64: true }, 400, 'bad_request'],
    [{ name: 'hello', body: {}, is_base64: true }, 400, 'bad_request'],
    [{ name: 'hello', is_base64: 'yes' }, 400, 'bad_request'],
    [{ name: 'nope' }, 404, 'not_found'],
    [{ name: '__proto__' }, 404, 'not_found'],
    [{ name: 'hello', version: 'v9' }, 404, 'not_found'],
    [{ name: 'hello', runtime: 'php' }, 404, 'not_found'],
    [{ name: 'tree', route: '/hello' }, 404, 'not_found'],
    [{ route: '/nope' }, 404, 'not_found'],
    [{ route: '/nope/:id', params: { id: 1 } }, 404, 'not_found'],
    [{ route: '/hello', version: 'v9' }, 404, 'not_found'],
    [{ route: '/hello', runtime: 'php' }, 404, 'not_found'],
    [{ route: '/_fn/invoke', method: 'POST' }, 404, 'not_found'],
    [{ route: '/%5ffn/reload', method: 'POST' }, 404, 'not_found'],
    [{ route: '//_fn/health' }, 404, 'not_found'],
    [{ name: 'hello', method: 'DELETE' }, 405, 'method_not_allowed'],
    [{ route: '/users/7', method: 'DELETE' }, 405, 'method_not_allowed'],
    [{ route: '/users/:id', method: 'DELETE', params: { id: 7 } }, 405, 'method_not_allowed'],
    [{ name: 'person' }, 400, 'missing_params'],
    [{ name: 'person', params: { id: '' } }, 400, 'missing_params'],
    [{ route: '/users/:id', params: { ID: '7' } }, 400, 'missing_params'],
    [{ name: 'tree', method: 'POST' }, 400, 'missing_params'],
  ])('%j → %i %s', async (body, status, code) => {
    const { invoke, calls } = await serve();
    const answer = await invoke(body);
    expect([answer.status, answer.json().code]).toEqual([status, code]);
    expect(calls).toEqual([]);
    if (status === 405) expect(answer.headers.allow).toBeTruthy();
    if (code === 'missing_params') expect(answer.json().missing_params).toEqual([expect.any(String)]);
  });

  test('all wrong fields are named together', async () => {
    const { invoke } = await serve();
    const { details } = (await invoke({ runtime: 7, method: 'a b', params: 1 })).json();
    expect(details.problems.map(({ key }: { key: string }) => key)).toEqual(['name', 'runtime', 'method', 'params']);
  });
});

describe('what reaches the handler', () => {
  test('query, headers, body, context and parameters', async () => {
    const { invoke, calls } = await serve();
    await invoke({
      route: '/users/:id?x=1',
      method: 'PUT',
      params: { id: 'a b' },
      query: { y: ['2', 3], z: null, flag: true },
      headers: { 'X-Key': 'v', Cookie: 'sid=9', Connection: 'close', 'Content-Length': '999' },
      body: { a: 'ü' },
      context: { who: 'me' },
    });
    const { headers, ...call } = calls[0]!;
    expect(call).toMatchObject({
      params: { id: 'a b' },
      query: ['x', '1', 'y', '2', 'y', '3', 'z', '', 'flag', 'true'],
      rawPath: '/users/a%20b',
      session: { id: '9' },
      context: { user: { who: 'me' } },
      captureOutput: true,
    });
    expect(Buffer.from(call.body).toString()).toBe('{"a":"ü"}');
    const pairs = headers.split('\n');
    expect(Object.fromEntries(pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1]]] : [])))).toEqual({
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'content-type': 'application/json',
      'content-length': '10',
      'x-key': 'v',
      cookie: 'sid=9',
    });
  });

  test.each<[object, string]>([
    [{ body: 'plain' }, 'plain'],
    [{ body: '/wA=', is_base64: true }, '\xff\0'],
    [{ body: '_wA', is_base64: true }, '\xff\0'],
    [{ body: '' }, ''],
    [{ body: null }, ''],
    [{ body: false }, 'false'],
    [{ body: 0 }, '0'],
    [{ body: [1] }, '[1]'],
  ])('body %j', async (fields, expected) => {
    const { invoke, calls } = await serve();
    await invoke({ name: 'orders', ...fields });
    expect(Buffer.from(calls[0]!.body).toString('latin1')).toBe(expected);
  });

  test('a public call has no context', async () => {
    const { fetch, calls } = await serve();
    await fetch('/hello', { headers: { 'x-context': '{}' } });
    expect(calls[0]).toMatchObject({ context: null, captureOutput: false });
  });
});

describe('what comes back', () => {
  test('output, repeated headers, binary bodies, and the request as a record', async () => {
    const app = await serve({
      handler: (_, sink) => {
        sink.onOutput!('stdout', 'one\n');
        sink.onOutput!('stderr', 'oops\n');
        sink.onHead(201, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-A', 'b'], Buffer.from([255, 0]), true, INFO);
        return undefined;
      },
    });
    const answer = await app.invoke({ name: 'hello' });
    expect(answer.json()).toMatchObject({
      status: 201,
      headers: { 'set-cookie': ['a=1', 'b=2'], 'x-a': 'b', 'x-fastfn-function-state': 'warm' },
      body_base64: '/wA=',
      is_base64: true,
      stdout: 'one\n',
      stderr: 'oops\n',
      latency_ms: expect.any(Number),
    });
    expect(answer.json().headers).not.toHaveProperty('x-fn-stdout');
    expect(app.records.map(({ path, status, fn }) => [path, status, fn])).toEqual([
      ['/hello', 201, 'node/hello@default'],
      ['/_fn/invoke', 200, null],
    ]);
  });

  test('streams are collected, and credited', async () => {
    let credited = 0;
    const { invoke } = await serve({
      handler: (_, sink) => {
        setImmediate(() => {
          sink.onHead(200, ['Content-Type', 'text/plain'], Buffer.from('a'), false, INFO);
          sink.onChunk(Buffer.from('bc'));
          sink.onEnd();
        });
        return {
          credit(bytes) {
            credited += bytes;
          },
        };
      },
    });
    expect((await invoke({ name: 'hello' })).json()).toMatchObject({ status: 200, body: 'abc' });
    expect(credited).toBe(2);
  });

  test('a broken stream says so', async () => {
    const { invoke } = await serve({
      handler: (_, sink) => {
        sink.onHead(200, [], Buffer.from('half'), false, INFO);
        sink.onError(new FastFnError('worker_crashed', 'x'), INFO);
        return undefined;
      },
    });
    expect((await invoke({ name: 'hello' })).json()).toMatchObject({ status: 200, body: 'half', incomplete: true });
  });

  test('errors of the call are its status; those of its limits too', async () => {
    const failing = await serve({
      handler: (_, sink) => {
        sink.onError(new FastFnError('worker_pool_overflow', 'full'), null);
        return undefined;
      },
    });
    const failed = (await failing.invoke({ name: 'hello' })).json();
    expect(failed.status).toBe(429);
    expect(JSON.parse(failed.body)).toMatchObject({ code: 'worker_pool_overflow' });
    const { invoke } = await serve();
    const large = { name: 'tree', method: 'POST', params: { wildcard: 'x' }, body: 'x'.repeat(11) };
    expect((await invoke(large)).json()).toMatchObject({ status: 413 });
    expect((await invoke({ ...large, body: 'x'.repeat(10) })).json()).toMatchObject({ status: 200 });
    expect((await invoke({ route: '/fight' })).json()).toMatchObject({ status: 409 });
    const broken = makeFunction('b', {}, { configError: new FastFnError('invalid_config', 'bad') });
    const misconfigured = await serve({ claims: [makeClaim('GET /b', broken)] });
    expect((await misconfigured.invoke({ name: 'b' })).json()).toMatchObject({ status: 500 });
  });

  test('an answer without end is cut off', async () => {
    let canceled = false;
    const { invoke } = await serve({
      handler: (_, sink) => {
        const pump = () => {
          if (canceled) return;
          sink.onChunk(Buffer.alloc(1_048_576));
          setImmediate(pump);
        };
        sink.onHead(200, [], null, false, INFO);
        setImmediate(pump);
        return {
          cancel() {
            canceled = true;
          },
        };
      },
    });
    const answer = await invoke({ name: 'hello' });
    expect([answer.status, answer.json().code, canceled]).toEqual([502, 'response_too_large', true]);
  });

  test('the call ends with the client that asked for it', async () => {
    let leave = (): void => {};
    let told: (reason: string) => void = () => {};
    const canceled = new Promise<string>((resolve) => {
      told = resolve;
    });
    const app = await serve({
      handler: () => {
        leave();
        return { cancel: told };
      },
    });
    const socket = await app.connect();
    leave = () => void socket.destroy();
    const body = JSON.stringify({ name: 'hello' });
    socket.write(`POST /_fn/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(await canceled).toBe('client_closed');
  });

  test('proxy answers are carried out', async () => {
    const upstream = createServer((req, res) => res.end(`upstream ${req.url}`)).listen(0, '127.0.0.1');
    onTestFinished(() => void upstream.close());
    await new Promise((resolve) => upstream.once('listening', resolve));
    const { port } = upstream.address() as AddressInfo;
    const edge = { baseUrl: `http://127.0.0.1:${port}`, allowHosts: [], allowPrivate: true, maxResponseBytes: 1000 };
    const { invoke } = await serve({
      routes: { 'GET /p': { edge } },
      claims: undefined,
      handler: (_, sink) => {
        sink.onProxy({ path: '/there' }, INFO);
        return undefined;
      },
    });
    expect((await invoke({ name: 'p' })).json()).toMatchObject({ status: 200, body: 'upstream /there' });
  });
});

describe('the guard', () => {
  test.each<[Record<string, string>, number]>([
    [{}, 200],
    [{ Origin: 'https://evil.example' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'X-Forwarded-For': '9.9.9.9' }, 403],
    [{ Host: 'evil.example' }, 403],
  ])('%j → %i: invoke is no write', async (headers, status) => {
    const { invoke } = await serve();
    expect((await invoke({ name: 'hello' }, headers)).status).toBe(status);
  });

  test('only POST', async () => {
    const { fetch } = await serve();
    expect((await fetch('/_fn/invoke')).status).toBe(405);
  });

  test('bodies are bounded', async () => {
    const { invoke } = await serve();
    expect((await invoke({ name: 'hello', body: 'x'.repeat(16 * 1024 * 1024) })).status).toBe(413);
  });
});
