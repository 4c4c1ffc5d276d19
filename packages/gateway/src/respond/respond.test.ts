import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { FastFnError, type ResponseSink } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { INFO, reply, startGateway } from '../test-support.js';

describe('what a function answers', () => {
  test('bytes, repeated headers and status pass', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const headers = ['Content-Type', 'image/png', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Own', 'yes'];
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, sink) => reply(sink, bytes, headers, 201),
    });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(201);
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes', 'content-type': 'image/png' });
  });

  test('headers of the connection and of the gateway are not the handler’s', async () => {
    const headers = [
      'Connection',
      'upgrade',
      'Keep-Alive',
      'x',
      'Transfer-Encoding',
      'gzip',
      'Content-Length',
      '999',
      'Upgrade',
      'x',
      'x-request-id',
      'forged',
      'X-FastFN-Function-State',
      'forged',
      'Trailer',
      'x',
    ];
    const app = await startGateway({ routes: { 'GET /x': {} }, handler: (_, sink) => reply(sink, 'hi', headers) });
    const answer = await app.fetch('/x');
    expect(answer.text).toBe('hi');
    expect(answer.headers['content-length']).toBe('2');
    expect(JSON.stringify(answer.rawHeaders)).not.toMatch(/forged|upgrade|gzip|trailer/i);
  });

  test('headers that HTTP cannot carry are dropped, and told', async () => {
    const lines: string[] = [];
    const app = await startGateway({
      routes: { 'GET /x': {} },
      logger: { log: (_, message) => void lines.push(message), output() {} },
      handler: (_, sink) => reply(sink, 'hi', ['X-Bad', 'a\r\nSet-Cookie: stolen=1', 'Bad Name', 'x', 'X-Good', '€']),
    });
    const answer = await app.fetch('/x');
    expect(answer.text).toBe('hi');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(Buffer.from(answer.headers['x-good'] as string, 'latin1').toString()).toBe('€');
    expect(lines).toEqual([expect.stringContaining('"X-Bad"'), expect.stringContaining('"Bad Name"')]);
  });

  test.each([100, 101, 199, 0, 600, 1000, Number.NaN])('status %d is an invalid response', async (status) => {
    const app = await startGateway({ routes: { 'GET /x': {} }, handler: (_, sink) => reply(sink, 'hi', [], status) });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ code: 'invalid_response' });
  });

  test.each([204, 304])('%d has no body', async (status) => {
    const app = await startGateway({ routes: { 'GET /x': {} }, handler: (_, sink) => reply(sink, 'hi', [], status) });
    const answer = await app.fetch('/x');
    expect(answer).toMatchObject({ status, text: '' });
    expect(answer.headers['content-length']).toBeUndefined();
  });

  test('max_response_bytes', async () => {
    const app = await startGateway({
      routes: { 'GET /whole': { maxResponseBytes: 4 }, 'GET /stream': { maxResponseBytes: 4 } },
      handler: ({ path }, sink) => {
        if (path === '/whole') return reply(sink, '12345');
        sink.onHead(200, [], Buffer.from('123'), false, INFO);
        sink.onChunk(Buffer.from('45'));
        return undefined;
      },
    });
    expect((await app.fetch('/whole')).json()).toMatchObject({ code: 'response_too_large' });
    await expect(app.fetch('/stream')).rejects.toThrow(/aborted|hang up|reset/);
    expect(app.records[1]).toMatchObject({ errorCode: 'response_too_large' });
  });
});

describe('streaming', () => {
  test('pieces leave as they come', async () => {
    let sink!: ResponseSink;
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, to) => {
        sink = to;
        sink.onHead(200, ['Content-Type', 'text/event-stream'], null, false, INFO);
        return undefined;
      },
    });
    const socket = await app.connect();
    socket.setEncoding('latin1');
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await once(socket, 'data'))[0]).toContain('Transfer-Encoding: chunked');
    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      sink.onChunk(Buffer.from(piece));
      expect((await once(socket, 'data'))[0]).toContain(piece);
    }
    sink.onEnd();
    await once(socket, 'close');
    expect(app.records).toMatchObject([{ status: 200, bytes: 18, errorCode: null }]);
  });

  test('compressed pieces leave as they come too', async () => {
    let sink!: ResponseSink;
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, to) => {
        sink = to;
        sink.onHead(200, ['Content-Type', 'text/event-stream'], null, false, INFO);
        return undefined;
      },
    });
    const { get } = await import('node:http');
    const res = await new Promise<import('node:http').IncomingMessage>((resolve) =>
      get(
        { host: '127.0.0.1', port: app.port, path: '/x', headers: { 'Accept-Encoding': 'gzip' }, agent: false },
        resolve,
      ),
    );
    expect(res.headers['content-encoding']).toBe('gzip');
    const plain = res.pipe(createGunzip()).setEncoding('utf8');
    for (const piece of ['data: 1\n\n', 'data: 2\n\n']) {
      sink.onChunk(Buffer.from(piece));
      expect((await once(plain, 'data'))[0]).toBe(piece);
    }
    sink.onEnd();
    await once(plain, 'end');
  });

  test('a client that does not read gives no credit until it does', async () => {
    let credited = 0;
    let sink!: ResponseSink;
    const chunk = Buffer.alloc(65_536);
    let ready: () => void = () => {};
    const drained = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const total = 200 * chunk.length;
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, to) => {
        sink = to;
        sink.onHead(200, [], null, false, INFO);
        return {
          credit(bytes) {
            credited += bytes;
            if (credited === total) ready();
          },
        };
      },
    });
    const socket = await app.connect();
    socket.pause();
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(app.gateway.server, 'request');
    for (let sent = 0; sent < total; sent += chunk.length) sink.onChunk(chunk);
    expect(credited).toBeLessThan(total);
    socket.resume();
    await drained;
    sink.onEnd();
    await once(socket, 'close');
    expect(app.records).toMatchObject([{ bytes: total, status: 200 }]);
  });

  test('a handler that fails midway cuts the connection', async () => {
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, sink) => {
        sink.onHead(200, [], Buffer.from('half'), false, INFO);
        setImmediate(() => sink.onError(new FastFnError('handler_error', 'boom'), INFO));
        return undefined;
      },
    });
    await expect(app.fetch('/x')).rejects.toThrow(/aborted|hang up|reset/);
    expect(app.records).toMatchObject([{ status: 200, errorCode: 'handler_error' }]);
  });

  test('an answer may begin and end before the handle is known', async () => {
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, sink) => {
        sink.onHead(200, [], Buffer.from('a'), false, INFO);
        sink.onChunk(Buffer.from('b'));
        sink.onEnd();
        return undefined;
      },
    });
    expect((await app.fetch('/x')).text).toBe('ab');
  });

  test('HEAD of a stream ends with the head and stops the handler', async () => {
    const canceled: string[] = [];
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: ({ query }, sink) => {
        // Before the handle is known, or after.
        if (query.length > 0) sink.onHead(200, [], Buffer.from('a'), false, INFO);
        else setImmediate(() => sink.onHead(200, [], Buffer.from('a'), false, INFO));
        return { cancel: (reason) => void canceled.push(reason) };
      },
    });
    expect((await app.fetch('/x', { method: 'HEAD' })).status).toBe(200);
    expect((await app.fetch('/x?now', { method: 'HEAD' })).status).toBe(200);
    expect(canceled).toEqual(['canceled', 'canceled']);
  });
});

test('an answer that breaks off in the turn it began in still shows its head and what came before', async () => {
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sink.onHead(200, ['Content-Type', 'text/plain'], Buffer.from('before'), false, INFO);
      sink.onError(new FastFnError('handler_error', 'broke'), INFO);
      return undefined;
    },
  });
  const socket = await app.connect();
  socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n6\r\nbefore\r\n$/);
});
