import { afterEach, describe, expect, it, vi } from 'vitest';
import { LEASE_MARGIN_MS, LEASE_MS } from '../src/ready-line.js';
import { HandHost } from './hand-host.js';
import { begin, fakeAdapter, fakeFunction, type RunningCall, testPool, until } from './support.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function setup(ahead: number, config: object = {}) {
  const host = new HandHost(1, ahead);
  const fn = fakeFunction({ key: 'f', timeoutMs: 600_000, ...config });
  const pool = testPool({ adapters: [fakeAdapter({ defaultConcurrency: 1 })], inProcess: { node: host } });
  pool.update([fn]);
  await pool.start();
  const start = (count: number) => Array.from({ length: count }, () => begin(pool, fn));
  /** Runs calls to their end, one after the other. */
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const [call] = start(1);
      while (host.running.length === 0) await turn();
      host.running[0]!.finish();
      await call!.answer;
    }
  };
  const status = () => pool.status().functions[0]!;
  const finishAll = async (calls: readonly RunningCall[]): Promise<void> => {
    while (calls.some((call) => !call.settled())) {
      host.running[0]?.finish();
      await turn();
    }
  };
  return { host, pool, fn, start, run, status, finishAll };
}

/** One worker, known to be quick, with a call that runs. */
async function oneWorker(config: object = {}, workerPool: object = {}) {
  const given = await setup(3, { ...config, workerPool: { maxWorkers: 1, maxQueue: 20, ...workerPool } });
  await given.run(100);
  const [running] = given.start(1);
  given.host.laid = 0;
  return { ...given, running: running! };
}

it('hands a worker that has long been quick calls in advance, when all are busy and there will be no more', async () => {
  const { host, start, run, status } = await setup(3);
  // All the workers there may be, each of them known to be quick.
  start(200);
  while (host.begun.length < 200 || host.running.length > 0) {
    host.running[0]?.finish();
    if (host.running.length === 0) await turn();
  }
  await run(50);
  const workers = status().workers.length;
  const calls = start(workers * 4 + 5);
  await turn();
  expect(host.mostPerWorker).toBe(4);
  expect(host.laid).toBeGreaterThanOrEqual(workers * 3);
  expect(host.running).toHaveLength(workers);
  while (host.running.length > 0) host.running[0]!.finish();
  for (const { answer } of calls) expect((await answer).status).toBe(200);
});

it('gives one that is new, or says nothing of it, one call at a time', async () => {
  for (const ahead of [3, 0]) {
    const { host, start, run } = await setup(ahead, { workerPool: { maxWorkers: 1, maxQueue: 100 } });
    if (ahead === 0) await run(200);
    start(50);
    await turn();
    expect(host.mostPerWorker).toBe(1);
  }
});

it('keeps the limit: what lies ready is queued, counted as such, and begins in order', async () => {
  const { host, pool, fn, start, status, running } = await oneWorker();
  const calls = start(20);
  expect(host.laid).toBe(3);
  expect(status()).toMatchObject({ active: 1, queued: 20 });
  const refused = begin(pool, fn);
  expect((await refused.answer).error?.code).toBe('worker_pool_overflow');
  for (const call of [running, ...calls]) {
    expect(host.running).toHaveLength(1);
    expect(status().active).toBe(1);
    host.running[0]!.finish();
    expect(call.settled()).toBe(true);
    await turn();
  }
  expect(host.most).toBe(1);
  expect(status()).toMatchObject({ active: 0, queued: 0 });
  const { info } = await calls[5]!.answer;
  expect(info).toMatchObject({ queued: true, state: 'warm' });
  expect((await running.answer).info!.queued).toBe(false);
});

it('tells how long a call waited until it began, not until it was handed out', async () => {
  const { host, start } = await oneWorker();
  const since = Date.now();
  const [call] = start(1);
  expect(host.laid).toBe(1);
  await until(() => Date.now() - since >= 8);
  host.running[0]!.finish();
  while (host.running.length === 0) await turn();
  host.running[0]!.finish();
  expect((await call!.answer).info!.queueMs).toBeGreaterThanOrEqual(8);
});

it('takes back what lies behind a call that turns out to be slow, and gives it to another', async () => {
  const { host, start, run, status, finishAll } = await setup(3, {
    workerPool: { maxWorkers: 2, maxQueue: 20, minWarm: 2 },
  });
  await run(100);
  const quick = start(60);
  await finishAll(quick);
  const both = start(2);
  await until(() => host.running.length === 2);
  const [slow, other] = [...host.running];
  const behind = start(4);
  expect(host.laid).toBeGreaterThan(0);
  // One of the two is over; the other is not, and what lies behind it goes over to the first.
  other!.finish();
  while (behind.some((call) => !call.settled())) {
    for (const one of [...host.running]) if (one !== slow) one.finish();
    await turn();
  }
  expect(host.running).toEqual([slow]);
  for (const { answer } of behind) expect((await answer).status).toBe(200);
  expect(new Set(host.begun).size).toBe(host.begun.length);
  slow!.finish();
  for (const { answer } of both) expect((await answer).status).toBe(200);
  expect(status()).toMatchObject({ active: 0, queued: 0 });
  expect(host.most).toBe(2);
});

describe('behind a call that does not end', () => {
  it('queue_timeout_ms holds, and the handler is never called', async () => {
    const { host, start, status, running } = await oneWorker({}, { queueTimeoutMs: 60 });
    const before = host.begun.length;
    const calls = start(5);
    for (const { answer } of calls) {
      const { error, info, took } = await answer;
      expect(error?.code).toBe('worker_pool_queue_timeout');
      expect(info).toMatchObject({ queued: true, socketIndex: 0 });
      expect(took).toBeGreaterThanOrEqual(55);
    }
    expect(status()).toMatchObject({ active: 1, queued: 0, queueDrops: { timeout: 5 } });
    host.running[0]!.finish();
    expect((await running.answer).status).toBe(200);
    expect(host.begun).toHaveLength(before);
  });

  it('the deadline holds for those that wait without a limit of their own', async () => {
    const { host, start, running } = await oneWorker({ timeoutMs: 150 });
    const calls = start(2);
    for (const { answer } of calls) expect((await answer).error?.code).toMatch(/worker_pool_queue_timeout/);
    expect((await running.answer).error?.code).toBe('timeout');
    expect(host.most).toBe(1);
  });

  it('a caller may leave: its place is free at once, and its handler is not called', async () => {
    const { host, start, status, running } = await oneWorker();
    const calls = start(20);
    const gone = calls[1]!;
    gone.handle.cancel('client_closed');
    expect(status().queued).toBe(19);
    const [last] = start(1);
    expect(status().queued).toBe(20);
    while ([running, ...calls, last!].some((call) => call !== gone && !call.settled())) {
      host.running[0]?.finish();
      await turn();
    }
    expect(gone.settled()).toBe(false);
    expect(status()).toMatchObject({ active: 0, queued: 0 });
    expect(host.begun).toHaveLength(100 + 1 + 20);
  });

  it('a caller that left before it was taken back leaves nothing behind', async () => {
    const { host, start, status } = await oneWorker();
    const calls = start(2);
    for (const { handle } of calls) handle.cancel('client_closed');
    // Real time: a lease lapses by the clock, and of a call whose caller has left nothing tells.
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 5 * LEASE_MARGIN_MS));
    host.running[0]!.finish();
    await turn();
    expect(status()).toMatchObject({ active: 0, queued: 0 });
    expect(host.running).toHaveLength(0);
  });
});

it('a process that dies takes only the call along that it had begun', async () => {
  const { host, start, status, running, finishAll } = await oneWorker();
  const calls = start(6);
  const before = host.begun.length;
  host.running[0]!.die();
  expect((await running.answer).error?.code).toBe('worker_crashed');
  expect(status().queued + status().active).toBe(6);
  await finishAll(calls);
  for (const { answer } of calls) expect((await answer).status).toBe(200);
  const after = host.begun.slice(before);
  expect(new Set(after).size).toBe(6);
  expect(after).toHaveLength(6);
});

it('but when its last words were lost, nothing is called that it may have begun', async () => {
  const { host, start, running, finishAll } = await oneWorker();
  const calls = start(6);
  const before = host.begun.length;
  host.running[0]!.die(true);
  expect((await running.answer).error?.code).toBe('worker_crashed');
  await finishAll(calls);
  const codes = await Promise.all(calls.map(async ({ answer }) => (await answer).error?.code ?? 'ok'));
  expect(codes).toEqual(['worker_crashed', 'worker_crashed', 'worker_crashed', 'ok', 'ok', 'ok']);
  expect(host.begun).toHaveLength(before + 3);
});

describe('a worker that comes to a call too late', () => {
  afterEach(() => void vi.useRealTimers());

  it('says so, and the call goes first', async () => {
    const { host, start, status, finishAll, running } = await oneWorker();
    const calls = start(5);
    expect(host.laid).toBe(3);
    const before = host.begun.length;
    // The worker's clock alone: nobody has taken them back yet.
    const later = Date.now() + LEASE_MS;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later);
    host.running[0]!.finish();
    clock.mockRestore();
    expect((await running.answer).status).toBe(200);
    expect(status().queued + status().active).toBe(5);
    await finishAll(calls);
    for (const { answer } of calls) expect((await answer).status).toBe(200);
    expect(host.begun.slice(before)).toHaveLength(5);
    expect(host.most).toBe(1);
  });
});

it('answers everybody when it is closed', async () => {
  const { pool, start, running } = await oneWorker();
  const calls = start(6);
  await pool.killAll();
  for (const { answer } of [running, ...calls]) expect((await answer).error?.code).toBe('shutting_down');
});
