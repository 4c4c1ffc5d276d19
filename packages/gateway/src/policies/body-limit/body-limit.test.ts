import { describe, expect, test } from 'vitest';
import { reply, startGateway } from '../../test-support.js';

describe('body limit', () => {
  const limited = { 'POST /in': { maxBodyBytes: 10 } };
  test.each([
    ['none', {}, 200],
    ['0 announced', { body: '', headers: { 'Content-Length': '0' } }, 200],
    ['0 in chunks', { body: '', headers: { 'Transfer-Encoding': 'chunked' } }, 200],
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

  test.each([65_536, 65_537, 4_194_304, 4_194_305, 9_000_000])('%i bytes arrive as they were sent', async (size) => {
    const sent = Buffer.alloc(size);
    for (let i = 0; i < size; i++) sent[i] = (i * 31 + (i >> 8)) & 255;
    const received: Uint8Array[] = [];
    const app = await startGateway({
      routes: { 'POST /in': { maxBodyBytes: 10_000_000 } },
      handler: ({ body }, sink) => {
        received.push(body);
        return reply(sink, 'ok');
      },
    });
    await app.fetch('/in', { method: 'POST', body: sent, headers: { 'Content-Length': `${size}` } });
    await app.fetch('/in', { method: 'POST', body: sent, headers: { 'Transfer-Encoding': 'chunked' } });
    expect(received.map((body) => sent.equals(body))).toEqual([true, true]);
  });
});
