import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { begin, call, fakeAdapter, fakeFunction, runningPool, testPool, until, useFakeRuntime } from './support.js';

useFakeRuntime();

describe('a call', () => {
  it('arrives as it was handed in', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn]);
    const answer = await call(pool, fn, {
      id: 'req-1',
      method: 'POST',
      path: '/ä b',
      rawPath: '/%C3%A4%20b',
      query: ['a', '1', 'a', '2', 'bare', ''],
      params: { id: '7', slug: 'x/y' },
      headers: 'host\nexample.org\nx-y\n1, 2',
      session: { id: 's', raw: 'sid=s', cookies: { sid: 's' } },
      clientIp: '10.0.0.1',
      ts: 1_700_000_000_123,
      deadline: Date.now() + 5000,
      context: { user: { name: 'Ada' }, trigger: { type: 'schedule' }, job: { id: 'j', attempt: 2 }, traceparent: 't' },
      body: Buffer.from([0, 255, 10]),
      captureOutput: true,
    });
    const { message, body } = JSON.parse(answer.body);
    expect(message.slice(0, 9)).toEqual([
      'req-1',
      'POST',
      '/ä b',
      '/%C3%A4%20b',
      ['a', '1', 'a', '2', 'bare', ''],
      ['id', '7', 'slug', 'x/y'],
      'host\nexample.org\nx-y\n1, 2',
      '10.0.0.1',
      1_700_000_000_123,
    ]);
    expect(message[9]).toBeGreaterThan(4000);
    expect(message[9]).toBeLessThanOrEqual(5000);
    expect(message.slice(10)).toEqual([
      { id: 's', raw: 'sid=s', cookies: { sid: 's' } },
      { user: { name: 'Ada' }, trigger: { type: 'schedule' }, job: { id: 'j', attempt: 2 }, traceparent: 't' },
      2,
    ]);
    expect(body).toBe(Buffer.from([0, 255, 10]).toString('base64'));
  });

  it('is cold first and warmed, then warm, in one and the same process', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn]);
    const [first, second] = [await call(pool, fn), await call(pool, fn)];
    expect(first.info).toMatchObject({ state: 'cold', warmed: true, queued: false, routing: 'single', socketIndex: 1 });
    expect(second.info).toEqual({ ...first.info, queueMs: 0, state: 'warm', warmed: false });
    expect(JSON.parse(second.body)).toMatchObject({ calls: 2, pid: first.info!.workerPid });
    expect(pool.counters()).toEqual({ coldStarts: 1, crashes: 0, timeouts: 0 });
    expect(pool.status().functions[0]).toMatchObject({ state: 'warm', workers: [{ state: 'idle' }], problem: null });
  });

  it('sends a body over the frame limit in pieces', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { maxFrameBytes: 200_000 });
    const body = randomBytes(110_000);
    const { error, body: answer } = await call(pool, fn, { body });
    expect(error).toBeNull();
    expect(Buffer.from(JSON.parse(answer).body, 'base64').equals(body)).toBe(true);
    const size = fakeFunction('size');
    pool.update([fn, size]);
    for (const bytes of [134_463, 134_464, 134_465, 268_928, 1_000_000]) {
      expect((await call(pool, size, { body: Buffer.alloc(bytes) })).body).toBe(String(bytes));
    }
  });

  it('that cannot be encoded fails by itself and gives its slot back', async () => {
    const fn = fakeFunction({ workerPool: { maxWorkers: 1 } });
    const pool = await runningPool([fn], { maxFrameBytes: 200_000 });
    await call(pool, fn);
    const { error } = await call(pool, fn, { headers: `x\n${'y'.repeat(300_000)}` });
    expect(error?.code).toBe('internal_error');
    expect((await call(pool, fn, { context: { user: () => 1 } })).error?.code).toBe('internal_error');
    expect((await call(pool, fn)).status).toBe(200);
  });

  it('may fail: the error of the handler, with its line', async () => {
    const fn = fakeFunction('throw');
    const pool = await runningPool([fn]);
    const { error, info } = await call(pool, fn);
    expect(error).toMatchObject({
      code: 'handler_error',
      status: 500,
      debug: { type: 'ZeroDivisionError', line: 2, source: '1/0' },
    });
    expect(info?.workerPid).toBeGreaterThan(0);
    const invalid = fakeFunction('invalid');
    pool.update([invalid]);
    expect((await call(pool, invalid)).error).toMatchObject({ code: 'invalid_response', status: 502 });
  });

  it('may be answered by a proxy directive', async () => {
    const fn = fakeFunction('proxy');
    const pool = await runningPool([fn]);
    const { proxy } = await call(pool, fn);
    expect(proxy).toMatchObject({ url: 'http://up.example/x', method: 'POST', timeoutMs: 5 });
    expect(Buffer.from(proxy!.body!).toString()).toBe('b');
  });

  it('prints: to the log always, to the caller when asked', async () => {
    const lines: string[] = [];
    const fn = fakeFunction('print');
    const pool = await runningPool([fn], {
      logger: {
        log() {},
        output: (source, text) => lines.push(`${source.name} ${source.stream} ${source.requestId}: ${text}`),
      },
    });
    expect((await call(pool, fn, { id: 'a', captureOutput: true })).output).toEqual([
      'stdout: to stdout',
      'stderr: to stderr',
    ]);
    expect((await call(pool, fn, { id: 'b' })).output).toEqual([]);
    expect(lines).toEqual([
      'print stdout a: to stdout',
      'print stderr a: to stderr',
      'print stdout null: of nobody',
      'print stdout b: to stdout',
      'print stderr b: to stderr',
      'print stdout null: of nobody',
    ]);
  });

  it('logs what a worker prints outside of calls', async () => {
    const lines: string[] = [];
    const fn = fakeFunction('log');
    const pool = await runningPool([fn], { logger: { log() {}, output: (_source, text) => lines.push(text) } });
    await call(pool, fn);
    await until(() => lines.includes('outside of any call\n'));
  });

  it('is refused before start, for unknown functions and for invalid configuration', async () => {
    const fn = fakeFunction('echo');
    const pool = testPool();
    pool.update([fn]);
    expect((await call(pool, fn)).error?.code).toBe('starting');
    await pool.start();
    expect((await call(pool, fakeFunction('slow'))).error?.code).toBe('not_found');
    const { FastFnError } = await import('@fastfn/core');
    const broken = {
      ...fakeFunction('slow'),
      configError: new FastFnError('invalid_config', 'timeout_ms must be a number'),
    };
    pool.update([fn, broken]);
    expect((await call(pool, broken)).error?.code).toBe('invalid_config');
    expect((await call(pool, fn)).status).toBe(200);
  });
});

describe('a stream', () => {
  const options = (chunks: number, size: number) => ({ query: ['chunks', String(chunks), 'ms', String(size)] });

  it('comes as head and chunks', async () => {
    const fn = fakeFunction('stream');
    const pool = await runningPool([fn]);
    const { status, body, chunks } = await call(pool, fn, options(3, 4));
    expect([status, body, chunks]).toEqual([200, `head|${'c'.repeat(12)}`, 3]);
  });

  it('of any size passes through the window, and no faster than it is taken', async () => {
    const fn = fakeFunction('stream');
    const pool = await runningPool([fn]);
    let release!: () => void;
    const running = begin(pool, fn, {
      ...options(100, 50_000),
      hold: (given) => {
        release = given;
      },
    });
    await running.head;
    // The worker stops after the window of 262,144 bytes: five chunks of 50,000. Another call shows that it has had time.
    for (let i = 0; i < 20; i++) await call(pool, fn, options(1, 1));
    expect(running.settled()).toBe(false);
    release();
    const { bytes } = await running.answer;
    expect(bytes).toBe(5 + 100 * 50_000);
  });

  it('is broken off at max_response_bytes', async () => {
    const fn = fakeFunction({ behaviour: 'stream', maxResponseBytes: 100_000, workerPool: { maxWorkers: 1 } });
    const pool = await runningPool([fn]);
    const { status, bytes, error } = await call(pool, fn, options(1000, 50_000));
    expect([status, error?.code]).toEqual([200, 'response_too_large']);
    expect(bytes).toBeLessThanOrEqual(100_000);
    // The handler was told; its slot comes back.
    await until(() => pool.status().functions[0]!.active === 0);
    expect((await call(pool, fn, options(1, 1))).error).toBeNull();
  });

  it('that is whole but too large is an error from the start', async () => {
    const fn = fakeFunction({ behaviour: 'big', maxResponseBytes: 10 });
    const pool = await runningPool([fn]);
    expect((await call(pool, fn, { query: ['ms', '11'] })).error).toMatchObject({
      code: 'response_too_large',
      status: 502,
    });
    expect((await call(pool, fn, { query: ['ms', '10'] })).bytes).toBe(10);
  });

  it('runs to its end for nobody when the caller has left and the handler does not listen', async () => {
    const fn = fakeFunction({ behaviour: 'stream', workerPool: { maxWorkers: 1 } });
    const pool = await runningPool([fn]);
    const running = begin(pool, fn, { ...options(1_000_000, 50_000), hold: () => {} });
    await running.head;
    running.handle.cancel('client_closed');
    running.handle.cancel('client_closed');
    await until(() => pool.status().functions[0]!.active === 0);
    expect(running.settled()).toBe(false);
    expect((await call(pool, fn, options(1, 1))).error).toBeNull();
  });
});

it('hands environment, secrets and temp folder to the worker', async () => {
  const fn = fakeFunction({ behaviour: 'spec', env: { GIVEN: 'file', REAL: 'file' } });
  const pool = await runningPool([fn], {
    processEnv: {
      PATH: process.env.PATH,
      REAL: 'real',
      FN_ADMIN_TOKEN: 'no',
      FN_CONSOLE_X: 'no',
      OTHER: 'no',
      TZ: 'UTC',
    },
    secrets: () => ({ KEY: 'secret' }),
    adapters: [fakeAdapter()],
  });
  const { spec, env } = JSON.parse((await call(pool, fn)).body);
  expect(spec.secrets).toEqual({ KEY: 'secret' });
  expect(env).toMatchObject({ GIVEN: 'file', REAL: 'real', TZ: 'UTC', TMPDIR: spec.process_env.TMPDIR });
  expect(Object.keys(env).filter((name) => name.startsWith('FN_') || name === 'OTHER')).toEqual(['FN_MAX_FRAME_BYTES']);
});
