import { expect } from 'vitest';
import { defineCases } from '../case.js';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);
const LARGE = Buffer.alloc(3_000_000);
for (let i = 0; i < LARGE.length; i += 4) LARGE.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);

const BOUNDARY = 'conformance-boundary';
const multipart = Buffer.concat([
  Buffer.from(
    [
      `--${BOUNDARY}`,
      'Content-Disposition: form-data; name="title"',
      '',
      'Grüße',
      `--${BOUNDARY}`,
      'Content-Disposition: form-data; name="tags"',
      '',
      'a',
      `--${BOUNDARY}`,
      'Content-Disposition: form-data; name="tags"',
      '',
      'b',
      `--${BOUNDARY}`,
      'Content-Disposition: form-data; name="file"; filename="x.bin"',
      'Content-Type: application/x-thing',
      '',
      '',
    ].join('\r\n'),
  ),
  Buffer.from([0xff, 0x00, 0x0d, 0x0a, 0x2d]),
  Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
]);

/** SPEC §6: the body, as text, as bytes, parsed. */
export const bodyCases = defineCases('body', 'echo', [
  {
    id: 'body.text',
    title: 'a body in UTF-8 is text',
    request: { method: 'POST', path: '/echo', body: 'Grüße 👋\n' },
    expect: { jsonPart: { body: 'Grüße 👋\n', is_base64: false } },
  },
  {
    id: 'body.nul',
    title: 'NUL and other control characters are text',
    request: { method: 'POST', path: '/echo', body: 'a\u0000b\u001f' },
    expect: { jsonPart: { body: 'a\u0000b\u001f', is_base64: false } },
  },
  {
    id: 'body.base64',
    title: 'a body that is no UTF-8 is base64',
    request: { method: 'POST', path: '/echo', body: ALL_BYTES },
    expect: { jsonPart: { body: Buffer.from(ALL_BYTES).toString('base64'), is_base64: true } },
  },
  {
    id: 'body.large-text',
    title: 'a text of 500 KiB comes whole',
    async script({ call }) {
      const body = 'ü'.repeat(256_000);
      const answer = await call({ method: 'POST', path: '/echo', body });
      expect(answer.json().body).toBe(body);
    },
  },
  {
    id: 'body.raw',
    title: 'raw_body is bytes, and bytes come back as they are',
    fn: 'raw-body',
    request: { method: 'POST', path: '/raw-body', body: ALL_BYTES, headers: { 'content-type': 'image/x-all' } },
    expect: { bytes: ALL_BYTES, headers: { 'content-type': 'image/x-all' } },
  },
  {
    id: 'body.raw.text',
    title: 'raw_body of a text is its bytes',
    fn: 'raw-body',
    request: { method: 'POST', path: '/raw-body', body: 'ü', headers: { 'content-type': 'text/plain' } },
    expect: { bytes: Buffer.from('ü') },
  },
  {
    id: 'body.raw.large',
    title: '3 MB of bytes come back identical',
    fn: 'raw-body',
    async script({ call }) {
      const answer = await call({
        method: 'POST',
        path: '/raw-body',
        body: LARGE,
        headers: { 'content-type': 'application/octet-stream' },
      });
      expect(answer.status).toBe(200);
      expect(answer.bytes.equals(LARGE)).toBe(true);
    },
  },
  {
    id: 'body.json',
    title: 'JSON is parsed by the helper',
    fn: 'json-body',
    request: {
      method: 'POST',
      path: '/json-body',
      body: '{"a": [1, 2.5, "ü", null, true]}',
      headers: { 'content-type': 'application/json' },
    },
    expect: { json: { received: { a: [1, 2.5, 'ü', null, true] } } },
  },
  {
    id: 'body.json.broken',
    title: 'broken JSON is an error of the handler that did not catch it',
    fn: 'json-body',
    request: { method: 'POST', path: '/json-body', body: '{"a":' },
    expect: { status: 500, jsonPart: { code: 'handler_error' } },
  },
  {
    id: 'body.form.multipart',
    title: 'multipart forms are read by the helper',
    fn: 'form',
    request: {
      method: 'POST',
      path: '/form',
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      body: multipart,
    },
    expect: {
      json: {
        title: 'Grüße',
        tags: ['a', 'b'],
        file: { name: 'x.bin', type: 'application/x-thing', size: 5, first: 255 },
      },
    },
    skip: {
      php: 'PHP has no form helper; the raw body is there',
      lua: 'Lua has no form helper; the raw body is there',
      rust: 'Rust has no form helper; the raw body is there',
      go: 'Go has no form helper; mime/multipart reads the raw body',
    },
  },
  {
    id: 'body.form.urlencoded',
    title: 'urlencoded forms are read by the same helper',
    fn: 'form',
    request: {
      method: 'POST',
      path: '/form',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'title=a+b%26&tags=x&tags=y',
    },
    expect: { json: { title: 'a b&', tags: ['x', 'y'], file: null } },
    skip: {
      php: 'PHP has no form helper; the raw body is there',
      lua: 'Lua has no form helper; the raw body is there',
      rust: 'Rust has no form helper; the raw body is there',
      go: 'Go has no form helper; the raw body is there',
    },
  },
]);
