import { expect, it, onTestFinished } from 'vitest';
import { createBorrowingPool, type Packet } from '../src/index.js';
import { call, fakeAdapter, fakeFunction, runningPool, type TestPool, until, useFakeRuntime, warm } from './support.js';

useFakeRuntime();

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** A gateway's pool beside the primary's, joined by what would be a socket. */
function gateway(primary: TestPool, index = 0) {
  const packets: Packet[] = [];
  let connected = true;
  const later = (action: () => void) => setImmediate(() => connected && action());
  const seat = primary.lendTo((packet) => later(() => pool.receive(packet)));
  const pool = createBorrowingPool({
    local: { adapters: [] },
    socketDir: primary.newSocketPath(),
    drainMs: 1000,
    index,
    send(packet) {
      packets.push(packet);
      later(() => seat.receive(packet));
    },
  });
  onTestFinished(() => pool.close());
  return Object.assign(pool, {
    /** What was said to the primary since the last time. */
    said: () => packets.splice(0),
    /** As if the process had been killed: nothing more is heard of it. */
    die() {
      connected = false;
      seat.lost();
    },
  });
}

const oneAtATime = [fakeAdapter({ defaultConcurrency: 1 })];

it('a function without a limit is asked for once: calls cost no word to the primary', async () => {
  const fn = fakeFunction('echo');
  const primary = await runningPool([fn]);
  const one = gateway(primary);
  one.update([fn]);
  expect((await call(one, fn)).status).toBe(200);
  await until(() => one.said().length === 0);
  for (const { status, info } of await Promise.all(many(20, () => call(one, fn)))) {
    expect({ status, state: info!.state, queued: info!.queued }).toEqual({ status: 200, state: 'warm', queued: false });
  }
  // What the primary must know to end idle workers is told every so often, and not per call.
  expect(one.said().filter(([type]) => type !== 11)).toEqual([]);
  expect(primary.status().functions[0]!.workers).toHaveLength(1);
});

it('calls of two gateways wait in one queue, in order', async () => {
  const fn = fakeFunction({ behaviour: 'slow', workerPool: { maxWorkers: 1, maxQueue: 9 } });
  const primary = await runningPool([fn]);
  const gateways = [gateway(primary, 0), gateway(primary, 1)];
  for (const pool of gateways) pool.update([fn]);
  await call(gateways[0]!, fn, { query: ['ms', '1'] });
  const order: number[] = [];
  const calls = many(6, async (i) => {
    const answer = await call(gateways[i % 2]!, fn, { query: ['ms', '20'] });
    order.push(i);
    return answer;
  });
  await until(() => primary.status().functions[0]!.queued === 5);
  expect(primary.status().functions[0]!.active).toBe(1);
  const answers = await Promise.all(calls);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(answers.map(({ info }) => info!.queued)).toEqual([false, true, true, true, true, true]);
});

it('the slots of a dead gateway are free when its handlers have ended, not before', async () => {
  // Does not listen to anybody: only the end of its process ends it.
  const fn = fakeFunction({ behaviour: 'deaf', workerPool: { maxWorkers: 2, maxQueue: 9 } });
  const primary = await runningPool([fn]);
  const dying = gateway(primary, 0);
  const other = gateway(primary, 1);
  dying.update([fn]);
  other.update([fn]);
  await call(dying, fn, { query: ['ms', '1'] });
  const before = primary.status().functions[0]!.workers[0]!.pid;
  void call(dying, fn, { query: ['ms', '60000'] });
  void call(dying, fn, { query: ['ms', '60000'] });
  await until(() => primary.status().functions[0]!.active === 2);
  const waiting = call(other, fn, { query: ['ms', '1'] });
  await until(() => primary.status().functions[0]!.queued === 1);
  dying.die();
  expect((await waiting).status).toBe(200);
  expect(primary.events.some((event) => event.type === 'worker_exited' && event.pid === before)).toBe(true);
  await until(() => primary.status().functions[0]!.active === 0);
});

it('workers that take one call at a time go where calls wait', async () => {
  const fn = fakeFunction({ behaviour: 'slow', concurrency: 1 });
  const primary = await runningPool([fn], { adapters: oneAtATime });
  const gateways = [gateway(primary, 0), gateway(primary, 1), gateway(primary, 2)];
  for (const pool of gateways) pool.update([fn]);
  // The first takes all that may be started.
  await Promise.all(many(40, () => call(gateways[0]!, fn, { query: ['ms', '5'] })));
  const workers = primary.status().functions[0]!.workers.length;
  // It goes on, and the others get their share.
  let busy = true;
  const load = Promise.all(
    many(2 * workers, async () => {
      while (busy) expect((await call(gateways[0]!, fn, { query: ['ms', '5'] })).status).toBe(200);
    }),
  );
  for (const pool of gateways.slice(1)) {
    const answers = await Promise.all(many(10, () => call(pool, fn, { query: ['ms', '5'] })));
    expect(answers.map(({ status }) => status)).toEqual(many(10, () => 200));
  }
  busy = false;
  await load;
  expect(primary.status().functions[0]!.workers).toHaveLength(workers);
});

it('a handler that ignores its deadline is answered for, and its process ended', async () => {
  const fn = fakeFunction({ behaviour: 'hang', timeoutMs: 100, concurrency: 1 });
  const primary = await runningPool([fn], { adapters: oneAtATime });
  const one = gateway(primary);
  one.update([fn]);
  await warm(primary, fn);
  expect((await call(one, fn)).error).toMatchObject({ code: 'timeout', status: 504 });
  await primary.seen((event) => event.type === 'worker_exited');
  expect(primary.counters().timeouts).toBe(1);
});

it('a worker that dies in a call is told as what it was', async () => {
  const fn = fakeFunction('crash');
  const primary = await runningPool([fn]);
  const one = gateway(primary);
  one.update([fn]);
  expect((await call(one, fn)).error).toMatchObject({ code: 'worker_crashed', details: { exit_code: 4 } });
  expect(primary.counters().crashes).toBe(1);
});

it('a removed function finishes its calls and is unknown then', async () => {
  const fn = fakeFunction('slow');
  const primary = await runningPool([fn]);
  const one = gateway(primary);
  one.update([fn]);
  await call(one, fn, { query: ['ms', '1'] });
  const running = call(one, fn, { query: ['ms', '100'] });
  primary.update([]);
  one.update([]);
  expect((await call(one, fn)).error).toMatchObject({ code: 'not_found' });
  expect((await running).status).toBe(200);
  await primary.seen((event) => event.type === 'worker_exited' && event.expected);
});

it('idle workers end though a gateway keeps them', async () => {
  const fn = fakeFunction({ behaviour: 'echo', workerPool: { idleTtlMs: 300 } });
  const primary = await runningPool([fn]);
  const one = gateway(primary);
  one.update([fn]);
  await call(one, fn);
  await primary.seen((event) => event.type === 'worker_exited' && event.expected);
  expect((await call(one, fn)).status).toBe(200);
});

it('a limit that comes anew counts what is running', async () => {
  const free = fakeFunction({ behaviour: 'slow', key: 'f' });
  const limited = fakeFunction({ behaviour: 'slow', key: 'f', workerPool: { maxWorkers: 2, maxQueue: 9 } });
  const primary = await runningPool([free]);
  const one = gateway(primary);
  one.update([free]);
  await call(one, free, { query: ['ms', '1'] });
  const running = many(3, () => call(one, free, { query: ['ms', '200'] }));
  primary.update([limited]);
  one.update([limited]);
  const waiting = call(one, limited, { query: ['ms', '1'] });
  await until(() => primary.status().functions[0]!.active === 3 && primary.status().functions[0]!.queued === 1);
  expect((await Promise.all([...running, waiting])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await waiting).info!.queued).toBe(true);
});
