import { expect, it } from 'vitest';
import { HandHost } from './hand-host.js';
import { begin, fakeAdapter, fakeFunction, type RunningCall, testPool } from './support.js';

/** Small, seeded, good enough: failures can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SEEDS = [1, 2, 3, 4, 5, 6];

it.each([
  ...SEEDS.map((seed) => [seed, 0] as const),
  // With several workers, which of them ends first decides which of the calls that lie ready begins first: one has an order.
  ...SEEDS.map((seed) => [seed, 3] as const),
])('holds its limits through 1,000 random operations (seed %i, %i calls in advance)', async (seed, ahead) => {
  const below = random(seed);
  const limit = ahead > 0 ? 1 : 1 + below(4);
  const maxQueue = below(6);
  const concurrency = ahead > 0 ? 1 : below(2);
  const host = new HandHost(concurrency, ahead);
  const fn = fakeFunction({ key: 'model', timeoutMs: 600_000, workerPool: { maxWorkers: limit, maxQueue } });
  const pool = testPool({ adapters: [fakeAdapter()], inProcess: { node: host } });
  pool.update([fn]);
  await pool.start();

  const calls: { request: string; running: RunningCall; canceled: boolean }[] = [];
  /** Those that should be waiting for admission, in order: the model. */
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const what = below(10);
    if (what < 5) {
      const request = `q${i}`;
      calls.push({ request, running: begin(pool, fn, { id: request }), canceled: false });
    } else if (what < 8) host.running[below(host.running.length || 1)]?.finish();
    else if (what < 9) {
      const victim = calls[below(calls.length || 1)];
      if (victim && !victim.running.settled()) {
        victim.canceled = true;
        victim.running.handle.cancel('client_closed');
      }
    } else if (below(5) === 0) host.running[below(host.running.length || 1)]?.die();
    await Promise.resolve();
    await Promise.resolve();

    const status = pool.status().functions[0]!;
    expect(status.active).toBeLessThanOrEqual(limit);
    expect(host.running.length).toBeLessThanOrEqual(limit);
    expect(status.queued).toBeLessThanOrEqual(maxQueue + limit);
    // Nobody waits for admission while a slot is free.
    if (status.active < limit && host.running.length === status.active)
      expect(status.queued).toBeLessThanOrEqual(limit);
  }
  while (host.running.length > 0 || pool.status().functions[0]!.queued > 0) {
    host.running[0]?.finish();
    await new Promise((resolve) => setImmediate(resolve));
  }

  // Nothing is lost, nothing is run twice, nobody is overtaken.
  const order = calls.map(({ request }) => request);
  const positions = host.begun.map((request) => order.indexOf(request));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(new Set(host.begun).size).toBe(host.begun.length);
  for (const { running, canceled } of calls) {
    if (canceled) continue;
    const { error, status } = await running.answer;
    if (error === null) expect(status).toBe(200);
    else {
      expect(['worker_pool_overflow', 'worker_crashed']).toContain(error.code);
      if (error.code === 'worker_pool_overflow') refused++;
    }
  }
  expect(pool.status().functions[0]).toMatchObject({
    active: 0,
    queued: 0,
    queueDrops: { overflow: refused, timeout: 0 },
  });
  expect(host.most).toBeLessThanOrEqual(limit);
  if (maxQueue === 0) expect(host.laid).toBe(0);
  if (concurrency === 1 && ahead === 0) expect(host.mostPerWorker).toBeLessThanOrEqual(1);
});
