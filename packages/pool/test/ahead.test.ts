import { expect, it } from 'vitest';
import { HandHost } from './hand-host.js';
import { begin, fakeAdapter, fakeFunction, testPool } from './support.js';

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
  const workers = () => pool.status().functions[0]!.workers.length;
  return { host, start, run, workers };
}

it('hands a worker that has long been quick calls in advance, when all are busy and there will be no more', async () => {
  const { host, start, run, workers } = await setup(3);
  // All the workers there may be, each of them known to be quick.
  start(200);
  while (host.begun.length < 200 || host.running.length > 0) {
    host.running[0]?.finish();
    if (host.running.length === 0) await turn();
  }
  await run(50);
  const calls = start(workers() * 4 + 5);
  await turn();
  expect(host.mostPerWorker).toBe(4);
  expect(host.running).toHaveLength(workers() * 4);
  while (host.running.length > 0) host.running[0]!.finish();
  for (const { answer } of calls) expect((await answer).status).toBe(200);
});

it('gives one that is new, or says nothing of it, one call at a time', async () => {
  for (const ahead of [3, 0]) {
    const { host, start, run } = await setup(ahead);
    if (ahead === 0) await run(200);
    start(50);
    await turn();
    expect(host.mostPerWorker).toBe(1);
  }
});

it('lets nobody in beyond the limit of the function', async () => {
  const { host, start, run } = await setup(3, { workerPool: { maxWorkers: 1, maxQueue: 20 } });
  await run(200);
  start(10);
  await turn();
  expect(host.most).toBe(1);
});
