import { expect } from 'vitest';
import { defineCases, type Expectation } from '../case.js';

const JSON_TYPE = /^application\/json/;
const TEXT_TYPE = 'text/plain; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';
const BYTES = Uint8Array.from([0, 255, 128, 10, 13, 0]);

/** The `respond` function, asked for one of its answers. */
const answer = (name: string, title: string, expected: Expectation, skip?: Record<string, string>) => ({
  id: `responses.${name}`,
  title,
  request: { path: `/respond?case=${name}` },
  expect: expected,
  ...(skip && { skip }),
});

/** SPEC §8: envelopes and shorthands. */
export const responseCases = defineCases('responses', 'respond', [
  answer('object', 'an object is JSON', {
    headers: { 'content-type': JSON_TYPE },
    json: { a: 1, b: [true, null], c: 'ü' },
  }),
  answer('list', 'a list is JSON', { headers: { 'content-type': JSON_TYPE }, json: [1, 'two', { three: 3 }] }),
  answer('true', 'true is JSON', { headers: { 'content-type': JSON_TYPE }, text: 'true' }),
  answer('false', 'false is JSON', { headers: { 'content-type': JSON_TYPE }, text: 'false' }),
  answer('empty-object', 'an empty object is JSON', { headers: { 'content-type': JSON_TYPE }, text: '{}' }),
  answer('empty-list', 'an empty list is JSON', { headers: { 'content-type': JSON_TYPE }, text: '[]' }),
  answer('text', 'text is text/plain', { headers: { 'content-type': TEXT_TYPE }, text: 'Grüße 👋' }),
  answer('empty-text', 'an empty text is an empty body', { text: '' }),
  answer('html', 'text that begins with <!doctype html is a page', {
    headers: { 'content-type': HTML_TYPE },
    text: '<!DOCTYPE html><p>ü</p>',
  }),
  answer('html-tag', 'text that begins with <html is a page', {
    headers: { 'content-type': HTML_TYPE },
    text: '<HTML><p>x</p>',
  }),
  answer('almost-html', 'other markup is text', { headers: { 'content-type': TEXT_TYPE }, text: '<p>x</p>' }),
  answer('number', 'a number is text', { headers: { 'content-type': TEXT_TYPE }, text: '42' }),
  answer('fraction', 'a fraction is text', { headers: { 'content-type': TEXT_TYPE }, text: '1.5' }),
  answer('nothing', 'nothing is an empty 200', { headers: { 'content-length': '0' }, text: '' }),
  answer('bytes', 'bytes are an octet-stream', { headers: { 'content-type': BYTES_TYPE }, bytes: BYTES }),

  answer('status-ok', '{"status": "ok"} is plain JSON', {
    headers: { 'content-type': JSON_TYPE },
    json: { status: 'ok' },
  }),
  answer('status-success', '{"status": "success", "data": …} is plain JSON', {
    json: { status: 'success', data: { id: 1 } },
  }),
  answer('status-and-more', 'an integer status beside a foreign key is plain JSON', { json: { status: 404, data: 1 } }),
  answer('body-and-more', 'an envelope with a foreign key is plain JSON', { json: { body: 'x', other: 1 } }),
  answer('status-true', '{"status": true} is plain JSON', { json: { status: true } }),

  answer('status', 'a status alone is an envelope', { status: 202, text: '' }),
  answer('status-code', 'statusCode means the same', {
    status: 201,
    text: 'made',
    headers: { 'content-type': TEXT_TYPE },
  }),
  answer('no-content', '204 has no body', { status: 204, text: '', headers: { 'content-type': null } }),
  answer('error-status', 'any status of 100 to 599', { status: 418, text: 'teapot' }),
  answer('body', 'a body alone is an envelope', { headers: { 'content-type': TEXT_TYPE }, text: 'just this' }),
  answer('body-null', 'a body of nothing is empty', { text: '' }),
  answer('body-object', 'an object as body is JSON', { headers: { 'content-type': JSON_TYPE }, json: { a: 1 } }),
  answer('body-list', 'a list as body is JSON', { headers: { 'content-type': JSON_TYPE }, json: [1, 2] }),
  answer('body-html', 'a page as body is a page', { headers: { 'content-type': HTML_TYPE }, text: '<html></html>' }),
  answer('typed', 'a given content type stays', {
    headers: { 'content-type': 'application/problem+json' },
    json: { title: 'x' },
  }),
  answer('typed-case', 'whatever the case of its name', { headers: { 'content-type': 'text/x-thing' }, text: 'x' }),
  answer('headers', 'headers are sent', { headers: { 'x-one': '1', 'x-two': 'zwei' }, text: 'ok' }),
  answer('header-number', 'a number as header value is text', { headers: { 'x-number': '42' }, text: 'ok' }),
  answer('header-list', 'a list is several headers', { headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] }, text: 'ok' }),
  answer('header-crlf', 'a value with a line break is dropped, and logged', {
    headers: { 'x-evil': null, 'x-injected': null, 'x-good': 'yes' },
    text: 'ok',
    log: /x-evil/i,
  }),
  answer('cookies', 'cookies may be texts and objects', {
    headers: {
      'set-cookie': [
        'a=1; Path=/',
        expect.stringMatching(/^b=2(?=.*; ?path=\/)(?=.*; ?httponly)(?=.*; ?samesite=lax)(?=.*; ?max-age=60)/i),
      ],
    },
    text: 'ok',
  }),
  answer('base64', 'is_base64 with body_base64 is bytes', { headers: { 'content-type': 'image/png' }, bytes: BYTES }),
  answer('base64-aws', 'isBase64Encoded with body is bytes', { headers: { 'content-type': BYTES_TYPE }, bytes: BYTES }),
  answer('native-bytes', 'native bytes need no base64', { headers: { 'content-type': 'image/png' }, bytes: BYTES }),
  answer('csv', 'rows of objects become CSV with a header line', {
    headers: { 'content-type': /^text\/csv/ },
    text: /^name,note\r?\nAda,"say ""hi"", ü"\r?\nBob,(\r?\n)?$/,
  }),
  answer('csv-lists', 'rows of lists become CSV as they are', {
    headers: { 'content-type': /^text\/csv/ },
    text: /^1,a\r?\n2,"b,c"(\r?\n)?$/,
  }),
  answer('csv-text', 'text/csv given as text stays', { headers: { 'content-type': /^text\/csv/ }, text: 'x;y\n' }),
  {
    id: 'responses.large',
    title: '17 MiB, more than a frame holds, arrive whole',
    async script({ call, check }) {
      const got = await call({ path: '/respond?case=large' });
      await check(got, { headers: { 'content-type': BYTES_TYPE } });
      expect(got.bytes.length).toBe(17 * 1024 * 1024);
      expect(got.bytes.equals(Buffer.alloc(17 * 1024 * 1024, 'x'))).toBe(true);
    },
  },
  {
    id: 'responses.head',
    title: 'HEAD is answered by GET, without the body',
    async script({ call, check }) {
      const got = await call({ method: 'HEAD', path: '/respond?case=body' });
      await check(got, { headers: { 'content-type': TEXT_TYPE }, text: '' });
      expect(got.headers.get('content-length') ?? '9').toBe('9');
    },
  },
  {
    id: 'responses.web',
    title: 'a Response is taken as it is',
    fn: 'web-response',
    only: ['node', 'typescript'],
    request: { path: '/web-response' },
    expect: {
      status: 203,
      headers: { 'x-from': 'response', 'content-type': 'text/x-thing' },
      text: 'made of a Response',
    },
  },
  ...[
    ['1', 200, null],
    ['2', 201, null],
    ['3', 202, 'yes'],
  ].map(([parts, status, header]) => ({
    id: `responses.tuple.${parts}`,
    title: `a tuple of ${parts} is body, status, headers`,
    fn: 'tuples',
    only: ['python'],
    request: { path: `/tuples?parts=${parts}` },
    expect: { status: status as number, text: 'body', headers: { 'x-tuple': header as string | null } },
  })),
]);

/** An answer that is none: 502 naming what it was. */
const refused = (name: string, title: string, says: RegExp, skip?: Record<string, string>) => ({
  id: `invalid-responses.${name}`,
  title,
  request: { path: `/respond?case=${name}` },
  expect: { status: 502, jsonPart: { code: 'invalid_response', error: expect.stringMatching(says) } },
  ...(skip && { skip }),
});

const TYPED = 'the type system has no such value';

/** SPEC §7, §8: what is no response. */
export const invalidResponseCases = defineCases('invalid-responses', 'respond', [
  refused('status-99', 'a status below 100', /99/),
  refused('status-600', 'a status above 599', /600/),
  refused('status-negative', 'a negative status', /-1/),
  refused('status-text', 'an envelope whose status is text', /status/),
  refused('status-fraction', 'an envelope whose status is a fraction', /200\.5/),
  refused('base64-broken', 'base64 that is none', /base64/i),
  refused('nan', 'a number that JSON does not know', /NaN|nan|Infinity|inf/),
  refused('nan-inside', 'such a number inside an object', /NaN|nan|Infinity|inf/, {
    rust: 'serde_json::Value has no such number: it becomes null where it is put in',
  }),
  refused('circular', 'a structure that contains itself', /circular|itself|deep/i, { rust: TYPED }),
  refused('callable', 'a function', /function|callable|closure|method/i, { rust: TYPED }),
  {
    id: 'invalid-responses.then-fine',
    title: 'the worker goes on after an invalid answer',
    steps: [
      { request: { path: '/respond?case=status-99' }, expect: { status: 502 } },
      { request: { path: '/respond?case=text' }, expect: { text: 'Grüße 👋' } },
    ],
  },
]);
