import { FastFnError, type Invocation, type ResponseSink } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { claimsOf, INFO, makeClaim, makeFunction, makeSnapshot, reply, startGateway } from './test-support.js';

describe('a request to a function', () => {
  test('reaches its handler as an invocation', async () => {
    const calls: Invocation[] = [];
    const app = await startGateway({
      routes: { 'GET /users/:id': { timeoutMs: 1234 } },
      handler: (call, sink) => {
        calls.push(call);
        return reply(sink, 'hi');
      },
    });
    const answer = await app.fetch('/users/a%20b?x=1&x=2&y', {
      headers: { 'X-A': ['1', '2'], Cookie: 'sid=7; a=b', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    });
    expect(answer).toMatchObject({ status: 200, text: 'hi' });
    expect(answer.headers).toMatchObject({ 'content-length': '2', 'x-fastfn-function-state': 'warm' });
    expect(answer.headers['x-request-id']).toBe(calls[0]!.id);
    expect(calls).toMatchObject([
      {
        method: 'GET',
        path: '/users/a b',
        rawPath: '/users/a%20b',
        query: ['x', '1', 'x', '2', 'y', ''],
        params: { id: 'a b' },
        session: { id: '7', raw: 'sid=7; a=b', cookies: { sid: '7', a: 'b' } },
        clientIp: '127.0.0.1',
        context: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
        captureOutput: false,
      },
    ]);
    expect(calls[0]!.headers.split('\n')).toEqual(expect.arrayContaining(['x-a', '1, 2']));
    expect(calls[0]!.deadline - calls[0]!.ts).toBe(1234);
    expect(app.records).toMatchObject([
      {
        method: 'GET',
        path: '/users/a b',
        status: 200,
        bytes: 2,
        fn: expect.stringMatching(/^node\//),
        state: 'warm',
        errorCode: null,
      },
    ]);
  });

  test('a body arrives whole, an encoded one as it is', async () => {
    const bodies: Uint8Array[] = [];
    const app = await startGateway({
      routes: { 'POST /in': { maxBodyBytes: 200_000 } },
      handler: ({ body }, sink) => {
        bodies.push(body);
        return reply(sink, '');
      },
    });
    const large = Buffer.alloc(150_000, 'x');
    await app.fetch('/in', { method: 'POST', body: large, headers: { 'Content-Encoding': 'gzip' } });
    await app.fetch('/in', { method: 'POST', body: 'piece', headers: { 'Transfer-Encoding': 'chunked' } });
    await app.fetch('/in', { method: 'POST' });
    expect(bodies.map((body) => body.length)).toEqual([large.length, 5, 0]);
  });

  test.each([
    ['abc-1', 'abc-1'],
    ['x'.repeat(129), null],
    ['a b', null],
    ['é', null],
  ])('X-Request-Id %j of a trusted peer', async (sent, kept) => {
    const app = await startGateway({ routes: { 'GET /x': {} } });
    const { headers } = await app.fetch('/x', { headers: { 'X-Request-Id': sent } });
    if (kept === null) expect(headers['x-request-id']).not.toBe(sent);
    else expect(headers['x-request-id']).toBe(kept);
  });

  test('a stranger cannot forward anything', async () => {
    const calls: Invocation[] = [];
    const app = await startGateway({
      trustedProxies: [],
      routes: { 'GET /x': {} },
      handler: (call, sink) => {
        calls.push(call);
        return reply(sink, '');
      },
    });
    const { headers } = await app.fetch('/x', { headers: { 'X-Request-Id': 'mine', 'X-Forwarded-For': '1.2.3.4' } });
    expect(headers['x-request-id']).not.toBe('mine');
    expect(calls[0]!.clientIp).toBe('127.0.0.1');
  });

  test('a trusted peer forwards the client and the host', async () => {
    const calls: Invocation[] = [];
    const fn = makeFunction('x');
    const app = await startGateway({
      claims: [makeClaim('GET /x', fn, { hosts: ['api.example.com'] })],
      handler: (call, sink) => {
        calls.push(call);
        return reply(sink, '');
      },
    });
    const headers = { 'X-Forwarded-For': '9.9.9.9, 1.2.3.4', 'X-Forwarded-Host': 'api.example.com' };
    expect((await app.fetch('/x', { headers })).status).toBe(200);
    expect(calls[0]!.clientIp).toBe('1.2.3.4');
    expect((await app.fetch('/x')).json()).toMatchObject({ code: 'host_not_allowed' });
  });

  test('headers tell how it was served', async () => {
    const app = await startGateway({
      routes: { 'GET /x': { debugHeaders: true, workerPool: { maxWorkers: 3, maxQueue: 6 } } },
      handler: ({ captureOutput }, sink) => {
        expect(captureOutput).toBe(true);
        sink.onOutput?.('stdout', 'hello\nwörld');
        sink.onOutput?.('stderr', 'e'.repeat(9000));
        sink.onHead(200, [], null, true, { ...INFO, state: 'cold', warmed: true, queued: true, socketIndex: 2 });
        return undefined;
      },
    });
    const { headers } = await app.fetch('/x');
    expect(headers).toMatchObject({
      'x-fastfn-function-state': 'cold',
      'x-fastfn-warmed': 'true',
      'x-fastfn-queued': 'true',
      'x-fn-request-id': headers['x-request-id'],
      'x-fn-runtime': 'node',
      'x-fn-function': 'x',
      'x-fn-version': 'default',
      'x-fn-latency-ms': expect.stringMatching(/^\d+\.\d$/),
      'x-fn-worker-pool-max-workers': '3',
      'x-fn-worker-pool-max-queue': '6',
      'x-fn-runtime-routing': 'single',
      'x-fn-runtime-socket-index': '2',
      'x-fn-stdout': 'hello\\nw\\u00f6rld',
      'x-fn-stderr': 'e'.repeat(4096),
    });
  });

  test('a function without a valid config answers 500 invalid_config', async () => {
    const configError = new FastFnError('invalid_config', 'timeout_ms must be a number');
    const app = await startGateway({ claims: [makeClaim('GET /x', makeFunction('x', {}, { configError }))] });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'invalid_config' });
  });

  test('/<name>@<version> reaches a version without a route', async () => {
    const names: string[] = [];
    const v1 = makeFunction('alice/hello');
    const app = await startGateway({
      claims: [makeClaim('GET,POST /greet', v1)],
      handler: ({ fn, method }, sink) => {
        names.push(`${method} ${fn.key}`);
        return reply(sink, '');
      },
    });
    expect((await app.fetch('/alice/hello@default', { method: 'POST' })).status).toBe(200);
    expect((await app.fetch('/alice/hello@v9')).status).toBe(404);
    const refused = await app.fetch('/alice/hello@default', { method: 'PUT' });
    expect(refused.status).toBe(405);
    expect(refused.headers.allow).toBe('GET, HEAD, OPTIONS, POST');
    expect(names).toEqual(['POST node/alice/hello@default']);
  });

  test('a request keeps the snapshot it began with', async () => {
    const sinks: ResponseSink[] = [];
    let called: () => void;
    const arrived = new Promise<void>((resolve) => {
      called = resolve;
    });
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, sink) => {
        sinks.push(sink);
        called();
        return undefined;
      },
    });
    const answer = app.fetch('/x');
    await arrived;
    app.gateway.swap(makeSnapshot(claimsOf({ 'GET /y': {} })));
    reply(sinks[0]!, 'late');
    expect((await answer).text).toBe('late');
    expect((await app.fetch('/x')).status).toBe(404);
  });
});

describe('methods', () => {
  const routes = { 'GET /thing': {}, 'POST /only': {} };
  test.each([
    ['HEAD', '/thing', 200, undefined],
    ['OPTIONS', '/thing', 204, 'GET, HEAD, OPTIONS'],
    ['DELETE', '/thing', 405, 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/thing', 405, 'GET, HEAD, OPTIONS'],
    ['GET', '/only', 405, 'OPTIONS, POST'],
    ['OPTIONS', '/nothing', 404, undefined],
    ['GET', '/nothing', 404, undefined],
    ['GET', '/fastfn.json', 404, undefined],
    ['GET', '/fastfn.toml', 404, undefined],
    ['GET', '/console', 404, undefined],
    ['GET', '/console/x', 404, undefined],
    ['GET', '/_fn/nothing', 404, undefined],
    ['GET', '//_fn//nothing', 404, undefined],
    ['GET', '/%5ffn/live', 200, undefined],
  ])('%s %s → %i', async (method, path, status, allow) => {
    const app = await startGateway({ routes });
    const answer = await app.fetch(path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.allow).toBe(allow);
    if (status >= 400) expect(answer.json()).toMatchObject({ error: expect.any(String), code: expect.any(String) });
  });

  test('HEAD has the length and no body', async () => {
    const app = await startGateway({ routes, handler: (_, sink) => reply(sink, 'x'.repeat(500)) });
    const answer = await app.fetch('/thing', { method: 'HEAD' });
    expect(answer.headers['content-length']).toBe('500');
    expect(answer.text).toBe('');
  });
});

test('two claims on one URL are 409, naming both', async () => {
  const claims = [makeClaim('GET /x', makeFunction('a')), makeClaim('GET /x', makeFunction('b'))];
  const app = await startGateway({ claims });
  const answer = await app.fetch('/x');
  expect(answer.status).toBe(409);
  expect(answer.json()).toMatchObject({
    code: 'route_conflict',
    details: { route: '/x', functions: [{ name: 'a' }, { name: 'b' }] },
  });
  expect(answer.text).toMatch(/node\/a@default.*node\/b@default/);
});

describe('body limit', () => {
  const limited = { 'POST /in': { maxBodyBytes: 10 } };
  test.each([
    ['10 announced', { body: 'x'.repeat(10) }, 200],
    ['11 announced', { body: 'x'.repeat(11) }, 413],
    ['10 in chunks', { body: 'x'.repeat(10), headers: { 'Transfer-Encoding': 'chunked' } }, 200],
    ['11 in chunks', { body: 'x'.repeat(11), headers: { 'Transfer-Encoding': 'chunked' } }, 413],
    ['a megabyte', { body: Buffer.alloc(1_000_000) }, 413],
  ])('%s', async (_, init, status) => {
    const app = await startGateway({ routes: limited });
    const answer = await app.fetch('/in', { method: 'POST', ...init });
    expect(answer.status).toBe(status);
    if (status === 413)
      expect(answer.json()).toMatchObject({ code: 'payload_too_large', details: { max_body_bytes: 10 } });
  });

  test('a refused client that expects 100 is told at once', async () => {
    const app = await startGateway({ routes: limited });
    const text = await app.raw('POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a welcome one is told to go on', async () => {
    const app = await startGateway({ routes: limited });
    const socket = await app.connect();
    socket.write(
      'POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    const first = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
    expect(first).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hi');
    const rest = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
    expect(rest).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('another expectation is refused', async () => {
    const app = await startGateway({ routes: limited });
    const answer = await app.fetch('/in', { headers: { Expect: 'miracles' } });
    expect(answer.status).toBe(417);
    expect(answer.json()).toMatchObject({ code: 'bad_request' });
  });
});

describe('starting and stopping', () => {
  test('503 until there is a snapshot, health included', async () => {
    const app = await startGateway({ snapshot: null });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ code: 'starting' });
    expect((await app.fetch('/_fn/ready')).status).toBe(503);
    expect((await app.fetch('/_fn/live')).status).toBe(200);
  });
});
