import { expect } from 'vitest';
import { defineCases, type Expectation, type RequestSpec } from '../case.js';

/** One request to the echo function, and the keys of its event that must match. */
const echo = (id: string, title: string, request: RequestSpec, jsonPart: Expectation['jsonPart']) => ({
  id: `event.${id}`,
  title,
  request,
  expect: { jsonPart } as Expectation,
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';

/** SPEC §6: every field of the event. */
export const eventCases = defineCases('event', 'echo', [
  {
    id: 'event.keys',
    title: 'has exactly the documented keys and is JSON as it is',
    async script({ call, check }) {
      const answer = await call({ path: '/echo' });
      await check(answer, { headers: { 'content-type': /^application\/json/ } });
      const keys =
        'body client context env headers id is_base64 method params path path_params query raw_path secrets session ts version';
      expect(Object.keys(answer.json()).sort().join(' ')).toBe(keys);
    },
  },
  {
    id: 'event.id',
    title: 'id is the request id, also in the context and the answer',
    async script({ call }) {
      const answer = await call({ path: '/echo' });
      const event = answer.json();
      expect(event.id).toMatch(/\S{8,}/);
      expect(answer.headers.get('x-request-id')).toBe(event.id);
      expect((event.context as { request_id: string }).request_id).toBe(event.id);
    },
  },
  echo(
    'id.given',
    'takes the request id of a trusted peer',
    { path: '/echo', headers: { 'x-request-id': 'my-id-1' } },
    {
      id: 'my-id-1',
    },
  ),
  {
    id: 'event.ts',
    title: 'ts is the time of arrival in whole milliseconds',
    async script({ call }) {
      const before = Date.now();
      const { ts } = (await call({ path: '/echo' })).json() as { ts: number };
      expect(Number.isInteger(ts)).toBe(true);
      expect(ts).toBeGreaterThanOrEqual(before - 1000);
      expect(ts).toBeLessThanOrEqual(Date.now() + 1000);
    },
  },
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
    echo(`method.${method.toLowerCase()}`, `method ${method}`, { method, path: '/echo' }, { method }),
  ),
  echo(
    'path',
    'path is decoded, raw_path as sent, both without query',
    { path: '/echo-tail/%C3%BC%20b/c%2Fd?x=1' },
    {
      path: '/echo-tail/ü b/c/d',
      raw_path: '/echo-tail/%C3%BC%20b/c%2Fd',
    },
  ),
  echo('query.none', 'no query is an empty map', { path: '/echo' }, { query: {} }),
  echo('query.one', 'a value is a string', { path: '/echo?name=Ada&n=42' }, { query: { name: 'Ada', n: '42' } }),
  echo(
    'query.repeated',
    'a repeated key is a list',
    { path: '/echo?tag=a&x=1&tag=b&tag=a' },
    {
      query: { tag: ['a', 'b', 'a'], x: '1' },
    },
  ),
  echo(
    'query.bare',
    'a bare key is an empty string',
    { path: '/echo?flag&empty=' },
    { query: { flag: '', empty: '' } },
  ),
  echo(
    'query.decoded',
    'names and values are decoded, + is a space',
    { path: '/echo?a%20b=c+d%2Be&%C3%BC=%F0%9F%91%8B' },
    {
      query: { 'a b': 'c d+e', ü: '👋' },
    },
  ),
  echo(
    'query.proto',
    'a key like __proto__ is an ordinary key',
    { path: '/echo?constructor=a&toString=b' },
    {
      query: { constructor: 'a', toString: 'b' },
    },
  ),
  echo('params.none', 'a plain route has no params', { path: '/echo' }, { params: {}, path_params: {} }),
  echo(
    'params',
    'params and path_params are the same',
    { path: '/echo-things/7/parts/left' },
    {
      params: { id: '7', part: 'left' },
      path_params: { id: '7', part: 'left' },
    },
  ),
  echo(
    'params.decoded',
    'are decoded once, and %2F does not split',
    { path: '/echo-things/a%2Fb/parts/%25zz' },
    {
      params: { id: 'a/b', part: '%zz' },
    },
  ),
  echo(
    'params.wildcard',
    'the tail of /* is params.wildcard',
    { path: '/echo-tail/a/b/c' },
    { params: { wildcard: 'a/b/c' } },
  ),
  echo(
    'headers',
    'header names are lower-case',
    { path: '/echo', headers: { 'X-Mixed-Case': 'Value' } },
    {
      headers: expect.objectContaining({ 'x-mixed-case': 'Value' }),
    },
  ),
  {
    id: 'event.headers.repeated',
    title: 'repeated headers are joined by a comma and a space',
    async script({ raw, url }) {
      const { host } = new URL(url);
      const answer = await raw(
        `GET /echo HTTP/1.1\r\nHost: ${host}\r\nX-Many: one\r\nX-Many: two\r\nConnection: close\r\nAccept-Encoding: identity\r\n\r\n`,
      );
      expect(answer).toContain('"x-many":"one, two"');
    },
  },
  echo('body.none', 'no body is null', { path: '/echo' }, { body: null, is_base64: false }),
  echo('session.none', 'session is null without cookies', { path: '/echo' }, { session: null }),
  ...['session_id', 'sessionid', 'sid'].map((name) =>
    echo(
      `session.${name}`,
      `the session id may be in ${name}`,
      { path: '/echo', headers: { cookie: `a=1; ${name}=s%201` } },
      {
        session: { id: 's 1', raw: `a=1; ${name}=s%201`, cookies: { a: '1', [name]: 's 1' } },
      },
    ),
  ),
  echo(
    'session.no-id',
    'cookies without a session id',
    { path: '/echo', headers: { cookie: 'theme=dark' } },
    {
      session: { id: null, raw: 'theme=dark', cookies: { theme: 'dark' } },
    },
  ),
  echo(
    'client',
    'client has address and user agent',
    { path: '/echo', headers: { 'user-agent': 'conformance/1' } },
    {
      client: { ip: expect.stringMatching(/^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/), ua: 'conformance/1' },
    },
  ),
  echo(
    'env',
    'env has the function’s values as strings',
    { path: '/echo' },
    {
      env: { GREETING: 'hello', COUNT: '3', FLAG: 'true', API_TOKEN: 't0p' },
    },
  ),
  echo('secrets', 'secrets is empty when none are named', { path: '/echo' }, { secrets: {} }),
  echo('version.default', 'the version is default', { path: '/echo' }, { version: 'default' }),
  echo(
    'version',
    'a version knows its name',
    { path: '/echo@v2' },
    {
      version: 'v2',
      context: expect.objectContaining({ version: 'v2', function_name: 'echo' }),
    },
  ),
  {
    id: 'event.version.unknown',
    title: 'a version that is not there is 404',
    request: { path: '/echo@v9' },
    expect: { status: 404, jsonPart: { code: 'not_found' } },
  },
  {
    id: 'event.context',
    title: 'the context is complete',
    request: { path: '/echo' },
    expect: ({ runtime }) => ({
      jsonPart: {
        context: {
          request_id: expect.any(String),
          runtime,
          function_name: 'echo',
          version: 'default',
          timeout_ms: 20_000,
          deadline_ms: expect.any(Number),
          max_concurrency: 0,
          max_body_bytes: 1_048_576,
          worker_pool: {
            enabled: true,
            max_workers: expect.any(Number),
            max_queue: 0,
            queue_timeout_ms: 0,
            queue_poll_ms: 0,
            overflow_status: 429,
            min_warm: 0,
            idle_ttl_seconds: 300,
          },
          gateway: { worker_pid: expect.any(Number) },
          debug: { enabled: false },
          user: null,
          trigger: null,
          traceparent: null,
        },
      },
    }),
  },
  {
    id: 'event.context.deadline',
    title: 'the deadline is timeout_ms after arrival',
    async script({ call }) {
      const { ts, context } = (await call({ path: '/echo' })).json() as {
        ts: number;
        context: { deadline_ms: number };
      };
      expect(context.deadline_ms).toBeGreaterThan(ts + 15_000);
      expect(context.deadline_ms).toBeLessThanOrEqual(ts + 21_000);
    },
  },
  echo(
    'context.traceparent',
    'the trace goes on',
    { path: '/echo', headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } },
    {
      context: expect.objectContaining({ traceparent: expect.stringContaining(TRACE) }),
    },
  ),
  {
    id: 'event.context.function-name',
    title: 'a file route is named by its path',
    fn: 'by-file',
    request: { path: '/by-file/42' },
    expect: ({ extension }) => ({ json: { function_name: `by-file/[id].${extension}`, id: '42' } }),
  },
  {
    id: 'event.not-shared',
    title: 'each call has an event of its own',
    async script({ call }) {
      const answers = await Promise.all([1, 2, 3, 4].map((n) => call({ path: `/echo?n=${n}` })));
      expect(answers.map((answer) => (answer.json().query as { n: string }).n)).toEqual(['1', '2', '3', '4']);
      expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(4);
    },
  },
]);
