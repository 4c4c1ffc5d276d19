import { expect } from 'vitest';
import { defineCases } from '../case.js';
import { SHORT_TIMEOUT_MS, SMALL_BODY_BYTES } from '../functions.js';

/** SPEC §5: deadlines and sizes. */
export const limitCases = defineCases('limits', 'slow', [
  {
    id: 'limits.timeout',
    title: 'a handler that waits too long is answered for with 504, and the next call works',
    steps: [
      { request: { path: '/slow?mode=ok' }, expect: { text: 'ok' } },
      { request: { path: '/slow?mode=sleep' }, expect: { status: 504, jsonPart: { code: 'timeout' } } },
      { request: { path: '/slow?mode=ok' }, expect: { text: 'ok' } },
    ],
  },
  {
    id: 'limits.timeout.busy',
    title: 'an endless loop is stopped, and the next call works',
    steps: [
      { request: { path: '/slow?mode=busy' }, expect: { status: 504, jsonPart: { code: 'timeout' } } },
      { request: { path: '/slow?mode=ok' }, expect: { text: 'ok' } },
    ],
  },
  {
    id: 'limits.timeout.others',
    title: 'other functions notice nothing of it',
    async script({ call, check }) {
      await check(await call({ path: '/neighbour' }), { text: 'neighbour' });
      const stuck = call({ path: '/slow?mode=busy' });
      const started = performance.now();
      await check(await call({ path: '/neighbour' }), { text: 'neighbour' });
      const took = performance.now() - started;
      await check(await stuck, { status: 504 });
      expect(took).toBeLessThan(SHORT_TIMEOUT_MS);
    },
  },
  {
    id: 'limits.body.fits',
    title: 'a body of exactly max_body_bytes is taken',
    fn: 'small-body',
    request: { method: 'POST', path: '/small-body', body: 'x'.repeat(SMALL_BODY_BYTES) },
    expect: { json: { size: SMALL_BODY_BYTES } },
  },
  {
    id: 'limits.body.too-large',
    title: 'one byte more is 413',
    fn: 'small-body',
    request: { method: 'POST', path: '/small-body', body: 'x'.repeat(SMALL_BODY_BYTES + 1) },
    expect: { status: 413, jsonPart: { code: 'payload_too_large' } },
  },
  {
    id: 'limits.body.chunked',
    title: 'also when its length was not announced',
    fn: 'small-body',
    async script({ raw, url }) {
      const piece = `32\r\n${'y'.repeat(50)}\r\n`;
      const answer = await raw(
        `POST /small-body HTTP/1.1\r\nHost: ${new URL(url).host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${piece.repeat(3)}0\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toContain('payload_too_large');
    },
  },
]);
