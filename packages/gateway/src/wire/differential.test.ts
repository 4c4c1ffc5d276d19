import type { Socket } from 'node:net';
import { array, assert, asyncProperty, constantFrom, integer } from 'fast-check';
import { expect, test } from 'vitest';
import { INFO, reply, startGateway, type TestGateway } from '../test-support.js';

/** What clients send, in any order on one connection. Not `Upgrade`: node 20 reads nothing that is pipelined behind it. */
const GOOD: readonly string[] = [
  'GET /x?a=1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /x HTTP/1.1\r\nHost: a\r\nX-Dup: 1\r\nx-dup: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n',
  'HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /empty HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /missing HTTP/1.1\r\nHost: a\r\n\r\n',
  'DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3\r\nyou\r\n0\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n1\r\na\r\n0\r\nX-T: t\r\n\r\n',
  'POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
  'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi',
  'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET //x// HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
];

/** After these a server must not trust what follows: it answers and closes. */
const BAD: readonly string[] = [
  'GET /x HTTP/1.1\r\n\r\n',
  'GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n${'y'.repeat(40)}`,
  'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'GARBAGE\r\n\r\n',
  'BREW /x HTTP/1.1\r\nHost: a\r\n\r\n',
];

/** Ends the connection in good order. */
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

function start(): Promise<TestGateway> {
  return startGateway({
    routes: { 'GET,POST /x': { maxBodyBytes: 20 }, 'GET /stream': {}, 'GET /empty': {}, 'GET /last': {} },
    requestId: () => 'id',
    handler: ({ path, method, query, headers, body }, sink) => {
      if (path === '/empty') return void sink.onHead(204, [], null, true, INFO);
      const text = JSON.stringify({ path, method, query, headers, body: Buffer.from(body).toString() });
      if (path !== '/stream') return reply(sink, text);
      sink.onHead(200, [], Buffer.from('one'), false, INFO);
      sink.onChunk(Buffer.from('two'));
      sink.onEnd();
      return undefined;
    },
  });
}

/** The same gateway by node's own objects alone. */
async function startByNode(): Promise<TestGateway> {
  const app = await start();
  const { server } = app.gateway;
  const [, ours] = server.listeners('connection') as (() => void)[];
  server.removeListener('connection', ours!);
  return app;
}

/** All that comes back when the bytes are sent in pieces of the given lengths. */
async function answers(app: TestGateway, bytes: string, lengths: readonly number[]): Promise<string> {
  const socket: Socket = await app.connect();
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => void socket.on('error', () => {}).on('close', () => resolve()));
  for (let at = 0, i = 0; at < bytes.length && !socket.destroyed; i++) {
    const length = lengths[i % lengths.length]!;
    if (socket.writable) socket.write(bytes.slice(at, at + length));
    at += length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return text;
}

/** The answers, without what may differ: the moment, and words on keeping the connection, which HTTP/1.1 keeps without. */
function comparable(text: string): string[] {
  return text
    .replace(/(?:Date: [^\r]+|Connection: keep-alive)\r\n/gi, '')
    .replace(/\r\n(?:[\w-]+: [^\r]*\r\n)+/g, (head) => head.toLowerCase().split('\r\n').sort().join('\r\n'))
    .split(/(?=HTTP\/1\.1 )/);
}

const segments = array(integer({ min: 5, max: 300 }), { minLength: 1, maxLength: 4 });
const requests = array(constantFrom(...GOOD), { maxLength: 6 });

test('plain requests are answered as node would have them answered, in any order and in pieces', async () => {
  const plain = await start();
  const byNode = await startByNode();
  await assert(
    asyncProperty(requests, segments, async (pieces, lengths) => {
      const bytes = [...pieces, LAST].join('');
      const [ours, theirs] = await Promise.all([answers(plain, bytes, lengths), answers(byNode, bytes, lengths)]);
      expect(comparable(ours)).toEqual(comparable(theirs));
      const booked = [plain, byNode].map(({ records }) =>
        // In which turn a body ends is node's own matter, and so is which of two requests is booked first.
        records
          .splice(0)
          .map(({ method, path, status, bytes }) => `${method} ${path} ${status} ${bytes}`)
          .sort(),
      );
      expect(booked[0]).toEqual(booked[1]);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});

test('so are bad ones, and what comes after them is not served', async () => {
  const plain = await start();
  const byNode = await startByNode();
  await assert(
    asyncProperty(requests, constantFrom(...BAD), segments, async (pieces, bad, lengths) => {
      const bytes = [...pieces, bad, LAST].join('');
      const all = await Promise.all([answers(plain, bytes, lengths), answers(byNode, bytes, lengths)]);
      const [ours, theirs] = all.map(comparable) as [string[], string[]];
      expect(ours.at(-1)).toBe(theirs.at(-1));
      // Answers that are ready when the bad one is read may be lost; which ones is a matter of turns.
      const [fewer, more] = ours.length < theirs.length ? [ours, theirs] : [theirs, ours];
      let at = 0;
      for (const answer of fewer) {
        at = more.indexOf(answer, at) + 1;
        expect(at).toBeGreaterThan(0);
      }
      expect(ours.join('') + theirs.join('')).not.toContain('"/last"');
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
