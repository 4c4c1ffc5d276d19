import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ResponseSink } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { INFO, reply, startGateway } from '../test-support.js';
import { servePlainly } from './plain-connection.js';
import { PlainMessages } from './plain-messages.js';

/** Reads until the text ends so. */
async function until(socket: Socket, end: string): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.endsWith(end)) return text;
  }
  return text;
}

/** A promise and the way to fulfil it. */
function signal<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/** How often node:http was asked to make its own objects of a request. */
function countPromotions(server: NodeJS.EventEmitter): () => number {
  let count = 0;
  server.on('request', () => count++);
  return () => count;
}

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const POST = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('what one write answers, node:http makes no objects of', () => {
  test.each([
    ['a call', GET('/x'), 'ok'],
    ['a call with a body', POST('/x', 'body'), 'ok'],
    [
      'a body in chunks',
      'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: t\r\n\r\n',
      'ok',
    ],
    ['an error', GET('/missing'), '}\n'],
    ['a method that is not there', POST('/get', ''), '}\n'],
  ])('%s', async (_, bytes, end) => {
    const app = await startGateway({
      routes: { 'GET,POST /x': {}, 'GET /get': {} },
      handler: (_call, sink) => reply(sink, 'ok'),
    });
    const promotions = countPromotions(app.gateway.server);
    const socket = await app.connect();
    for (let i = 0; i < 3; i++) {
      socket.write(bytes);
      expect(await until(socket, end)).toMatch(/^HTTP\/1\.1 \d{3} /);
    }
    expect(promotions()).toBe(0);
    expect(app.records).toHaveLength(3);
    socket.destroy();
  });

  test.each([
    ['a stream', GET('/stream')],
    ['HEAD', 'HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['HTTP/1.0', 'GET /x HTTP/1.0\r\n\r\n'],
    ['a connection to be closed', 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['Expect', 'POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n'],
  ])('but of others it does: %s', async (_, bytes) => {
    const app = await startGateway({
      routes: { 'GET,POST /x': {}, 'GET /stream': {} },
      handler: (call, sink) => {
        if (call.path === '/x') return reply(sink, 'ok');
        sink.onHead(200, [], Buffer.from('a'), false, INFO);
        sink.onEnd();
        return undefined;
      },
    });
    let others = 0;
    app.gateway.server.on('request', () => others++).on('checkContinue', () => others++);
    const socket = await app.connect();
    socket.write(bytes);
    await once(socket, 'data');
    expect(others).toBe(1);
    socket.destroy();
  });
});

test('bodies arrive whole, whatever the pieces they come in', async () => {
  const bodies: string[] = [];
  const app = await startGateway({
    routes: { 'POST /x': { maxBodyBytes: 1_000_000 } },
    handler: ({ body }, sink) => {
      bodies.push(Buffer.from(body).toString());
      return reply(sink, 'ok');
    },
  });
  const socket = await app.connect();
  const big = 'x'.repeat(200_000);
  for (const body of ['', 'a', big]) {
    socket.write(POST('/x', body));
    await until(socket, 'ok');
  }
  const head = 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  for (const piece of [head, '1\r\nb\r\n', '2\r\ncd\r\n']) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write('0\r\n\r\n');
  await until(socket, 'ok');
  expect(bodies.map((body) => body.length)).toEqual([0, 1, 200_000, 3]);
  expect(bodies.at(-1)).toBe('bcd');
  socket.destroy();
});

test('a body that nobody wanted is read past, and the connection goes on', async () => {
  const app = await startGateway({ routes: { 'GET /x': {} }, handler: (_, sink) => reply(sink, 'ok') });
  const socket = await app.connect();
  socket.write('POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc');
  expect(await until(socket, '}\n')).toMatch(/^HTTP\/1\.1 404 /);
  socket.write('y'.repeat(99_997));
  socket.write(GET('/x'));
  expect(await until(socket, 'ok')).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('answers keep the order of pipelined requests: plain ones, streams, errors, and bodies between them', async () => {
  const waiting: (() => void)[] = [];
  const app = await startGateway({
    routes: { 'GET,POST /:n': {} },
    handler: ({ path, body }, sink) => {
      waiting.push(() => {
        if (path === '/stream') {
          sink.onHead(200, [], Buffer.from('<stream'), false, INFO);
          sink.onChunk(Buffer.from('>'));
          sink.onEnd();
        } else reply(sink, `<${path.slice(1)}${Buffer.from(body)}>`);
      });
      if (waiting.length === 5) for (const answer of waiting.reverse()) answer();
      return undefined;
    },
  });
  const socket = await app.connect();
  socket.write(
    GET('/1') + POST('/2', 'body') + GET('/stream') + GET('/a/b/missing') + GET('/4') + POST('/5', '') + GET('/end/x'),
  );
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if ((text.match(/not_found/g)?.length ?? 0) === 2) break;
  }
  expect(text.match(/<\w+>|<stream|not_found/g)).toEqual([
    '<1>',
    '<2body>',
    '<stream',
    'not_found',
    '<4>',
    '<5>',
    'not_found',
  ]);
});

test('garbage after a request whose answer is awaited ends both', async () => {
  const canceled: string[] = [];
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: () => ({ cancel: (reason) => void canceled.push(reason) }),
  });
  const text = await app.raw(`${GET('/x')}garbage\r\n\r\n`);
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expect(canceled).toEqual(['client_closed']);
  expect(app.records).toMatchObject([{ status: 499 }]);
});

test('a client that leaves cancels its call; an answer that comes later goes nowhere', async () => {
  const sinks: ResponseSink[] = [];
  const left = signal();
  const arrived = signal();
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sinks.push(sink);
      arrived.resolve();
      return { cancel: () => left.resolve() };
    },
  });
  const socket = await app.connect();
  socket.write(GET('/x'));
  await arrived.promise;
  socket.resetAndDestroy();
  await left.promise;
  reply(sinks[0]!, 'late');
  expect(app.records).toMatchObject([{ status: 499, errorCode: 'client_closed' }]);
});

test('a client that sends requests and reads no answers is not read from any more', async () => {
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => reply(sink, 'x'.repeat(100_000)),
  });
  const socket = await app.connect();
  socket.pause();
  const served = signal<number>();
  // Each request is sent after the one before has been handled, so that none is pipelined.
  let count = 0;
  const next = (): void => {
    socket.write(GET('/x'));
    const look = (turns: number): void => {
      if (app.records.length > count) {
        count = app.records.length;
        next();
      } else if (turns > 0) setImmediate(look, turns - 1);
      else served.resolve(count);
    };
    look(20_000);
  };
  next();
  // What the kernel and two buffers hold, and no more.
  expect(await served.promise).toBeLessThan(200);
  socket.destroy();
});

test('an answer that has left cannot be followed by another', () => {
  let sent = 0;
  const socket = { writable: true, write() {} } as unknown as Socket;
  const messages = new PlainMessages(socket, { promote: () => expect.unreachable(), sent: () => sent++ });
  messages.send('HTTP/1.1 204 No Content\r\n\r\n', null);
  expect(() => messages.res).toThrow('has left already');
  expect(() => messages.req).toThrow('has left already');
  expect(sent).toBe(1);
});

test('where node does not look as expected, its own way is taken', () => {
  for (const parser of [undefined, null, {}, { onIncoming: null }]) {
    const socket = { parser } as unknown as Socket;
    servePlainly(socket, () => expect.unreachable());
    expect(Object.getOwnPropertySymbols(socket)).toEqual([]);
  }
});
