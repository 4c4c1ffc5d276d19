import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { reply, startGateway } from '../../test-support.js';
import { acceptedEncoding } from './compress.js';

const text2k = 'words '.repeat(400);

test.each([
  ['br, gzip', 'br'],
  ['gzip', 'gzip'],
  ['gzip, br;q=0.5', 'gzip'],
  ['gzip;q=0, br;q=0', null],
  ['*', 'br'],
  ['identity', null],
  ['identity;q=1, gzip;q=0.5', null],
  ['', null],
  ['deflate', null],
  ['GZIP', 'gzip'],
])('Accept-Encoding %j → %s', (header, expected) => {
  expect(acceptedEncoding(header)).toBe(expected);
});

test.each([
  ['text/plain', [], 2400, true],
  ['application/json; charset=utf-8', [], 2400, true],
  ['application/problem+json', [], 2400, true],
  ['image/svg+xml', [], 2400, true],
  ['application/javascript', [], 2400, true],
  ['image/png', [], 2400, false],
  ['application/octet-stream', [], 2400, false],
  ['text/plain', [], 1023, false],
  ['text/plain', [], 1024, true],
  ['text/plain', ['Content-Encoding', 'zstd'], 2400, false],
  ['text/plain', ['Cache-Control', 'public, no-transform'], 2400, false],
  ['text/plain', ['Content-Range', 'bytes 0-1/2'], 2400, false],
  ['text/plain', [], 40_000, true],
])('%s %j of %i bytes: %s', async (type, extra: string[], length, compressed) => {
  const body = Buffer.alloc(length, 'a b c ');
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => reply(sink, body, ['Content-Type', type, ...extra]),
  });
  const answer = await app.fetch('/x', { headers: { 'Accept-Encoding': 'gzip' } });
  expect(answer.headers['content-encoding'] === 'gzip').toBe(compressed);
  if (compressed) {
    expect(gunzipSync(answer.body).equals(body)).toBe(true);
    expect(answer.headers.vary).toBe('Accept-Encoding');
  }
  expect(answer.headers['content-length']).toBe(String(answer.body.length));
});

test('a strong ETag becomes weak, and HEAD says the same without a length', async () => {
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => reply(sink, text2k, ['Content-Type', 'text/plain', 'ETag', '"abc"', 'Vary', 'Cookie']),
  });
  const headers = { 'Accept-Encoding': 'br' };
  const got = await app.fetch('/x', { headers });
  expect(brotliDecompressSync(got.body).toString()).toBe(text2k);
  expect(got.headers).toMatchObject({ etag: 'W/"abc"', vary: 'Cookie, Accept-Encoding' });
  const head = await app.fetch('/x', { method: 'HEAD', headers });
  expect(head.headers).toMatchObject({ etag: 'W/"abc"', 'content-encoding': 'br' });
  expect(head.headers['content-length']).toBeUndefined();
});

test('Vary is set also for a client that takes none', async () => {
  const app = await startGateway({ routes: { 'GET /x': {} }, handler: (_, sink) => reply(sink, text2k) });
  const answer = await app.fetch('/x');
  expect(answer.headers).toMatchObject({ vary: 'Accept-Encoding', 'content-length': String(text2k.length) });
});
