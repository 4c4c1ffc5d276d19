import { expect, test } from 'vitest';
import { Tree } from './client.js';
import { useDaemon } from './harness.js';

const fixture = useDaemon();

const request = {
  method: 'POST',
  path: '/a b',
  query: ['q', '1', 'q', '2'],
  params: ['id', '7'],
  headers: { host: 'api.test:8080', 'x-a': '1', cookie: 'a=1; b=2', 'content-type': 'text/plain' },
  body: 'hi',
};

test('aws-lambda: event and context', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = async (event, context) => ({ event, awsRequestId: context.awsRequestId, functionName: context.functionName, left: context.getRemainingTimeInMillis() });',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', { adapter: 'aws-lambda' });
  const answer = await worker.answer({ ...request, requestId: 'r1', timeoutMs: 5000 });
  worker.stop();
  expect(answer.headers['content-type']).toBe('application/json');
  const { event, left, ...rest } = JSON.parse(answer.text);
  expect(rest).toEqual({ awsRequestId: 'r1', functionName: 'h.mjs' });
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(5000);
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/a%20b',
    rawQueryString: 'q=1&q=2',
    cookies: ['a=1', 'b=2'],
    queryStringParameters: { q: '1,2' },
    pathParameters: { id: '7' },
    body: 'hi',
    isBase64Encoded: false,
    headers: { 'x-a': '1' },
    requestContext: {
      domainName: 'api.test',
      http: { method: 'POST', path: '/a b', sourceIp: '127.0.0.1' },
      requestId: 'r1',
      time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    },
  });
});

test.for([
  [
    'a promise',
    'async () => ({ statusCode: 201, body: "x", headers: { "x-a": "1" }, multiValueHeaders: { "x-m": ["1", "2"] }, cookies: ["a=1"] })',
    { status: 201, text: 'x', headers: { 'x-a': '1', 'x-m': ['1', '2'], 'set-cookie': 'a=1' } },
  ],
  [
    'a callback',
    '(e, c, callback) => { setTimeout(() => callback(null, { statusCode: 202, body: "x" }), 1); }',
    { status: 202, text: 'x' },
  ],
  [
    'context.succeed',
    '(e, c, callback) => { c.callbackWaitsForEmptyEventLoop = false; c.succeed({ a: 1 }); }',
    { status: 200, text: '{"a":1}' },
  ],
  ['base64', 'async () => ({ statusCode: 200, isBase64Encoded: true, body: "aGk=" })', { text: 'hi' }],
  [
    'no statusCode is JSON',
    'async () => ({ body: "x" })',
    { text: '{"body":"x"}', headers: { 'content-type': 'application/json' } },
  ],
  ['nothing', 'async () => {}', { status: 200, text: '' }],
  [
    'a callback error',
    '(e, c, callback) => callback(new Error("no"))',
    { error: { code: 'handler_error', debug: { message: 'no' } } },
  ],
  [
    'a callback error text',
    '(e, c, callback) => callback("no")',
    { error: { code: 'handler_error', debug: { message: 'no' } } },
  ],
  ['a throw', '() => { throw new Error("no"); }', { error: { code: 'handler_error' } }],
] as const)('aws-lambda: %s', async ([, handler, expected]) => {
  using tree = new Tree({ 'h.cjs': `exports.handler = ${handler};` });
  const worker = await fixture.daemon.worker(tree, 'h.cjs', { adapter: 'aws-lambda' });
  expect(await worker.answer(request)).toMatchObject(expected);
  worker.stop();
});

const describeRequest =
  'async (r) => Response.json({ url: r.url, method: r.method, a: r.headers.get("x-a"), body: await r.text() })';

test.for([
  ['fetch', `export const fetch = ${describeRequest};`],
  ['fetch', `export default { fetch: ${describeRequest} };`],
  ['fetch', `export default ${describeRequest};`],
  ['fetch', `class App { #f = ${describeRequest}; fetch(r) { return this.#f(r); } } export default new App();`],
  ['cloudflare-worker', `export default { fetch: ${describeRequest} };`],
  [
    'cloudflare-worker',
    `const f = ${describeRequest}; addEventListener("fetch", (event) => event.respondWith(f(event.request)));`,
  ],
] as const)('%s: %s', async ([adapter, code]) => {
  using tree = new Tree({ 'h.mjs': code });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', { adapter });
  expect(worker.loadError).toBeNull();
  const answer = await worker.answer(request);
  worker.stop();
  expect(JSON.parse(answer.text)).toEqual({
    url: 'http://api.test:8080/a%20b?q=1&q=2',
    method: 'POST',
    a: '1',
    body: 'hi',
  });
});

test('cloudflare-worker: env and waitUntil', async () => {
  using tree = new Tree({
    'h.mjs':
      'export default { async fetch(request, env, ctx) { ctx.waitUntil(Promise.reject(new Error("later"))); return new Response(env.A + env.S); } };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', {
    adapter: 'cloudflare-worker',
    env: { A: '1' },
    secrets: { S: '2' },
  });
  expect((await worker.answer()).text).toBe('12');
  expect((await worker.answer()).text).toBe('12');
  worker.stop();
});

test.for(['fetch', 'cloudflare-worker'])('%s: nothing to call', async (adapter) => {
  using tree = new Tree({ 'h.mjs': 'export const x = 1;' });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', { adapter });
  expect(worker.loadError).toMatchObject({
    code: 'handler_error',
    message: expect.stringContaining(`for the adapter "${adapter}"`),
  });
});

test('fetch: a request is aborted when the call is', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const fetch = (r) => new Promise((resolve) => r.signal.addEventListener("abort", () => resolve(new Response("x"))));',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', { adapter: 'fetch' });
  const call = worker.call();
  call.cancel();
  expect((await call.answer).error).toMatchObject({ code: 'canceled' });
  worker.stop();
});
