import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually, startServer, type TestServer, type UseServerInput, useServer } from '@fastfn/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

/** Jobs through a real server with handlers in Node and Python. SPEC §10, §16. */

const FILES = {
  'echo/get.[id].js': `exports.handler = (event) => ({
    status: 201,
    headers: { 'x-path': event.path },
    body: { id: event.params.id, q: event.query, h: event.headers['x-h'], user: event.context.user, job: event.context.job },
  });`,
  'post.echo.py': `
def handler(event):
    return {"body": event["body"], "job": event["context"]["job"]}
`,
  'bytes.js': `exports.handler = () => Buffer.from([0, 255, 1]);`,
  'post.large.js': `exports.handler = (event) => 'x'.repeat(Number(event.body));`,
  'fails.py': `
def handler(event):
    return {"status": 503, "body": "not now"}
`,
  'flaky.js': `let calls = 0;
  exports.handler = (event) => ++calls < 3 ? { status: 500, body: 'try ' + calls } : { calls, job: event.context.job };`,
  'teapot.js': `exports.handler = () => ({ status: 418, body: 'tea' });`,
  'dies.js': `exports.handler = () => process.exit(3);`,
  'slow.js': `const { appendFileSync } = require('node:fs');
  exports.handler = async (event, params) => {
    appendFileSync(__dirname + '/slow.log', 'start\\n');
    await new Promise((resolve) => setTimeout(resolve, Number(event.query.ms ?? 60000)));
    appendFileSync(__dirname + '/slow.log', 'end\\n');
    return 'slept';
  };`,
  'later/fn.config.json': '{"invoke": {"async": true, "methods": ["GET", "POST"]}}',
  'later/handler.js': `exports.handler = (event) => ({ method: event.method, body: event.body, q: event.query, job: event.context.job });`,
  'cat/a.js': 'exports.handler = () => 1;',
};

async function serve(input: UseServerInput = {}) {
  const app = await useServer({ files: FILES, ...input });
  return { ...app, ...jobsOf(app) };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = Record<string, any>;

function jobsOf({ fetch }: Pick<TestServer, 'fetch'>) {
  const post = (body: unknown, path = '/_fn/jobs') =>
    fetch(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  const get = async (id: string) => (await (await fetch(`/_fn/jobs/${id}`)).json()) as Answer;
  const create = async (body: unknown) => {
    const response = await post(body);
    const job = (await response.json()) as Answer;
    expect(response.status, JSON.stringify(job)).toBe(201);
    expect(response.headers.get('location')).toBe(`/_fn/jobs/${job.id}`);
    return job;
  };
  const until = (id: string, status: string) =>
    eventually(async () => {
      const job = await get(id);
      return job.status === status ? job : false;
    });
  const resultOf = async (id: string) => {
    const response = await fetch(`/_fn/jobs/${id}/result`);
    return { status: response.status, body: (await response.json()) as Answer };
  };
  return { post, get, create, until, resultOf };
}

describe('a job', () => {
  test('by route, with parameters in the path', async () => {
    const { create, until, resultOf } = await serve();
    const made = await create({
      route: '/echo/{id}',
      params: { id: 'a b/ü' },
      query: { x: [1, 2] },
      headers: { 'X-H': 'head' },
      context: { who: 'me' },
    });
    expect(made).toEqual({
      id: expect.stringMatching(/^job_[0-9a-f]{32}$/),
      status: 'queued',
      runtime: 'node',
      name: 'echo/get.[id].js',
      version: 'default',
      method: 'GET',
      route: '/echo/a%20b%2F%C3%BC',
      attempt: 0,
      max_attempts: 1,
      created_at_ms: expect.any(Number),
      updated_at_ms: expect.any(Number),
      due_at_ms: expect.any(Number),
      result_status: null,
      last_error: null,
    });
    const done = await until(made.id, 'done');
    expect(done).toMatchObject({ result_status: 201, attempt: 0, last_error: null });
    const { status, body } = await resultOf(made.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 201, headers: { 'x-path': '/echo/a b/ü' }, latency_ms: expect.any(Number) });
    expect(JSON.parse(body.body)).toEqual({
      id: 'a b/ü',
      q: { x: ['1', '2'] },
      h: 'head',
      user: { who: 'me' },
      job: { id: made.id, attempt: 0 },
    });
  });

  test('by name in Python, with a body', async () => {
    const { create, until, resultOf } = await serve();
    const { id } = await create({ name: 'post.echo.py', method: 'POST', body: { a: 1 } });
    await until(id, 'done');
    expect(JSON.parse((await resultOf(id)).body.body)).toEqual({ body: '{"a":1}', job: { id, attempt: 0 } });
  });

  test('bytes come back as base64, and a large result is cut and says so', async () => {
    const { create, until, resultOf } = await serve({ env: { FN_JOBS_MAX_RESULT_BYTES: '1000' } });
    const bytes = await create({ name: 'bytes.js' });
    const large = await create({ route: '/large', method: 'POST', body: '5000' });
    await until(bytes.id, 'done');
    await until(large.id, 'done');
    expect((await resultOf(bytes.id)).body).toMatchObject({ body_base64: 'AP8B', is_base64: true });
    const { body } = await resultOf(large.id);
    expect(body).toMatchObject({ status: 200, truncated: true, size: 5000 });
    expect(body.body).toBe('x'.repeat(1000));
  });

  test('an answer below 500 is done, whatever it is', async () => {
    const { create, until } = await serve();
    const { id } = await create({ name: 'teapot.js', max_attempts: 3 });
    expect(await until(id, 'done')).toMatchObject({ result_status: 418, attempt: 0 });
  });

  test('a failure is tried again, then failed with its last answer', async () => {
    const { create, until, resultOf } = await serve();
    const flaky = await create({ name: 'flaky.js', max_attempts: 3, retry_delay_ms: 1 });
    const fails = await create({ name: 'fails.py', max_attempts: 2, retry_delay_ms: 1 });
    expect(await until(flaky.id, 'done')).toMatchObject({ attempt: 2, result_status: 200 });
    expect(JSON.parse((await resultOf(flaky.id)).body.body)).toEqual({ calls: 3, job: { id: flaky.id, attempt: 2 } });
    expect(await until(fails.id, 'failed')).toMatchObject({
      attempt: 1,
      result_status: 503,
      last_error: 'The function answered 503.',
    });
    expect((await resultOf(fails.id)).body).toMatchObject({ status: 503, body: 'not now' });
  });

  test('one that always ends its worker is failed', async () => {
    const { create, until } = await serve();
    const { id } = await create({ name: 'dies.js', max_attempts: 2, retry_delay_ms: 1 });
    const job = await until(id, 'failed');
    expect(job).toMatchObject({ attempt: 1, result_status: 502 });
  });

  test('one whose function is removed meanwhile is failed, and says why', async () => {
    const app = await serve();
    const { id } = await app.create({ route: '/cat/a', run_at: Date.now() + 300 });
    app.remove('cat/a.js');
    app.reload();
    expect(await app.until(id, 'failed')).toMatchObject({
      last_error: 'The function node/cat/a.js@default is no more.',
    });
  });

  test('with run_at starts then', async () => {
    const { create, until, get, resultOf } = await serve();
    const at = Date.now() + 2_500;
    const { id } = await create({ name: 'bytes.js', run_at: new Date(at).toISOString() });
    expect(await get(id)).toMatchObject({ status: 'queued', due_at_ms: at });
    expect(await resultOf(id)).toEqual({ status: 202, body: { id, status: 'queued' } });
    const done = await until(id, 'done');
    expect(done.updated_at_ms).toBeGreaterThanOrEqual(at);
  });

  test('waits its turn when the function is full, and does not fail of it', async () => {
    const { create, until, fetch, root } = await serve({
      files: {
        ...FILES,
        'full/fn.config.json': '{"max_concurrency": 1, "worker_pool": {"enabled": false}}',
        'full/handler.js': FILES['slow.js'],
      },
    });
    const busy = fetch('/full?ms=500');
    await eventually(() => existsSync(join(root, 'full/slow.log')));
    const { id } = await create({ name: 'full', query: { ms: 0 } });
    const done = await until(id, 'done');
    expect(done).toMatchObject({ attempt: 0, result_status: 200 });
    expect((await busy).status).toBe(200);
  });
});

describe('what is refused', () => {
  let app: TestServer;
  beforeAll(async () => {
    app = await startServer({ files: FILES });
  });
  afterAll(() => app.close());

  test.each<[string, object | string, number, object]>([
    ['no JSON', '{', 400, { code: 'bad_request' }],
    ['a list', '[]', 400, { code: 'bad_request' }],
    ['nothing to call', {}, 400, { code: 'bad_request' }],
    ['an unknown function', { name: 'nobody' }, 404, { code: 'not_found' }],
    ['an unknown route', { route: '/nowhere' }, 404, { code: 'not_found' }],
    ['a reserved route', { route: '/_fn/health' }, 404, { code: 'not_found' }],
    ['a missing parameter', { route: '/echo/:id' }, 400, { code: 'missing_params', missing_params: ['id'] }],
    [
      'too many attempts',
      { name: 'bytes.js', max_attempts: 11 },
      400,
      { details: { problems: [{ key: 'max_attempts' }] } },
    ],
    ['no attempt', { name: 'bytes.js', max_attempts: 0 }, 400, { code: 'bad_request' }],
    ['a negative delay', { name: 'bytes.js', retry_delay_ms: -1 }, 400, { code: 'bad_request' }],
    ['no time', { name: 'bytes.js', run_at: 'tomorrow' }, 400, { details: { problems: [{ key: 'run_at' }] } }],
    ['a distant time', { name: 'bytes.js', run_at: '2999-01-01' }, 400, { code: 'bad_request' }],
    [
      'a callback to this machine',
      { name: 'bytes.js', callback_url: 'http://127.0.0.1:1/' },
      400,
      { code: 'bad_request', error: expect.stringContaining('; FN_JOBS_CALLBACK_ALLOW_PRIVATE=1 allows that.') },
    ],
    ['a callback by file', { name: 'bytes.js', callback_url: 'file:///etc/passwd' }, 400, { code: 'bad_request' }],
    [
      'a callback to IPv6',
      { name: 'bytes.js', callback_url: 'http://[::ffff:10.0.0.1]/' },
      400,
      { code: 'bad_request' },
    ],
    ['params that are no object', { route: '/echo/:id', params: [1] }, 400, { code: 'bad_request' }],
    ['an unknown version', { name: 'bytes.js', version: 'v9' }, 404, { code: 'not_found' }],
    [
      'a body over the limit',
      { route: '/echo', method: 'POST', body: 'x'.repeat(1_100_000) },
      413,
      { code: 'payload_too_large' },
    ],
  ])('%s', async (_, body, status, expected) => {
    const response = await jobsOf(app).post(body);
    expect(await response.json()).toMatchObject(expected);
    expect(response.status).toBe(status);
    expect(existsSync(join(app.root, '.fastfn/jobs.db'))).toBe(false);
  });

  test('a method that the function does not take: 405 with Allow', async () => {
    const response = await jobsOf(app).post({ name: 'bytes.js', method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  test('a foreign page, a stranger, and everything when jobs are off', async () => {
    const { fetch } = app;
    const foreign = { method: 'POST', body: '{"name":"bytes.js"}', headers: { Origin: 'http://evil.example' } };
    expect((await fetch('/_fn/jobs', foreign)).status).toBe(403);
    expect((await fetch('/_fn/jobs', { headers: { 'X-Forwarded-For': '9.9.9.9' } })).status).toBe(403);
    const off = await serve({ env: { FN_JOBS_ENABLED: '0' } });
    for (const path of ['/_fn/jobs', '/_fn/jobs/job_1', '/_fn/jobs/job_1/result', '/_fn/jobs/async_1'])
      expect((await off.fetch(path)).status, path).toBe(404);
    expect((await off.post({ name: 'bytes.js' })).status).toBe(404);
  });

  test.each([
    ['/_fn/jobs/job_1', 'GET', 404],
    ['/_fn/jobs/job_1/result', 'GET', 404],
    ['/_fn/jobs/job_1', 'DELETE', 404],
    ['/_fn/jobs/job_1/retry', 'POST', 404],
    ['/_fn/jobs/job_1', 'POST', 405],
    ['/_fn/jobs/job_1/other', 'GET', 404],
    ['/_fn/jobs/a%2Fb', 'GET', 404],
    ['/_fn/jobs?limit=0', 'GET', 400],
    ['/_fn/jobs?limit=x', 'GET', 400],
    ['/_fn/jobs?status=lost', 'GET', 400],
    ['/_fn/jobs', 'PUT', 405],
  ])('%s %s is %i', async (path, method, status) => {
    expect((await app.fetch(path, { method })).status).toBe(status);
    expect(existsSync(join(app.root, '.fastfn/jobs.db'))).toBe(false);
  });
});

test('a queued job is canceled, a running one is stopped at its worker, a finished one is neither', async () => {
  const { create, until, fetch, root, resultOf } = await serve({ env: { FN_JOBS_MAX_CONCURRENCY: '1' } });
  const running = await create({ name: 'slow.js' });
  await eventually(() => existsSync(join(root, 'slow.log')));
  const queued = await create({ name: 'bytes.js' });
  const cancel = async (id: string) => {
    const response = await fetch(`/_fn/jobs/${id}`, { method: 'DELETE' });
    return { status: response.status, body: (await response.json()) as object };
  };
  expect(await cancel(queued.id)).toMatchObject({ status: 200, body: { status: 'canceled' } });
  expect(await cancel(running.id)).toMatchObject({ status: 200, body: { id: running.id, status: 'canceled' } });
  // Its place is free again.
  const after = await create({ name: 'bytes.js' });
  await until(after.id, 'done');
  expect(await cancel(after.id)).toMatchObject({ status: 409, body: { code: 'job_finished' } });
  expect((await cancel(running.id)).status).toBe(409);
  expect((await resultOf(running.id)).status).toBe(404);
  expect(readFileSync(join(root, 'slow.log'), 'utf8')).toBe('start\n');
});

test('lists, newest first, by status and number; a job can be made again', async () => {
  const { create, until, fetch, post } = await serve();
  const first = await create({ name: 'bytes.js' });
  await until(first.id, 'done');
  const second = await create({ name: 'fails.py' });
  await until(second.id, 'failed');
  const list = async (query = '') => {
    const { jobs } = (await (await fetch(`/_fn/jobs${query}`)).json()) as { jobs: { id: string }[] };
    return jobs.map(({ id }) => id);
  };
  expect(await list()).toEqual([second.id, first.id]);
  expect(await list('?limit=1')).toEqual([second.id]);
  expect(await list('?status=done')).toEqual([first.id]);
  const again = (await (await post({}, `/_fn/jobs/${second.id}/retry`)).json()) as { id: string };
  expect(again).toMatchObject({ retry_of: second.id, name: 'fails.py' });
  await until(again.id, 'failed');
  expect(await list()).toHaveLength(3);
});

describe('Prefer: respond-async', () => {
  test('makes a job of a public call, whose result its caller may read from anywhere', async () => {
    const { fetch } = await serve();
    const response = await fetch('/later?x=1', {
      method: 'POST',
      body: 'hello',
      headers: { Prefer: 'wait=1, respond-async' },
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    const url = response.headers.get('location')!;
    expect(url).toMatch(/^\/_fn\/jobs\/async_[0-9a-f]{32}$/);
    const stranger = { headers: { 'X-Forwarded-For': '9.9.9.9', Host: 'api.example.com' } };
    const job = await eventually(async () => {
      const found = (await (await fetch(url, stranger)).json()) as Record<string, unknown>;
      return found.status === 'done' && found;
    });
    const result = (await (await fetch(`${url}/result`, stranger)).json()) as { status: number; body: string };
    expect(result.status).toBe(200);
    expect(JSON.parse(result.body)).toEqual({
      method: 'POST',
      body: 'hello',
      q: { x: '1' },
      job: { id: job.id, attempt: 0 },
    });
    expect((await fetch(url, { ...stranger, method: 'DELETE' })).status).toBe(403);
    expect((await fetch('/_fn/jobs/async_00', stranger)).status).toBe(404);
  });

  test.each([
    ['not asked for', '/later', {}],
    ['another preference', '/later', { Prefer: 'return=minimal, respond-asynchronously' }],
    ['a function that does not allow it', '/bytes', { Prefer: 'respond-async' }],
  ])('%s: the call is answered as usual', async (_, path, headers) => {
    const { fetch } = await serve();
    const response = await fetch(path, { headers: headers as Record<string, string> });
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBeNull();
  });
});

test('a callback is signed, sent again until it is taken, and seen in the job', async () => {
  const received: { headers: Record<string, unknown>; body: string }[] = [];
  const receiver = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      received.push({ headers: req.headers, body });
      res.writeHead(received.length === 1 ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void receiver.close());
  const { create, get, root } = await serve({ env: { FN_JOBS_CALLBACK_ALLOW_PRIVATE: '1' } });
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const { id } = await create({ name: 'teapot.js', callback_url: url });
  const job = await eventually(async () => {
    const found = await get(id);
    return found.callback.status === 'delivered' && found;
  });
  expect(job.callback).toEqual({ url, status: 'delivered', attempts: 2, last_error: null });
  const keyFile = join(root, '.fastfn/callbacks.key');
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  const key = readFileSync(keyFile, 'utf8').trim();
  for (const [i, { headers, body }] of received.entries()) {
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-fastfn-signature'] as string)!;
    expect(createHmac('sha256', key).update(`${t}.${body}`).digest('hex')).toBe(v1);
    expect(headers).toMatchObject({ 'x-fastfn-job': id, 'x-fastfn-delivery': String(i) });
    expect(JSON.parse(body)).toMatchObject({
      event: 'job.done',
      job: { id, status: 'done', result_status: 418 },
      result: { status: 418, body: 'tea' },
    });
  }
});

describe('the file', () => {
  test('is not there until a job is made, and only for its owner to read', async () => {
    const { create, root, fetch, until } = await serve();
    await fetch('/bytes');
    expect(existsSync(join(root, '.fastfn/jobs.db'))).toBe(false);
    await until((await create({ name: 'bytes.js' })).id, 'done');
    expect(statSync(join(root, '.fastfn/jobs.db')).mode & 0o777).toBe(0o600);
  });

  test('of a stopped server is taken up by the next: delayed jobs run, results are there', async () => {
    const first = await serve();
    const done = await first.create({ name: 'teapot.js' });
    await first.until(done.id, 'done');
    const delayed = await first.create({ name: 'bytes.js', run_at: Date.now() + 1 });
    const slow = await first.create({ name: 'slow.js', query: { ms: 300 } });
    await first.server.close();
    const second = await serve({ root: first.root });
    expect((await second.resultOf(done.id)).body).toMatchObject({ status: 418 });
    await second.until(delayed.id, 'done');
    await second.until(slow.id, 'done');
  });

  test('in use by another server: jobs are refused with the reason, and taken up when that one ends', async () => {
    const first = await serve();
    await first.until((await first.create({ name: 'bytes.js' })).id, 'done');
    const second = await serve({ root: first.root });
    const refused = await second.post({ name: 'bytes.js' });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: 'jobs_unavailable',
      error: expect.stringContaining('in use by another FastFN server'),
    });
    expect((await second.fetch('/bytes')).status).toBe(200);
    await first.server.close();
    await eventually(async () => (await second.fetch('/_fn/jobs')).status === 200);
    await second.until((await second.create({ name: 'bytes.js' })).id, 'done');
  });

  test.each([
    ['no database', 'this is no database '.repeat(500)],
    ['half a header', 'SQLite format 3\0\x10\0'],
  ])('that is %s is put aside, reported, and begun anew', async (_, content) => {
    const first = await serve();
    await first.server.close();
    const file = join(first.root, '.fastfn/jobs.db');
    first.write('.fastfn/jobs.db', '');
    writeFileSync(file, content, 'latin1');
    const second = await serve({ root: first.root });
    await second.until((await second.create({ name: 'bytes.js' })).id, 'done');
    const log = await second.waitForLog(/was broken\. It is now/);
    const aside = /It is now (\S+), and/.exec(log)![1]!;
    expect(readFileSync(aside, 'latin1')).toBe(content);
  });
});
