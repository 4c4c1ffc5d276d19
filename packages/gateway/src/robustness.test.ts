import type { ResponseSink } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { collect, reply, startGateway } from './test-support.js';

/** The JSON body of the only answer in raw text. */
function bodyOf(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
}

describe('bytes that are no valid request', () => {
  test.each([
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00', 400],
    ['a request line without a target', 'GET\r\n\r\n', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target without a slash', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a byte above ASCII in the target', 'GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a broken percent-escape', 'GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 400],
    ['HTTP/0.9', 'GET /\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['an absolute target with credentials', 'GET http://u@b/x HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a Host with credentials', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
    ['bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    [
      'length and chunks (CL.TE)',
      'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG',
      400,
    ],
    [
      'chunks and length (TE.CL)',
      'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nG',
      400,
    ],
    ['two lengths', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc', 400],
    ['a list of lengths', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc', 400],
    ['a negative length', 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400],
    ['an unknown transfer coding', 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', 400],
    ['chunked twice', 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n', 400],
    ['a chunk size that is none', 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n', 400],
    [
      'a chunk longer than it says',
      'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n',
      400,
    ],
    ['an unknown method', 'BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n', 501],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['a star target', 'GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['huge headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a huge target', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ])('%s', async (_, bytes, status) => {
    const app = await startGateway({ routes: { 'GET,POST /x': {} } });
    const text = await app.raw(Buffer.from(bytes, 'latin1'));
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(text.toLowerCase()).toContain('connection: close');
    expect(bodyOf(text)).toMatchObject({
      error: expect.any(String),
      code: expect.any(String),
      request_id: expect.any(String),
    });
  });

  test('the status line names the status in words', async () => {
    const app = await startGateway();
    const text = await app.raw('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
  });

  test.each([
    ['GET /a%zz/b?token=hunter2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'GET', '/a%zz/b'],
    ['GET http://u:hunter2@b/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'GET', '/%zz'],
    ['GET /x HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n', 'GET', '/x'],
    ['GET /%e0%a4%a?hunter2#hunter2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'GET', '/%e0%a4%a'],
    ['CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n', 'CONNECT', 'b:443'],
    ['GET / HTTP/1.1\r\nHost : hunter2\r\n\r\n', '-', '-'],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '-', '-'],
  ])('%j is in the log as %s %s', async (bytes, method, path) => {
    const app = await startGateway();
    const text = await app.raw(bytes);
    const status = Number(text.slice(9, 12));
    expect(app.records).toMatchObject([
      { method, path, status, fn: null, route: null, clientIp: '127.0.0.1', errorCode: expect.any(String) },
    ]);
    expect(text).toContain(app.records[0]!.requestId);
    expect(JSON.stringify(app.records)).not.toContain('hunter2');
  });

  test('none of them reaches a function', async () => {
    let calls = 0;
    const app = await startGateway({
      routes: { 'POST /x': {} },
      handler: (_, sink) => {
        calls++;
        return reply(sink, '');
      },
    });
    await app.raw('POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n');
    await app.raw('POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n');
    expect(calls).toBe(0);
  });
});

describe('unusual but valid requests', () => {
  test.each([
    ['an absolute target', 'GET http://b/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 200],
    ['HTTP/1.0 without Host', 'GET /x HTTP/1.0\r\n\r\n', 200],
    ['doubled slashes', 'GET //x// HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 200],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 204],
    ['an IPv6 Host', 'GET /x HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n', 200],
    ['an empty Host', 'GET /x HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 200],
    [
      'an upgrade nobody serves',
      'GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\n\r\n',
      200,
    ],
    [
      'trailers',
      'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n',
      200,
    ],
  ])('%s', async (_, bytes, status) => {
    const app = await startGateway({ routes: { 'GET,POST /x': {} } });
    expect(await app.raw(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test.each([
    ['one header of 10,000 bytes', { 'X-Long': 'x'.repeat(10_000) }],
    ['cookies of 10,000 bytes', { Cookie: 'a=1; '.repeat(2_000) }],
    ['a thousand headers', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`X-${i}`, '1']))],
  ])('%s reach the function', async (_, headers: Record<string, string>) => {
    let seen = 0;
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (call, sink) => {
        seen = call.headers.length;
        return reply(sink, 'ok');
      },
    });
    expect((await app.fetch('/x', { headers })).status).toBe(200);
    expect(seen).toBeGreaterThan(5_000);
  });

  test('a hundred pipelined requests are answered in order', async () => {
    const sinks: [string, ResponseSink][] = [];
    const app = await startGateway({
      routes: { 'GET /n/:n': {} },
      handler: ({ params }, sink) => {
        sinks.push([params.n!, sink]);
        // Answered in pairs, the later one first.
        if (sinks.length === 2) for (const [n, waiting] of sinks.splice(0).reverse()) reply(waiting, `<${n}>`);
        return undefined;
      },
    });
    const requests = Array.from(
      { length: 100 },
      (_, n) => `GET /n/${n} HTTP/1.1\r\nHost: a\r\n${n === 99 ? 'Connection: close\r\n' : ''}\r\n`,
    );
    const text = await app.raw(requests.join(''));
    expect([...text.matchAll(/<(\d+)>/g)].map((match) => Number(match[1]))).toEqual(requests.map((_, n) => n));
  });
});

describe('clients that are slow or leave', () => {
  test('headers that do not arrive are answered 408', async () => {
    const app = await startGateway({ routes: {}, limits: { headersTimeoutMs: 50 } });
    const text = await app.raw('GET / HTTP/1.1\r\nHost: a\r\nX-Slow:');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(bodyOf(text)).toMatchObject({ code: 'bad_request' });
  });

  test('bytes that drip do not buy time, and hold nobody else up', async () => {
    const app = await startGateway({
      routes: { 'POST /x': {} },
      limits: { headersTimeoutMs: 150, requestTimeoutMs: 300 },
    });
    const drip = async (head: string, byte: string): Promise<string> => {
      const socket = await app.connect();
      const answer = collect(socket);
      socket.write(head);
      const timer = setInterval(() => socket.writable && socket.write(byte), 20);
      return answer.finally(() => clearInterval(timer));
    };
    const slow = [
      ...Array.from({ length: 20 }, () => drip('GET / HTTP/1.1\r\nX: ', 'x')),
      drip('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n', 'x'),
      drip('POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
    ];
    expect((await app.fetch('/x', { method: 'POST' })).status).toBe(200);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  test('a body that does not arrive is answered 408', async () => {
    const app = await startGateway({
      routes: { 'POST /x': {} },
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 50 },
    });
    const text = await app.raw('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(app.records).toMatchObject([{ status: 499, errorCode: 'client_closed' }]);
  });

  test('an idle connection is closed, one with a running function is not', async () => {
    const arrived: ResponseSink[] = [];
    const app = await startGateway({
      routes: { 'GET /x': {} },
      limits: { idleTimeoutMs: 60 },
      handler: (_, sink) => {
        arrived.push(sink);
        return undefined;
      },
    });
    const busy = await app.connect();
    busy.write('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const busyText = collect(busy);
    // Two idle ones, one after the other, outlive several idle timeouts of the busy one.
    for (let i = 0; i < 3; i++) expect(await collect(await app.connect())).toBe('');
    reply(arrived[0]!, 'still here');
    expect(await busyText).toContain('still here');
  });
});
