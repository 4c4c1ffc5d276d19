import { describe, expect, it } from 'vitest';
import { begin, call, fakeAdapter, fakeFunction, runningPool, until, useFakeRuntime, warm } from './support.js';

useFakeRuntime();

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe.each([
  ['one call at a time', 1],
  ['any number of calls', 0],
])('a pool of three, workers taking %s', (_name, concurrency) => {
  const limited = (workerPool: object) =>
    fakeFunction({ behaviour: 'slow', concurrency, workerPool: { maxWorkers: 3, ...workerPool } });
  const adapters = [fakeAdapter({ defaultConcurrency: concurrency })];

  it('runs nine calls three at a time, in order, and refuses the tenth', async () => {
    const workers = concurrency === 1 ? 3 : 1;
    const fn = limited({ maxQueue: 6, queueTimeoutMs: 5000, minWarm: workers });
    const pool = await runningPool([fn], { adapters });
    await warm(pool, fn, workers);

    const finished: number[] = [];
    const calls = many(9, async (i) => {
      const answer = await call(pool, fn, { query: ['ms', '200'] });
      finished.push(i);
      return answer;
    });
    const tenth = await call(pool, fn);
    expect(tenth.error).toMatchObject({
      code: 'worker_pool_overflow',
      status: 429,
      headers: { 'Retry-After': '1' },
    });
    expect(tenth.info).toMatchObject({ state: 'cold', queued: false, socketIndex: 0 });
    expect(pool.status().functions[0]).toMatchObject({ active: 3, queued: 6, queueDrops: { overflow: 1, timeout: 0 } });

    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status)).toEqual(many(9, () => 200));
    expect(answers.map(({ info }) => info!.queued)).toEqual([false, false, false, true, true, true, true, true, true]);
    expect(finished.map((i) => Math.floor(i / 3))).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(workers);
  });

  it('lets nobody wait longer than queue_timeout_ms', async () => {
    const fn = limited({ maxQueue: 6, queueTimeoutMs: 100, overflowStatus: 503 });
    const pool = await runningPool([fn], { adapters });
    await warm(pool, fn);
    const running = many(3, () => begin(pool, fn, { query: ['ms', '5000'] }));
    const waiting = await call(pool, fn);
    expect(waiting.error).toMatchObject({ code: 'worker_pool_queue_timeout', status: 503 });
    expect(waiting.info).toMatchObject({ queued: true, socketIndex: 0 });
    expect(pool.status().functions[0]!.queueDrops).toEqual({ overflow: 0, timeout: 1 });
    for (const { handle } of running) handle.cancel('canceled');
    await until(() => pool.status().functions[0]!.active === 0);
  });
});

it('gives a slot back only when the handler has really ended', async () => {
  const fn = fakeFunction({ behaviour: 'deaf', workerPool: { maxWorkers: 1, maxQueue: 1 } });
  const pool = await runningPool([fn]);
  await call(pool, fn, { query: ['ms', '1'] });
  const first = begin(pool, fn, { query: ['ms', '300'] });
  first.handle.cancel('client_closed');
  expect(pool.status().functions[0]).toMatchObject({ active: 1 });
  const second = begin(pool, fn, { query: ['ms', '1'] });
  expect((await call(pool, fn)).error?.code).toBe('worker_pool_overflow');
  const { took, info } = await second.answer;
  expect(info?.queued).toBe(true);
  expect(took).toBeGreaterThan(200);
  expect(first.settled()).toBe(false);
});

it('forgets a queued call whose caller leaves', async () => {
  const fn = fakeFunction({ behaviour: 'slow', workerPool: { maxWorkers: 1, maxQueue: 2 } });
  const pool = await runningPool([fn]);
  const first = begin(pool, fn, { query: ['ms', '200'] });
  const second = begin(pool, fn);
  const third = begin(pool, fn, { query: ['ms', '1'] });
  second.handle.cancel('client_closed');
  expect(pool.status().functions[0]!.queued).toBeLessThanOrEqual(2);
  expect((await first.answer).status).toBe(200);
  expect((await third.answer).status).toBe(200);
  expect(second.settled()).toBe(false);
});

it('has a queue of 1,024 for functions without limits', async () => {
  const fn = fakeFunction({ behaviour: 'slow', concurrency: 1, env: { FAKE_LOAD_MS: '5000' } });
  const pool = await runningPool([fn], { adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
  const calls = many(1024, () => begin(pool, fn));
  expect((await call(pool, fn)).error).toMatchObject({ code: 'queue_full', status: 503 });
  for (const { handle } of calls) handle.cancel('canceled');
  expect(pool.status().functions[0]).toMatchObject({ active: 0, queued: 0 });
});

it('starts more workers when all are busy, and ends them when they are idle', async () => {
  const fn = fakeFunction({ behaviour: 'slow', concurrency: 1, workerPool: { idleTtlMs: 400, minWarm: 1 } });
  const pool = await runningPool([fn], { adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
  await call(pool, fn, { query: ['ms', '1'] });
  expect(pool.status().functions[0]!.workers).toHaveLength(1);
  const answers = await Promise.all(many(4, () => call(pool, fn, { query: ['ms', '300'] })));
  expect(new Set(answers.map(({ body }) => body)).size).toBeGreaterThan(1);
  await until(() => pool.status().functions[0]!.workers.length === 1);
  expect((await call(pool, fn, { query: ['ms', '1'] })).info?.state).toBe('warm');
});

it('ends the last worker too when nothing is to be kept warm', async () => {
  const fn = fakeFunction({ workerPool: { idleTtlMs: 100 } });
  const pool = await runningPool([fn]);
  await call(pool, fn);
  await until(() => pool.status().functions[0]!.workers.length === 0);
  expect(pool.status().functions[0]!.state).toBe('cold');
  expect((await call(pool, fn)).info?.state).toBe('cold');
});

it('never queues a call behind a busy one-at-a-time worker while another could take it', async () => {
  const fn = fakeFunction({ behaviour: 'slow', concurrency: 1, workerPool: { maxWorkers: 2 }, key: 'pair' });
  const pool = await runningPool(
    [{ ...fn, policy: { ...fn.policy, workerPool: { ...fn.policy.workerPool, maxQueue: 50 } } }],
    {
      adapters: [fakeAdapter({ defaultConcurrency: 1 })],
    },
  );
  await Promise.all(many(2, () => call(pool, fn, { query: ['ms', '20'] })));
  const long = begin(pool, fn, { query: ['ms', '3000'] });
  for (let i = 0; i < 5; i++) expect((await call(pool, fn, { query: ['ms', '1'] })).status).toBe(200);
  expect(long.settled()).toBe(false);
  long.handle.cancel('canceled');
});

it('obeys max_concurrency alone when the pool is off', async () => {
  const fn = fakeFunction({
    behaviour: 'slow',
    maxConcurrency: 1,
    workerPool: { enabled: false, maxWorkers: 9, maxQueue: 9 },
  });
  const pool = await runningPool([fn]);
  const first = begin(pool, fn);
  expect((await call(pool, fn)).error).toMatchObject({ code: 'concurrency_limit', status: 429 });
  expect((await first.answer).status).toBe(200);
});

describe('warm', () => {
  it('min_warm workers are there before the first call, and again after one dies', async () => {
    const fn = fakeFunction({ concurrency: 1, workerPool: { minWarm: 2 } });
    const pool = await runningPool([fn], { adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
    await until(() => pool.status().functions[0]!.workers.filter(({ state }) => state === 'idle').length === 2);
    const [victim] = pool.status().functions[0]!.workers;
    process.kill(victim!.pid, 'SIGKILL');
    await pool.seen((event) => event.type === 'worker_exited');
    await until(() => pool.status().functions[0]!.workers.filter(({ state }) => state === 'idle').length === 2);
  });

  it('keep_warm keeps its workers alive and asks them', async () => {
    const fn = fakeFunction({
      keepWarm: { enabled: true, minWarm: 1, pingEveryMs: 50, idleTtlMs: 100 },
      workerPool: { idleTtlMs: 50 },
    });
    const pool = await runningPool([fn]);
    await until(() => pool.status().functions[0]!.state === 'warm');
    const [worker] = pool.status().functions[0]!.workers;
    // A worker that does not answer its pings is stale.
    process.kill(worker!.pid, 'SIGSTOP');
    await until(() => pool.status().functions[0]!.state === 'stale');
    process.kill(worker!.pid, 'SIGCONT');
    await until(() => pool.status().functions[0]!.state === 'warm');
    expect(pool.status().functions[0]!.workers).toEqual([worker]);
  });

  it('prewarm starts one worker, once', async () => {
    const fn = fakeFunction();
    const pool = await runningPool([fn]);
    pool.prewarm(fn.key);
    pool.prewarm(fn.key);
    pool.prewarm('node/unknown@default');
    await pool.seen((event) => event.type === 'worker_ready');
    expect(pool.counters().coldStarts).toBe(1);
  });
});
