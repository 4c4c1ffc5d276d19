import { isDeepStrictEqual } from 'node:util';
import type { Logger, LogLevel, ScheduleView } from '@fastfn/core';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../src/clock.js';
import type { JobRun, JobWorker, Verdict } from '../src/queue.js';
import { openRedisStore } from '../src/redis-store.js';
import { StoreBusyError } from '../src/store.js';
import { FakeClock } from './support/fake-clock.js';
import { makeJob } from './support/make-job.js';
import { describeRedis, startRedis } from './support/redis-server.js';
import { useRedis } from './support/redis-subject.js';
import { bench, every, HOUR, START } from './support/scheduler-bench.js';
import { eventually } from './support/wait.js';

/** How long Redis is gone; longer than a lease. A long run sets more: `FASTFN_REDIS_AWAY_SECONDS=30`. */
const AWAY_MS = Number(process.env.FASTFN_REDIS_AWAY_SECONDS ?? 1) * 1000;

const DONE: Verdict = { kind: 'finished', status: 'done', result: null, lastError: null };

function worker(perform: (run: JobRun, signal: AbortSignal) => Promise<Verdict>, concurrency = 2): JobWorker {
  return { concurrency, deliveries: 2, perform, deliver: async () => ({ kind: 'delivered' }) };
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describeRedis('Redis that goes away', () => {
  const lines: string[] = [];
  const logger: Logger = {
    log: (level: LogLevel, message: string) => void lines.push(`${level} ${message}`),
    output: () => {},
  };
  const redis = useRedis(logger);

  test('new jobs are refused at once; what was accepted, what runs and what ends meanwhile is all there afterwards', async () => {
    const { store } = await redis.subject();
    const { queue } = store;
    const running = gate();
    const runs: string[] = [];
    queue.start(
      worker(async ({ job }) => {
        runs.push(job.id);
        if (job.id === 'job_long') await running.opened;
        return DONE;
      }, 1),
    );
    await queue.enqueue(makeJob({ id: 'job_long' }));
    await eventually(() => runs.length === 1);
    for (let i = 0; i < 20; i++) await queue.enqueue(makeJob({ id: `job_${i}` }));
    await redis.server.stop();
    for (const ask of [
      () => queue.enqueue(makeJob({ id: 'job_refused' })),
      () => queue.get('job_long'),
      () => queue.list({ limit: 1 }),
      () => queue.counts(),
      () => queue.cancel('job_1'),
      () => store.schedules.claim('node/a@default', 1),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'jobs_unavailable',
        status: 503,
        headers: { 'Retry-After': '1' },
      });
    }
    running.open();
    await redis.server.start();
    await eventually(async () => (await queue.counts().catch(() => null))?.done === 21, 30_000);
    expect(new Set(runs).size).toBe(21);
    await queue.enqueue(makeJob({ id: 'job_after' }));
    await eventually(async () => (await queue.get('job_after'))?.status === 'done');
    expect(lines.join('\n')).toMatch(/error .*connection to Redis \(127\.0\.0\.1:\d+\) is lost/);
    expect(lines.join('\n')).toContain('info [Jobs] Redis is back.');
  }, 60_000);

  test(
    'away for longer than the lease: what still runs is not begun a second time, and its end counts',
    async () => {
      const { store } = await redis.subject();
      const { queue } = store;
      const running = gate();
      const runs: string[] = [];
      queue.start(
        worker(async ({ job }) => {
          runs.push(`${job.id} ${job.attempt}`);
          if (job.id === 'job_long') await running.opened;
          return DONE;
        }),
      );
      await queue.enqueue(makeJob({ id: 'job_long' }));
      await eventually(() => runs.length === 1);
      await redis.server.stop();
      // Real time: a lease lapses by the clock, and with Redis gone there is nothing that tells of it.
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
      await redis.server.start();
      // By the time this one runs, the lease has been found lapsed.
      await eventually(() =>
        queue.enqueue(makeJob({ id: 'job_2', dueAt: Date.now() + 1500 })).catch(() => false as const),
      );
      await eventually(async () => (await queue.get('job_2'))?.status === 'done');
      running.open();
      await eventually(async () => (await queue.get('job_long'))?.status === 'done');
      expect(runs).toEqual(['job_long 0', 'job_2 0']);
    },
    30_000 + AWAY_MS,
  );

  test('frozen, as behind a broken network: requests end in time', async () => {
    const { store } = await redis.subject();
    redis.server.freeze();
    try {
      await expect(store.queue.enqueue(makeJob({ id: 'job_1' }))).rejects.toMatchObject({ code: 'jobs_unavailable' });
    } finally {
      redis.server.resume();
    }
    await eventually(() => store.queue.enqueue(makeJob({ id: 'job_2' })).catch(() => false as const));
  }, 30_000);

  test('a tick that ends while it is away is remembered when it is back', async () => {
    const { store } = await redis.subject();
    const claim = await store.schedules.claim('node/a@default', 1000);
    if (claim.taken) throw new Error('nobody else is there');
    await redis.server.stop();
    const state = {
      next: 2000,
      last: 1000,
      lastStatus: 200,
      lastError: null,
      retryDue: null,
      retryAttempt: 0,
      lastDue: 1000,
    };
    await claim.finish(state);
    await redis.server.start();
    await eventually(async () => (await store.schedules.load().catch(() => new Map())).size === 1);
    expect(await store.schedules.claim('node/a@default', 1000)).toEqual({ taken: true, state });
  }, 30_000);

  test('a stop does not wait for it', async () => {
    const { store } = await redis.subject();
    const started = gate();
    store.queue.start(
      worker(async (_, signal) => {
        started.open();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return { kind: 'interrupted' };
      }),
    );
    await store.queue.enqueue(makeJob({ id: 'job_1' }));
    await started.opened;
    await redis.server.stop();
    try {
      await store.queue.stop(0);
      await store.close();
    } finally {
      await redis.server.start();
    }
    const next = await redis.open();
    next.queue.start(worker(async () => DONE));
    await eventually(async () => (await next.queue.get('job_1'))?.status === 'done');
  }, 30_000);

  test('without memory: refused, and taken again when there is room', async () => {
    const { store } = await redis.subject();
    const admin = new Redis(redis.server.url);
    onTestFinished(() => admin.disconnect());
    await store.queue.enqueue(makeJob({ id: 'job_1' }));
    await admin.config('SET', 'maxmemory', '1');
    await expect(store.queue.enqueue(makeJob({ id: 'job_2' }))).rejects.toMatchObject({
      code: 'storage_full',
      status: 507,
    });
    await admin.config('SET', 'maxmemory', '0');
    await store.queue.enqueue(makeJob({ id: 'job_2' }));
  });

  test('that is not there, or refuses: worth another try, and the password is not told', async () => {
    const open = (url: string) =>
      openRedisStore({ url, maxQueued: 1, retention: { maxFinished: 1, maxAgeMs: 1 }, leaseMs: 1000, logger });
    const away = await startRedis();
    await away.close();
    for (const url of [away.url, redis.server.url]) {
      const failed = await open(url.replace('//', '//me:geheim@')).catch((error: Error) => error);
      expect(failed).toBeInstanceOf(StoreBusyError);
      expect(failed).toMatchObject({ message: expect.stringMatching(/^Redis \(127\.0\.0\.1:\d+\) cannot be used: /) });
      expect((failed as Error).message).not.toContain('geheim');
    }
  });
});

describeRedis('what Redis says of itself', () => {
  const lines: { level: LogLevel; message: string; fields: unknown }[] = [];
  const logger: Logger = {
    log: (level, message, fields) => void lines.push({ level, message, fields }),
    output: () => {},
  };
  const redis = useRedis(logger);

  async function admin(): Promise<Redis> {
    const made = new Redis(redis.server.url);
    onTestFinished(() => made.disconnect());
    return made;
  }

  test('a policy by which it throws keys away: one warning, with what to do', async () => {
    const said = vi.spyOn(console, 'warn');
    onTestFinished(() => said.mockRestore());
    await (await admin()).config('SET', 'maxmemory-policy', 'allkeys-lru');
    const { store } = await redis.subject();
    store.queue.start(worker(async () => DONE));
    await store.queue.enqueue(makeJob({ id: 'job_1' }));
    await eventually(async () => (await store.queue.get('job_1'))?.status === 'done');
    expect(lines.splice(0)).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(
          /^\[Jobs\] redis_may_evict: Redis \(127.*\) has the maxmemory-policy "allkeys-lru".* CONFIG SET maxmemory-policy noeviction$/,
        ),
        fields: { code: 'redis_may_evict', policy: 'allkeys-lru' },
      },
    ]);
    expect(said).not.toHaveBeenCalled();
    await (await admin()).config('SET', 'maxmemory-policy', 'noeviction');
    await redis.open();
    expect(lines).toEqual([]);
  });

  test('where it may not be asked, nothing is said, and jobs run', async () => {
    const user = ['on', '>geheim', '~*', '&*', '+@all', '-info', '-config'];
    await (await admin()).call('ACL', 'SETUSER', 'app', ...user);
    await redis.subject();
    const store = await redis.open({ url: redis.server.url.replace('//', '//app:geheim@') });
    store.queue.start(worker(async () => DONE));
    await store.queue.enqueue(makeJob({ id: 'job_1' }));
    await eventually(async () => (await store.queue.get('job_1'))?.status === 'done');
    expect(lines).toEqual([]);
  });
});

describeRedis('several machines on one Redis', () => {
  const redis = useRedis();

  test('each job runs once, and all of them work', async () => {
    await redis.subject();
    const stores = await Promise.all([redis.open(), redis.open(), redis.open()]);
    const runs = new Map<string, number[]>();
    for (const [machine, store] of stores.entries()) {
      store.queue.start(
        worker(async ({ job }) => {
          runs.set(job.id, [...(runs.get(job.id) ?? []), machine]);
          await new Promise((resolve) => setImmediate(resolve));
          return DONE;
        }),
      );
    }
    const ids = Array.from({ length: 300 }, (_, i) => `job_${i}`);
    await Promise.all(ids.map((id, i) => stores[i % 3]!.queue.enqueue(makeJob({ id }))));
    await eventually(async () => (await stores[0]!.queue.counts()).done === 300, 30_000);
    expect([...runs.values()].filter((machines) => machines.length !== 1)).toEqual([]);
    expect(new Set([...runs.values()].flat()).size).toBe(3);
  }, 60_000);

  test('a machine that dies: its job is retried on another after the lease, with the next attempt', async () => {
    const { store: first, crash } = await redis.subject();
    const second = await redis.open();
    first.queue.start(worker(() => new Promise(() => {})));
    await first.queue.enqueue(makeJob({ id: 'job_1' }));
    await eventually(async () => (await second.queue.get('job_1'))?.status === 'running');
    const attempts: number[] = [];
    second.queue.start(
      worker(async ({ job }) => {
        attempts.push(job.attempt);
        return DONE;
      }),
    );
    await crash();
    await eventually(async () => (await second.queue.get('job_1'))?.status === 'done');
    expect(attempts).toEqual([1]);
  });

  test('a job that runs for longer than the lease stays where it is', async () => {
    const { store: first } = await redis.subject();
    const second = await redis.open();
    const running = gate();
    const runs: number[] = [];
    const perform = async ({ job }: JobRun): Promise<Verdict> => {
      runs.push(job.attempt);
      await running.opened;
      return DONE;
    };
    first.queue.start(worker(perform));
    second.queue.start(worker(perform));
    await first.queue.enqueue(makeJob({ id: 'job_1' }));
    await eventually(() => runs.length === 1);
    // Three leases, told by jobs that are due then.
    const later = makeJob({ id: 'job_2', dueAt: Date.now() + 1200 });
    await first.queue.enqueue(later);
    await eventually(() => runs.length === 2);
    running.open();
    await eventually(async () => (await first.queue.counts()).done === 2);
    expect(runs).toEqual([0, 0]);
  });

  test('a clock set forward over the due time of a job is noticed within seconds, one set back holds up none', async () => {
    await redis.subject();
    const store = await redis.open({ clock: { ...systemClock, now: () => Date.now() } });
    const real = Date.now;
    let offset = 0;
    // The library asks for the time itself.
    Date.now = () => real() + offset;
    onTestFinished(() => {
      Date.now = real;
    });
    store.queue.start(worker(async () => DONE));
    await store.queue.enqueue(
      makeJob({ id: 'job_later', dueAt: Date.now() + 3_600_000, runAt: Date.now() + 3_600_000 }),
    );
    await store.queue.enqueue(makeJob({ id: 'job_1' }));
    await eventually(async () => (await store.queue.get('job_1'))?.status === 'done');
    offset = 3_600_000;
    // The library looks every ten.
    await eventually(async () => (await store.queue.get('job_later'))?.status === 'done', 30_000);
    const made = makeJob({ id: 'job_2' });
    offset = 0;
    await store.queue.enqueue(made);
    await eventually(async () => (await store.queue.get('job_2'))?.status === 'done');
  }, 60_000);

  test('a running job is canceled from another machine', async () => {
    const { store: first } = await redis.subject();
    const second = await redis.open();
    const aborted = gate();
    first.queue.start(
      worker(async (_, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        aborted.open();
        return { kind: 'interrupted' };
      }),
    );
    await second.queue.enqueue(makeJob({ id: 'job_1' }));
    await eventually(async () => (await second.queue.get('job_1'))?.status === 'running');
    expect(await second.queue.cancel('job_1')).toBe('canceled');
    await aborted.opened;
    expect(await first.queue.get('job_1')).toMatchObject({ status: 'canceled' });
  });

  test('a job whose maker died before the queue was told of it runs all the same', async () => {
    const { store } = await redis.subject();
    await store.queue.enqueue(makeJob({ id: 'job_1' }));
    const admin = new Redis(redis.server.url);
    onTestFinished(() => admin.disconnect());
    await eventually(async () => (await admin.zcard('{fastfn}:untriggered')) === 0);
    await admin.del('{fastfn}:jobs:job_1', '{fastfn}:jobs:wait', '{fastfn}:jobs:marker');
    await admin.zadd('{fastfn}:untriggered', Date.now(), 'job_1');
    const later = await redis.open({ clock: { ...systemClock, now: () => Date.now() + 60_000 } });
    later.queue.start(worker(async () => DONE));
    await eventually(async () => (await store.queue.get('job_1'))?.status === 'done');
  });

  describe('a machine that dies in a tick', () => {
    /** Two machines, the first of which hangs in its first tick and dies; `alive` has seen that it runs there. */
    async function dying(over: object = {}) {
      await redis.subject();
      const dead = await redis.open();
      const first = bench({ schedules: dead.schedules, answer: () => new Promise(() => {}) });
      const { schedules } = await redis.open();
      const second = bench({ schedules, over: { server: 'second' } });
      const functions = { tick: every(3600, over) };
      for (const { begin, scheduler } of [first, second]) {
        await begin(functions);
        await eventually(async () => (await schedules.load()).size === 1 && (await scheduler.schedules()).length === 1);
      }
      await eventually(async () => {
        await first.clock.advance(HOUR / 10);
        return first.ran.length === 1;
      });
      await eventually(async () => (await schedules.running(['node/tick@default'])).size === 1);
      await second.clock.advance(first.clock.now() - second.clock.now());
      await dead.kill();
      return { second, schedules };
    }

    test('its tick is made up for by another, after the lease; the handler can tell', async () => {
      const { second, schedules } = await dying();
      expect(second.ran).toEqual([]);
      await eventually(async () => {
        await second.clock.advance(1000);
        return second.ran.length === 1;
      });
      expect(second.ran[0]!.trigger).toMatchObject({ attempt: 2 });
      await second.clock.advance(10_000);
      expect(second.ran).toHaveLength(1);
      await eventually(async () => (await schedules.load()).get('node/tick@default')?.lastServer === 'second');
    });

    test('not without catch_up', async () => {
      const { second, schedules } = await dying({ catchUp: false });
      await second.clock.advance(20_000);
      await eventually(async () => (await schedules.running(['node/tick@default'])).size === 0);
      await second.clock.advance(60_000);
      expect(second.ran).toEqual([]);
    });

    test('one that is begun in vain again and again is given up, and the next one comes', async () => {
      const { schedules } = await redis.open();
      const { second } = await dying();
      await eventually(async () => (await schedules.running(['node/tick@default'])).size === 0);
      // What five more deaths would have left.
      const admin = new Redis(redis.server.url);
      onTestFinished(() => admin.disconnect());
      const [due] = (await admin.hget('{fastfn}:begun', 'node/tick@default'))!.split(' ');
      await admin.hset('{fastfn}:begun', 'node/tick@default', `${due} 6`);
      await eventually(async () => {
        await second.clock.advance(1000);
        return (
          (await schedules.load()).get('node/tick@default')?.lastError ===
          'The server ended 6 times while this tick was running.'
        );
      });
      expect(second.ran).toEqual([]);
      await second.clock.advance(HOUR);
      await eventually(() => second.ran.length === 1);
    });
  });

  test('all show the same of a schedule: what runs, what ran, and where', async () => {
    await redis.subject();
    const stores = [await redis.open(), await redis.open(), await redis.open()];
    const gates = [gate(), gate()];
    const clock = new FakeClock(START);
    const machines = stores.map((store, i) =>
      bench({
        clock,
        open: async () => store,
        // The last one runs nothing by the clock.
        enabled: i < 2,
        over: { server: `s${i}` },
        answer: () => gates[i]!.opened.then(() => 201),
      }),
    );
    for (const { begin } of machines) await begin({ tick: every(60) });
    const views = () =>
      Promise.all(
        machines.map(async ({ scheduler }) => {
          const [{ state, running }] = (await scheduler.schedules()) as [ScheduleView];
          return {
            next: state.next,
            last: state.last,
            lastServer: state.lastServer,
            status: state.lastStatus,
            running,
          };
        }),
      );
    const same = async (expected: object) => {
      await eventually(async () => (await views()).every((view) => isDeepStrictEqual(view, expected as never)));
    };
    const before = { last: null, lastServer: undefined, status: null };
    await same({ next: START + 60_000, ...before, running: false });
    await clock.advance(60_000);
    await same({ next: START + 60_000, ...before, running: true });
    await clock.advance(1_000);
    for (const { open } of gates) open();
    await eventually(async () => (await views())[0]!.status === 201);
    const { lastServer } = (await views())[0]!;
    expect(lastServer).toMatch(/^s[01]$/);
    await same({ next: START + 120_000, last: START + 60_000, lastServer, status: 201, running: false });
  });

  test('an older state does not bring back a tick that was run', async () => {
    const { store } = await redis.subject();
    const now = Date.now();
    const before = {
      next: now,
      last: null,
      lastStatus: null,
      lastError: null,
      retryDue: null,
      retryAttempt: 0,
      lastDue: null,
      timing: 'a',
    };
    const after = { ...before, next: now + 1000, last: now, lastStatus: 200, lastDue: now };
    const machines = [store, await redis.open()];
    await machines[0]!.schedules.save('node/a@default', before);
    const claims = await Promise.all(machines.map(({ schedules }) => schedules.claim('node/a@default', now)));
    const won = claims.filter((claim) => !claim.taken);
    expect(won).toHaveLength(1);
    if (!won[0]!.taken) await won[0]!.finish(after);
    await machines[1]!.schedules.save('node/a@default', before);
    expect(await machines[1]!.schedules.claim('node/a@default', now)).toEqual({ taken: true, state: after });
    await machines[1]!.schedules.save('node/a@default', { ...before, next: now + 500, timing: 'b' });
    expect((await store.schedules.load()).get('node/a@default')).toEqual({ ...after, next: now + 500, timing: 'b' });
  });
});
