import { describe, expect, test } from 'vitest';
import { INFO, startGateway } from '../test-support.js';

/** Answers the same from a function, whatever way they take to the socket. */
const CASES: readonly (readonly [name: string, headers: string[], body: string, expected: Record<string, unknown>])[] =
  [
    ['plain', ['Content-Type', 'text/plain'], 'hello', { 'content-type': 'text/plain', 'content-length': '5' }],
    ['no body', [], '', { 'content-length': '0' }],
    ['no type', [], 'x', { 'content-length': '1' }],
    ['several of a name', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'], 'x', { 'set-cookie': ['a=1', 'b=2'] }],
    ['bytes above 127', ['Content-Type', 'text/plain'], 'é\u{1F98A}\u0000', { 'content-length': '7' }],
    ['a length that is not true', ['Content-Length', '999'], 'ok', { 'content-length': '2' }],
    ['a date of its own', ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'], 'ok', { date: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['a header that is ours', ['X-Request-Id', 'forged', 'Connection', 'close'], 'ok', { 'x-request-id': 'mine' }],
    ['a value outside Latin-1', ['X-Name', '語'], 'ok', { 'x-name': Buffer.from('語').toString('latin1') }],
    ['a value with a line break', ['X-Bad', 'a\r\nSet-Cookie: evil=1', 'X-Good', 'b'], 'ok', { 'x-good': 'b' }],
    ['a name with a space', ['X Bad', 'a', 'X-Good', 'b'], 'ok', { 'x-good': 'b' }],
  ];

describe.each(CASES)('%s', (_name, headers, text, expected) => {
  const body = Buffer.from(text);
  const start = () =>
    startGateway({
      routes: { 'GET /x': {} },
      handler: (_, sink) => void sink.onHead(200, headers, body.length === 0 ? null : body, true, INFO),
    });

  test.each([
    ['kept open', { 'X-Request-Id': 'mine' }],
    ['to be closed', { 'X-Request-Id': 'mine', Connection: 'close' }],
  ])('on a connection %s', async (_kind, sent) => {
    const app = await start();
    const answer = await app.fetch('/x', { headers: sent });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ ...expected, 'x-fastfn-function-state': 'warm' });
    expect(answer.headers).toHaveProperty('date');
    expect(answer.headers).not.toHaveProperty('x-bad');
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
    if (expected['set-cookie'] === undefined) expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.text).toBe(text);
  });
});

test('answers leave in the order of the requests, also when they are ready in another', async () => {
  const waiting: (() => void)[] = [];
  const app = await startGateway({
    routes: { 'GET /:n': {} },
    handler: ({ path }, sink) => {
      waiting.push(() => sink.onHead(200, [], Buffer.from(path), true, INFO));
      if (waiting.length === 3) for (const answer of waiting.reverse()) answer();
      return undefined;
    },
  });
  const socket = await app.connect();
  socket.write(['1', '2', '3'].map((n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.endsWith('/3')) break;
  }
  expect(text.match(/\r\n\r\n\/\d/g)).toEqual(['\r\n\r\n/1', '\r\n\r\n/2', '\r\n\r\n/3']);
});

test('a client of HTTP/1.0 that does not keep the connection sees it end', async () => {
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => void sink.onHead(200, [], Buffer.from('old'), true, INFO),
  });
  const socket = await app.connect();
  socket.write('GET /x HTTP/1.0\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/Connection: close\r\n\r\nold$/);
});
