import { FastFnError, type Invocation, type ResponseSink } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { claimsOf, makeClaim, makeFunction, makeSnapshot, reply, startGateway } from './test-support.js';

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
