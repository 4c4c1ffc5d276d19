import { describe, expect, it } from 'vitest';
import { alive, begin, call, fakeAdapter, fakeFunction, runningPool, until, useFakeRuntime, warm } from './support.js';

useFakeRuntime();

describe('a deadline', () => {
  it('answers 504 and lets a handler that listens end by itself', async () => {
    const fn = fakeFunction({ behaviour: 'slow', timeoutMs: 300 });
    const pool = await runningPool([fn]);
    await warm(pool, fn);
    const pid = (await call(pool, fn, { query: ['ms', '1'] })).info!.workerPid;
    const { error } = await call(pool, fn, { query: ['ms', '5000'] });
    expect(error).toMatchObject({ code: 'timeout', status: 504 });
    await until(() => pool.status().functions[0]!.active === 0);
    expect((await call(pool, fn, { query: ['ms', '1'] })).info!.workerPid).toBe(pid);
    expect(pool.counters()).toMatchObject({ timeouts: 1, crashes: 0 });
  });

  it.each(['hang', 'deaf'])('kills a handler that does not listen (%s)', async (behaviour) => {
    const fn = fakeFunction({ behaviour, timeoutMs: 300, workerPool: { maxWorkers: 1, maxQueue: 5 } });
    const other = fakeFunction('echo');
    const pool = await runningPool([fn, other]);
    const otherPid = (await call(pool, other)).info!.workerPid;
    await warm(pool, fn);
    const running = begin(pool, fn, { query: ['ms', '60000'] });
    const { pid } = pool.status().functions[0]!.workers[0]!;
    const { error, took } = await running.answer;
    expect(error?.code).toBe('timeout');
    expect(took).toBeGreaterThanOrEqual(299);
    const exited = await pool.seen((event) => event.type === 'worker_exited');
    expect(exited).toMatchObject({ pid, expected: true });
    expect(alive(pid)).toBe(false);
    expect(pool.status().functions[0]!.active).toBe(0);
    // Nobody else noticed, and the next call gets a fresh process.
    expect((await call(pool, other)).info).toMatchObject({ workerPid: otherPid, state: 'warm' });
    await warm(pool, fn);
    expect(pool.status().functions[0]!.workers[0]!.pid).not.toBe(pid);
  });

  it('kills the process itself when the daemon does not', async () => {
    const fn = fakeFunction({ behaviour: 'hang', timeoutMs: 200 });
    const pool = await runningPool([fn], { adapters: [fakeAdapter({ env: { FAKE_NO_KILL: '1' } })] });
    await warm(pool, fn);
    await call(pool, fn);
    expect(await pool.seen((event) => event.type === 'worker_exited')).toMatchObject({
      reason: 'was ended by SIGKILL',
    });
  });

  it('is met by a cancelled call too, which nobody hears of', async () => {
    const fn = fakeFunction({ behaviour: 'hang', timeoutMs: 400 });
    const pool = await runningPool([fn]);
    await warm(pool, fn);
    const running = begin(pool, fn);
    running.handle.cancel('client_closed');
    await pool.seen((event) => event.type === 'worker_exited');
    expect(running.settled()).toBe(false);
    expect(pool.status().functions[0]!.active).toBe(0);
  });

  it('breaks a stream off', async () => {
    const fn = fakeFunction({ behaviour: 'stream', timeoutMs: 400 });
    const pool = await runningPool([fn]);
    await warm(pool, fn);
    const { status, error } = await call(pool, fn, { query: ['chunks', '100', 'ms', '100000'], hold: () => {} });
    expect([status, error?.code]).toEqual([200, 'timeout']);
  });

  it('answers while no worker comes up', async () => {
    const fn = fakeFunction({ behaviour: 'never-ready', timeoutMs: 300 });
    const pool = await runningPool([fn]);
    const { error } = await call(pool, fn);
    expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('No worker') });
  });
});

describe('a worker that dies', () => {
  it('costs its own calls only, once, and is replaced', async () => {
    const fn = fakeFunction({ behaviour: 'slow', concurrency: 1, workerPool: { minWarm: 2 } });
    const pool = await runningPool([fn], { adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
    await warm(pool, fn, 2);
    const calls = [0, 1].map(() => begin(pool, fn, { query: ['ms', '700'] }));
    process.kill(pool.status().functions[0]!.workers[0]!.pid, 'SIGKILL');
    const answers = await Promise.all(calls.map(({ answer }) => answer));
    expect(answers.map(({ status, error }) => error?.code ?? status).sort()).toEqual([200, 'worker_crashed']);
    expect(answers.find(({ error }) => error)!.error).toMatchObject({ status: 502, details: { signal: 'SIGKILL' } });
    expect((await call(pool, fn, { query: ['ms', '1'] })).status).toBe(200);
    expect(pool.counters().crashes).toBe(1);
  });

  it('in every call gets a new one for every call', async () => {
    const fn = fakeFunction('crash');
    const pool = await runningPool([fn]);
    for (let i = 0; i < 3; i++) {
      expect((await call(pool, fn)).error).toMatchObject({ code: 'worker_crashed', details: { exit_code: 4 } });
    }
    expect(pool.counters()).toMatchObject({ coldStarts: 3, crashes: 3 });
  });

  it('after it has answered is no failure', async () => {
    const fn = fakeFunction('answer-and-die');
    const pool = await runningPool([fn]);
    for (let i = 0; i < 3; i++) {
      expect((await call(pool, fn)).body).toBe('last words');
      await until(() => pool.status().functions[0]!.workers.length === 0);
    }
  });

  it('as it has announced is none either, and no call is given to it any more', async () => {
    const fn = fakeFunction({ behaviour: 'leaves', workerPool: { maxWorkers: 1, maxQueue: 20 } });
    const pool = await runningPool([fn], { backoff: { firstMs: 60_000 } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(pool, fn)));
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => 'goodbye'));
    expect(pool.counters()).toMatchObject({ coldStarts: 8, crashes: 0 });
  });

  it('by breaking the protocol fails its calls', async () => {
    const fn = fakeFunction('flap');
    const pool = await runningPool([fn]);
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'worker_crashed',
      message: expect.stringContaining('protocol'),
    });
    await pool.seen((event) => event.type === 'worker_exited');
  });

  it('while idle is replaced by the next call', async () => {
    const fn = fakeFunction('dies-idle');
    const pool = await runningPool([fn]);
    await call(pool, fn);
    await pool.seen((event) => event.type === 'worker_exited');
    expect((await call(pool, fn)).body).toBe('alive');
  });

  it('while idle is not respawned in a storm to keep it warm', async () => {
    const fn = fakeFunction({ behaviour: 'dies-idle', workerPool: { minWarm: 1 } });
    const pool = await runningPool([fn], { backoff: { firstMs: 60_000 } });
    await pool.seen((event) => event.type === 'worker_exited');
    pool.update([fn]);
    expect(pool.counters().coldStarts).toBe(1);
  });
});

describe('code that does not load', () => {
  it('answers with its error, without a new process for every call, and recovers when mended', async () => {
    const broken = fakeFunction({ behaviour: 'load-error', key: 'f' });
    const pool = await runningPool([broken], { backoff: { firstMs: 60_000 } });
    const first = await call(pool, broken);
    expect(first.error).toMatchObject({ code: 'handler_error', status: 500, debug: { line: 3, source: 'oops(' } });
    for (let i = 0; i < 20; i++) expect((await call(pool, broken)).error).toBe(first.error);
    expect(pool.counters().coldStarts).toBe(1);
    expect(pool.status().functions[0]!.problem).toContain('SyntaxError');
    // Mending any file that it tried to load is seen.
    expect(pool.functionsUsing(`${broken.root}/broken.js`)).toEqual([broken.key]);
    const mended = fakeFunction({ behaviour: 'echo', key: 'f' });
    pool.update([mended]);
    expect((await call(pool, mended)).status).toBe(200);
    expect(pool.status().functions[0]!.problem).toBeNull();
  });

  it('is tried again after the back-off', async () => {
    const fn = fakeFunction('load-error');
    const pool = await runningPool([fn], { backoff: { firstMs: 1, maxMs: 1 } });
    await call(pool, fn);
    await until(() => pool.status().functions[0]!.workers.length === 0);
    await call(pool, fn);
    expect(pool.counters().coldStarts).toBeGreaterThan(1);
  });

  it('answers everyone who waited for it', async () => {
    const fn = fakeFunction({ behaviour: 'load-error', concurrency: 1 });
    const pool = await runningPool([fn], { adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(pool, fn)));
    expect(new Set(answers.map(({ error }) => error?.code))).toEqual(new Set(['handler_error']));
    expect(pool.status().functions[0]).toMatchObject({ active: 0, queued: 0 });
  });
});

describe('a crash at start', () => {
  it('is a crash loop with reason and Retry-After', async () => {
    const fn = fakeFunction('crash-at-start');
    const pool = await runningPool([fn], { backoff: { firstMs: 3000 } });
    const { error } = await call(pool, fn);
    expect(error).toMatchObject({ code: 'crash_loop', status: 503, headers: { 'Retry-After': '3' } });
    expect(error!.message).toContain('exited with code 3');
    await call(pool, fn);
    expect(pool.counters().coldStarts).toBe(1);
  });

  it.each([
    ['refused', 'no processes left'],
    ['garbage', 'protocol'],
  ])('counts likewise: %s', async (behaviour, reason) => {
    const fn = fakeFunction(behaviour);
    const pool = await runningPool([fn]);
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'crash_loop',
      message: expect.stringContaining(reason),
    });
    await until(() => pool.status().functions[0]!.workers.length === 0);
  });

  it('is what never becoming ready ends as', async () => {
    const fn = fakeFunction('never-ready');
    const pool = await runningPool([fn], { loadTimeoutMs: 300 });
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'crash_loop',
      message: expect.stringContaining('300 ms'),
    });
    await pool.seen((event) => event.type === 'worker_exited');
  });
});

it('a worker that cannot be reached is tried on the next daemon, once', async () => {
  const fn = fakeFunction('no-socket');
  const pool = await runningPool([fn], { daemons: { node: 2 }, backoff: { firstMs: 60_000 } });
  const { error } = await call(pool, fn);
  expect(error?.code).toBe('runtime_unavailable');
  const starts = pool.counters().coldStarts;
  expect(starts).toBeGreaterThanOrEqual(2);
  await call(pool, fn);
  expect(pool.counters().coldStarts).toBe(starts);
});

it('ends a worker over memory_mb', async () => {
  const fn = fakeFunction({ behaviour: 'memory', memoryMb: 200, timeoutMs: 20_000 });
  const pool = await runningPool([fn]);
  expect((await call(pool, fn)).error).toMatchObject({ code: 'memory_limit', status: 502 });
});
