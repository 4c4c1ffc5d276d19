import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { EdgePolicy, FunctionConfig, ProxyDirective } from '@fastfn/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { INFO, startGateway, type TestGateway } from '../test-support.js';

async function upstream(handler: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** An upstream that speaks raw bytes after the first data arrives. */
async function rawUpstream(speak: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => speak(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function proxying(
  directive: ProxyDirective,
  edge: Partial<EdgePolicy> | null = {},
  config: FunctionConfig = {},
): Promise<TestGateway> {
  const policy: EdgePolicy | undefined =
    edge === null
      ? undefined
      : { baseUrl: null, allowHosts: [], allowPrivate: true, maxResponseBytes: 2 * 1024 * 1024, ...edge };
  return startGateway({
    routes: { 'GET,POST /p': { ...config, edge: policy } },
    handler: (_, sink) => void sink.onProxy(directive, INFO),
  });
}

describe('what goes up and comes back', () => {
  test('the directive’s method, headers and body, and nothing of the client', async () => {
    let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string } | null = null;
    const url = await upstream(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      seen = { method: req.method!, url: req.url!, headers: req.headers, body };
      res.writeHead(201, [
        'X-Up',
        'yes',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'Connection',
        'X-Up2',
        'Keep-Alive',
        'timeout=9',
      ]);
      res.end('made');
    });
    const app = await proxying(
      {
        path: '/items?x=1',
        method: 'post',
        headers: { 'X-Own': '1', Host: 'evil', Connection: 'x', 'X-Many': ['a', 'b'] },
        body: Buffer.from('sent'),
      },
      { baseUrl: `${url}/v1` },
    );
    const answer = await app.fetch('/p', { headers: { Cookie: 'secret=1', Authorization: 'secret' } });
    expect(answer).toMatchObject({
      status: 201,
      text: 'made',
      headers: { 'x-up': 'yes', 'set-cookie': ['a=1', 'b=2'], 'x-fastfn-function-state': 'warm' },
    });
    expect(JSON.stringify(answer.rawHeaders)).not.toContain('timeout=9');
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/v1/items?x=1',
      body: 'sent',
      headers: { 'x-own': '1', 'x-many': 'a, b', 'content-length': '4' },
    });
    expect(JSON.stringify(seen)).not.toMatch(/secret|evil/);
    expect(app.records).toMatchObject([{ status: 201, bytes: 4, fn: 'node/p@default' }]);
  });

  test('headers that the upstream names in Connection end here', async () => {
    const url = await upstream((_, res) => {
      res.writeHead(200, { Connection: 'close, X-Hop', 'X-Hop': 'secret', 'X-End': 'yes' });
      res.end('x');
    });
    const app = await proxying({ url: `${url}/x` });
    const { headers } = await app.fetch('/p');
    expect(headers['x-end']).toBe('yes');
    expect(headers).not.toHaveProperty('x-hop');
  });

  test.each([
    ['GET', 'GET', { 'Content-Length': '5' }, '5'],
    ['GET', 'GET', {}, undefined],
    ['HEAD', 'GET', { 'Content-Length': '5' }, '5'],
    ['HEAD', 'HEAD', { 'Content-Length': '5' }, '5'],
  ])('%s, asked by %s, announced as %j: the client is told %s', async (method, asked, sent, told) => {
    const url = await upstream((_, res) => {
      res.writeHead(200, { 'Content-Type': 'application/octet-stream', ...sent });
      res.write('he');
      res.end('llo');
    });
    const app = await proxying({ url: `${url}/x`, method: asked });
    const answer = await app.fetch('/p', { method });
    expect(answer.headers['content-length']).toBe(told);
    expect(answer.text).toBe(method === 'HEAD' ? '' : 'hello');
  });

  test('the length goes when the gateway compresses', async () => {
    const text = 'x'.repeat(5000);
    const url = await upstream((_, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': text.length });
      res.end(text);
    });
    const app = await proxying({ url: `${url}/x` });
    const answer = await app.fetch('/p', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(answer.headers).not.toHaveProperty('content-length');
  });

  test('redirects are passed on, not followed', async () => {
    const url = await upstream((_, res) => res.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end());
    const app = await proxying({ url: `${url}/x` });
    expect(await app.fetch('/p')).toMatchObject({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
  });

  test('the body streams', async () => {
    let more: (() => void) | null = null;
    const url = await upstream((_, res) => {
      res.write('first');
      more = () => res.end('second');
    });
    const app = await proxying({ url: `${url}/x` });
    const socket = await app.connect();
    socket.setEncoding('latin1');
    socket.write('GET /p HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    let text = '';
    while (!text.includes('first')) text += (await once(socket, 'data'))[0];
    more!();
    while (!text.includes('second')) text += (await once(socket, 'data'))[0];
  });

  test('a large body arrives whole through a slow reader', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abcdefg');
    const url = await upstream((_, res) => res.end(bytes));
    const app = await proxying({ url: `${url}/x` }, { maxResponseBytes: 0 });
    const answer = await app.fetch('/p');
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test('bytes of an encoded answer are not touched', async () => {
    const url = await upstream((_, res) =>
      res.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' }).end('pretend'),
    );
    const app = await proxying({ url: `${url}/x` });
    const answer = await app.fetch('/p', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(answer.text).toBe('pretend');
  });
});

describe('what is refused or fails', () => {
  test.each<[string, ProxyDirective, Partial<EdgePolicy> | null, string, number]>([
    ['no edge', { url: 'http://a.example/' }, null, 'edge_disabled', 502],
    ['a private address', { url: 'http://127.0.0.1:1/' }, { allowPrivate: false }, 'edge_denied', 502],
    ['a name with a private address', { url: 'http://localhost:1/' }, { allowPrivate: false }, 'edge_denied', 502],
    ['an unknown method', { url: 'http://127.0.0.1:1/', method: 'BREW' }, {}, 'edge_denied', 502],
    ['CONNECT', { url: 'http://127.0.0.1:1/', method: 'CONNECT' }, {}, 'edge_denied', 502],
    ['a dead upstream', { url: 'http://127.0.0.1:1/' }, {}, 'edge_failed', 502],
    ['a name that is none', { url: 'http://nothing.invalid/' }, {}, 'edge_failed', 502],
  ])('%s', async (_, directive, edge, code, status) => {
    const app = await proxying(directive, edge);
    const answer = await app.fetch('/p');
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  test('the reserved paths of this very server stay closed', async () => {
    const self = await proxying({ url: 'http://127.0.0.1:1/_fn/reload' });
    expect((await self.fetch('/p')).json()).toMatchObject({
      code: 'edge_denied',
      details: { reason: expect.stringContaining('reserved') },
    });
  });

  test.each([
    ['by the directive', { timeoutMs: 30 }, {}],
    ['by the function', {}, { timeoutMs: 30 }],
  ])('a silent upstream: 504, %s', async (_, directive: ProxyDirective, config: FunctionConfig) => {
    const url = await upstream(() => {});
    const app = await proxying({ url: `${url}/x`, ...directive }, {}, config);
    const answer = await app.fetch('/p');
    expect(answer.status).toBe(504);
    expect(answer.json()).toMatchObject({ code: 'edge_timeout' });
  });

  test('an announced length over the limit', async () => {
    const url = await upstream((_, res) => res.end('x'.repeat(100)));
    const app = await proxying({ url: `${url}/x`, maxResponseBytes: 99 });
    const answer = await app.fetch('/p');
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ code: 'response_too_large', details: { max_response_bytes: 99 } });
  });

  test('the directive cannot raise the limit', async () => {
    const url = await upstream((_, res) => res.end('x'.repeat(100)));
    const app = await proxying({ url: `${url}/x`, maxResponseBytes: 1000 }, { maxResponseBytes: 50 });
    expect((await app.fetch('/p')).json()).toMatchObject({ details: { max_response_bytes: 50 } });
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['no HTTP', (s) => s.end('hello\r\n\r\n'), 'edge_failed'],
    ['an early end', (s) => s.destroy(), 'edge_failed'],
    ['a reset', (s) => s.resetAndDestroy(), 'edge_failed'],
    ['half a head', (s) => s.end('HTTP/1.1 200 OK\r\nContent-'), 'edge_failed'],
    ['a length that is none', (s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc'), 'edge_failed'],
    [
      'two lengths',
      (s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'),
      'edge_failed',
    ],
    ['endless headers', (s) => s.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`), 'edge_failed'],
    [
      'both lengths',
      (s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
      'edge_failed',
    ],
  ])('an upstream that says %s', async (_, speak, code) => {
    const app = await proxying({ url: `${await rawUpstream(speak)}/x` });
    const answer = await app.fetch('/p');
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ code });
  });

  test.each<[string, (socket: Socket) => void, Partial<EdgePolicy>]>([
    ['promises more than it sends', (s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'), {}],
    [
      'resets in the middle',
      (s) =>
        s.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => setImmediate(() => s.resetAndDestroy())),
      {},
    ],
    ['breaks off in a chunk', (s) => s.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf'), {}],
    [
      'exceeds the limit unannounced',
      (s) => s.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n'),
      { maxResponseBytes: 5 },
    ],
  ])('an upstream that %s: the client sees a broken answer, never a whole one', async (_, speak, edge) => {
    const app = await proxying({ url: `${await rawUpstream(speak)}/x` }, edge);
    await expect(app.fetch('/p')).rejects.toThrow(/aborted|hang up|reset/);
  });

  test('an upstream that sends more than it promised: the rest is no part of the answer', async () => {
    const app = await proxying({
      url: `${await rawUpstream((s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhalfHTTP/1.1 200 OK\r\n\r\n'))}/x`,
    });
    expect(await app.fetch('/p')).toMatchObject({ status: 200, text: 'half', headers: { 'content-length': '4' } });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['hangs in the middle', (s) => s.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')],
    [
      'streams for ever',
      (s) => {
        s.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        const timer = setInterval(() => s.write('4\r\nmore\r\n'), 5);
        s.on('close', () => clearInterval(timer));
      },
    ],
  ])('an upstream that %s is cut off at the deadline', async (_, speak) => {
    const app = await proxying({ url: `${await rawUpstream(speak)}/x`, timeoutMs: 150 }, { maxResponseBytes: 0 });
    await expect(app.fetch('/p')).rejects.toThrow(/aborted|hang up|reset/);
    expect(app.records).toMatchObject([{ errorCode: 'edge_timeout' }]);
  });

  test.each([
    'http://localhost:PORT/x',
    'http://LOCALHOST:PORT/x',
    'http://127.0.0.1.:PORT/x',
    'http://2130706433:PORT/x',
    'http://0x7f000001:PORT/x',
    'http://0177.0.0.1:PORT/x',
    'http://[::ffff:127.0.0.1]:PORT/x',
  ])('%s does not reach this machine', async (url) => {
    let asked = 0;
    const own = await upstream((_, res) => {
      asked++;
      res.end('inside');
    });
    const app = await proxying({ url: url.replace('PORT', new URL(own).port) }, { allowPrivate: false });
    const answer = await app.fetch('/p');
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ code: 'edge_denied', details: { reason: expect.stringMatching(/public/) } });
    expect(asked).toBe(0);
  });

  test('a name with a trailing dot reaches it no better, whether it resolves here or not', async () => {
    let asked = 0;
    const own = await upstream((_, res) => {
      asked++;
      res.end('inside');
    });
    const url = `http://localhost.:${new URL(own).port}/x`;
    const app = await proxying({ url }, { allowPrivate: false });
    expect((await app.fetch('/p')).status).toBe(502);
    expect(asked).toBe(0);
  });

  test('a redirect to a private address is not followed, and says so to the client only', async () => {
    let inside = 0;
    const secret = await upstream((_, res) => {
      inside++;
      res.end();
    });
    const url = await upstream((_, res) => res.writeHead(307, { Location: `${secret}/_fn/reload` }).end());
    const app = await proxying({ url: `${url}/x` });
    expect((await app.fetch('/p')).status).toBe(307);
    expect(inside).toBe(0);
  });

  test('a client that leaves ends the upstream call', async () => {
    let left: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const url = await upstream((req, res) => {
      res.write('first');
      req.socket.on('close', () => left());
    });
    const app = await proxying({ url: `${url}/x` });
    const socket = await app.connect();
    socket.write('GET /p HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await gone;
  });
});
