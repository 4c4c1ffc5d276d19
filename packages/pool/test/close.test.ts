import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  alive,
  begin,
  call,
  fakeAdapter,
  fakeFunction,
  runningPool,
  type TestPool,
  testPool,
  until,
  useFakeRuntime,
} from './support.js';

useFakeRuntime();

/** Everything a pool owns outside of this process. */
function belongings(pool: TestPool): { pids: number[]; folder: string } {
  const { runtimes, functions } = pool.status();
  const sockets = runtimes.node!.sockets;
  return {
    pids: [
      ...sockets.map(({ pid }) => pid!),
      ...functions.flatMap(({ workers }) => workers.map(({ pid }) => pid)),
    ].filter(Boolean),
    folder: dirname(sockets[0]!.uri.slice('unix:'.length)),
  };
}

function expectNothingLeft({ pids, folder }: ReturnType<typeof belongings>): void {
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(alive)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
}

describe('close', () => {
  it('finishes what runs and waits, takes nothing new, and leaves nothing', async () => {
    const fn = fakeFunction({ behaviour: 'slow', workerPool: { maxWorkers: 1, maxQueue: 5 } });
    const pool = await runningPool([fn], { daemons: { node: 2 } });
    await call(pool, fn, { query: ['ms', '1'] });
    const calls = [0, 1].map(() => begin(pool, fn, { query: ['ms', '150'] }));
    const left = belongings(pool);
    const closed = pool.close();
    expect((await call(pool, fn)).error?.code).toBe('shutting_down');
    await closed;
    for (const { answer } of calls) expect((await answer).status).toBe(200);
    expectNothingLeft(left);
    await pool.close();
    await pool.killAll();
  });

  it('waits no longer than drainMs', async () => {
    const fn = fakeFunction('hang');
    const pool = await runningPool([fn], { drainMs: 100 });
    const running = begin(pool, fn);
    await until(() => pool.status().functions[0]!.workers[0]?.state === 'busy');
    const left = belongings(pool);
    await pool.close();
    expect((await running.answer).error?.code).toBe('shutting_down');
    expectNothingLeft(left);
  });

  it('is hurried by killAll', async () => {
    const fn = fakeFunction('slow');
    const pool = await runningPool([fn]);
    const running = begin(pool, fn, { query: ['ms', '20000'] });
    await until(() => pool.status().functions[0]!.workers[0]?.state === 'busy');
    const left = belongings(pool);
    const closed = pool.close();
    await pool.killAll();
    await closed;
    expect((await running.answer).error?.code).toBe('shutting_down');
    expectNothingLeft(left);
  });

  it('in the middle of a start leaves nothing', async () => {
    const pool = testPool({ daemons: { node: 2 } });
    pool.update([fakeFunction({ workerPool: { minWarm: 2 } })]);
    const started = pool.start();
    const { folder } = belongings(pool);
    await pool.close();
    await started;
    expect(existsSync(folder)).toBe(false);
    expect(pool.events.filter(({ type }) => type === 'worker_ready')).toEqual([]);
  });

  it('without a start, and after a failed one', async () => {
    await testPool().close();
    const pool = await runningPool([fakeFunction()], { adapters: [fakeAdapter({ env: { FAKE_DAEMON: 'dies' } })] });
    await pool.close();
  });

  it('waits for a preparation to stop', async () => {
    let aborted = false;
    const adapter = fakeAdapter({
      prepare: (_fn, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        }),
    });
    const pool = await runningPool([fakeFunction()], { adapters: [adapter] });
    await pool.seen(({ type }) => type === 'prepare_started');
    await pool.close();
    expect(aborted).toBe(true);
    expect(pool.events.some(({ type }) => type === 'prepare_failed')).toBe(false);
  });

  it('works as `await using`, and two pools do not meet', async () => {
    const fn = fakeFunction('echo');
    const [one, two] = [await runningPool([fn]), await runningPool([fn])];
    const pids = [(await call(one, fn)).info!.workerPid, (await call(two, fn)).info!.workerPid];
    await one[Symbol.asyncDispose]();
    expect(pids.map(alive)).toEqual([false, true]);
    expect((await call(two, fn)).status).toBe(200);
  });
});
