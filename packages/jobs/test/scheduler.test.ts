import { FastFnError, type FunctionConfig } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { memorySchedules } from '../src/schedule/memory-schedules.js';
import { StoreBusyError } from '../src/store.js';
import { clockContract } from './contract/clock-contract.js';
import { FakeClock } from './support/fake-clock.js';
import { makeFunction } from './support/make-function.js';
import { bench, every, HOUR, START } from './support/scheduler-bench.js';

describe('ticks', () => {
  test('by interval, on their grid, with their trigger', async () => {
    const { begin, clock, ran, times } = bench();
    await begin({ tick: every(2.5) });
    await clock.advance(8_000);
    expect(times()).toEqual([2500, 5000, 7500]);
    expect(ran[0]!.trigger).toEqual({ type: 'schedule', every_seconds: 2.5, attempt: 1 });
  });

  test('by cron', async () => {
    const { begin, clock, times, ran } = bench();
    await begin({ tick: { schedule: { enabled: true, cron: '*/10 * * * *', timezone: 'Europe/Paris' } } });
    await clock.advance(HOUR / 2);
    expect(times()).toEqual([600_000, 1_200_000, 1_800_000]);
    expect(ran[0]!.trigger).toEqual({ type: 'schedule', cron: '*/10 * * * *', timezone: 'Europe/Paris', attempt: 1 });
  });

  test('every version has its own; disabled ones do not run and are not listed', async () => {
    const { clock, scheduler, ran } = bench();
    scheduler.update([
      makeFunction('a', every(1)),
      makeFunction('a', every(2), 'v2'),
      makeFunction('off', every(1, { enabled: false })),
      makeFunction('none'),
    ]);
    scheduler.start();
    await clock.advance(2000);
    expect(ran.map(({ name }) => name)).toEqual(['a', 'a', 'a']);
    expect((await scheduler.schedules()).map(({ fn }) => fn.key)).toEqual(['node/a@default', 'node/a@v2']);
  });

  test('never overlap with themselves: what passes meanwhile is left out', async () => {
    let open!: (status: number) => void;
    const { begin, clock, times, scheduler } = bench({
      answer: () =>
        new Promise<number>((resolve) => {
          open = resolve;
        }),
    });
    await begin({ slow: every(1) });
    await clock.advance(4500);
    expect(times()).toEqual([1000]);
    expect((await scheduler.schedules())[0]).toMatchObject({ running: true });
    open(200);
    await clock.advance(600);
    expect(times()).toEqual([1000, 5000]);
  });

  test('the state tells what came of it', async () => {
    const { begin, clock, scheduler } = bench({ answer: () => 404 });
    await begin({ tick: every(60) });
    expect((await scheduler.schedules())[0]!.state).toMatchObject({
      next: START + 60_000,
      last: null,
      lastStatus: null,
    });
    await clock.advance(60_000);
    expect((await scheduler.schedules())[0]).toMatchObject({
      running: false,
      state: { next: START + 120_000, last: START + 60_000, lastStatus: 404, lastError: 'The function answered 404.' },
    });
  });

  test('a method that the function refuses shows as 405', async () => {
    const { begin, clock, scheduler, times } = bench({
      over: {
        prepare: () => {
          throw new FastFnError('method_not_allowed', 'It does not take PUT.');
        },
      },
    });
    await begin({ tick: every(1, { method: 'PUT' }) });
    await clock.advance(1000);
    expect(times()).toEqual([]);
    expect((await scheduler.schedules())[0]!.state).toMatchObject({
      lastStatus: 405,
      lastError: 'It does not take PUT.',
    });
  });

  test('nothing runs by the clock when the scheduler is off, and it says so', async () => {
    const { begin, clock, scheduler, times } = bench({ enabled: false });
    await begin({ tick: every(1), warm: { keepWarm: { enabled: true, pingEveryMs: 1000 } } });
    await clock.advance(10_000);
    expect(times()).toEqual([]);
    expect(scheduler.enabled).toBe(false);
    expect((await scheduler.schedules())[0]!.state.next).toBeNull();
    expect(clock.pending).toBe(0);
  });
});

describe('retries', () => {
  const retry = { maxAttempts: 3, baseDelayMs: 1000, maxDelayMs: 30_000, jitter: 0 };

  test('double their wait and end', async () => {
    const { begin, clock, ran, times, scheduler } = bench({ answer: () => 500 });
    await begin({ tick: every(60, { retry }) });
    await clock.advance(60_000);
    expect((await scheduler.schedules())[0]!.state).toMatchObject({ retryDue: START + 61_000, retryAttempt: 1 });
    await clock.advance(50_000);
    expect(times()).toEqual([60_000, 61_000, 63_000]);
    expect(ran.map(({ trigger }) => trigger.attempt)).toEqual([1, 2, 3]);
    expect((await scheduler.schedules())[0]!.state).toMatchObject({
      next: START + 120_000,
      retryDue: null,
      retryAttempt: 0,
    });
  });

  test('end with a success', async () => {
    let calls = 0;
    const { begin, clock, times } = bench({ answer: () => (++calls === 2 ? 200 : 503) });
    await begin({ tick: every(60, { retry }) });
    await clock.advance(100_000);
    expect(times()).toEqual([60_000, 61_000]);
  });

  test('give way to the next tick', async () => {
    const { begin, clock, ran } = bench({ answer: () => 500 });
    await begin({ tick: every(2, { retry: { ...retry, baseDelayMs: 5000 } }) });
    await clock.advance(7000);
    expect(ran.map(({ at, trigger }) => [at, trigger.attempt])).toEqual([
      [2000, 1],
      [4000, 1],
      [6000, 1],
    ]);
  });

  test('survive a restart', async () => {
    const first = bench({ answer: () => 500 });
    await first.begin({ tick: every(60, { retry }) });
    await first.clock.advance(60_500);
    await first.scheduler.stop(0);
    const second = bench({ clock: first.clock, schedules: first.schedules });
    await second.begin({ tick: every(60, { retry }) });
    await second.clock.advance(1000);
    expect(second.ran.map(({ at, trigger }) => [at, trigger.attempt])).toEqual([[61_000, 2]]);
  });
});

describe('restarts', () => {
  async function offFor(ms: number, over: object = {}) {
    const first = bench();
    await first.begin({ tick: every(3600, over) });
    await first.clock.advance(10_000);
    await first.scheduler.stop(0);
    await first.clock.advance(ms);
    const second = bench({ clock: first.clock, schedules: first.schedules });
    await second.begin({ tick: every(3600, over) });
    return second;
  }

  test('keep the next tick', async () => {
    const { clock, times } = await offFor(1_000_000);
    await clock.advance(HOUR);
    expect(times()).toEqual([HOUR]);
  });

  test('a missed tick runs once, and the grid stays', async () => {
    const { clock, times, scheduler } = await offFor(3.5 * HOUR);
    await clock.advance(1000);
    expect(times()).toHaveLength(1);
    expect((await scheduler.schedules())[0]!.state.next).toBe(START + 4 * HOUR);
  });

  test('not with catch_up: false', async () => {
    const { clock, times } = await offFor(3.5 * HOUR, { catchUp: false });
    await clock.advance(HOUR);
    expect(times()).toEqual([4 * HOUR]);
  });

  test('one that comes before its function is built waits for it', async () => {
    let built = false;
    const { begin, clock, times, scheduler } = bench({
      answer: () => (built ? 200 : new FastFnError('warming_up', 'It is still being built.')),
    });
    await begin({ tick: every(3600) });
    await clock.advance(HOUR + 5000);
    expect(times().length).toBeGreaterThan(1);
    expect((await scheduler.schedules())[0]!.state).toMatchObject({ next: START + HOUR, lastStatus: 503 });
    built = true;
    const before = times().length;
    await clock.advance(10_000);
    expect(times()).toHaveLength(before + 1);
    expect((await scheduler.schedules())[0]!.state).toMatchObject({
      next: START + 2 * HOUR,
      lastStatus: 200,
      lastError: null,
    });
  });

  test('a run that the stop breaks off is made again', async () => {
    const first = bench({
      answer: () => new Promise(() => {}),
    });
    await first.begin({ tick: every(60) });
    await first.clock.advance(60_000);
    const stopped = first.scheduler.stop(1000);
    await first.clock.advance(1000);
    await stopped;
    const second = bench({ clock: first.clock, schedules: first.schedules });
    await second.begin({ tick: every(60) });
    await second.clock.advance(10);
    expect(second.times()).toHaveLength(1);
  });
});

describe('reloads', () => {
  test('keep the state of what did not change', async () => {
    const { begin, load, clock, times } = bench();
    await begin({ tick: every(10) });
    await clock.advance(5000);
    load({ tick: every(10, { method: 'POST' }), other: {} });
    await clock.advance(5000);
    expect(times()).toEqual([10_000]);
  });

  test('another timing begins anew', async () => {
    const { begin, load, clock, times } = bench();
    await begin({ tick: every(10) });
    await clock.advance(5000);
    load({ tick: every(2) });
    await clock.advance(5000);
    expect(times()).toEqual([7000, 9000]);
  });

  test('a deleted function runs no more and is forgotten, also while it runs', async () => {
    let open!: (status: number) => void;
    const { begin, load, clock, times, schedules, scheduler } = bench({
      answer: () =>
        new Promise<number>((resolve) => {
          open = resolve;
        }),
    });
    await begin({ a: every(1), b: every(100) });
    await clock.advance(1000);
    load({ b: every(100) });
    open(200);
    await clock.advance(10_000);
    expect(times()).toEqual([1000]);
    expect((await scheduler.schedules()).map(({ fn }) => fn.name)).toEqual(['b']);
    expect([...(await schedules.load()).keys()]).toEqual(['node/b@default']);
  });

  test('a schedule that appears later opens the store then', async () => {
    let opened = 0;
    const schedules = memorySchedules();
    const { begin, load, clock, times } = bench({
      open: async () => {
        opened++;
        return { schedules, queue: null as never, shared: false, close: async () => {} };
      },
    });
    await begin({ plain: {} });
    await clock.advance(5000);
    expect(opened).toBe(0);
    expect(clock.pending).toBe(0);
    load({ plain: every(1) });
    await clock.advance(2000);
    expect(opened).toBe(1);
    expect(times()).toEqual([6000, 7000]);
  });
});

clockContract('memory', async () => {
  const schedules = memorySchedules();
  return async () => schedules;
});

describe('by hand', () => {
  test('runs at once, tells what came of it, and leaves the next tick alone', async () => {
    const { begin, clock, scheduler, ran } = bench({ answer: () => 201 });
    await begin({ tick: every(60) });
    await clock.advance(1000);
    expect(await scheduler.run(makeFunction('tick', every(60)))).toEqual({ status: 201, error: null, latencyMs: 1 });
    expect(ran).toMatchObject([{ at: 1000, trigger: { type: 'schedule', attempt: 1, manual: true } }]);
    expect((await scheduler.schedules())[0]!.state).toMatchObject({
      next: START + 60_000,
      last: START + 1000,
      lastStatus: 201,
    });
  });

  test('not while it runs; not without a schedule; also when it is switched off', async () => {
    const { begin, clock, scheduler } = bench({
      answer: ({ name }) => (name === 'slow' ? new Promise(() => {}) : 200),
    });
    await begin({ slow: every(1) });
    await clock.advance(1000);
    await expect(scheduler.run(makeFunction('slow', every(1)))).rejects.toMatchObject({ code: 'schedule_running' });
    await expect(scheduler.run(makeFunction('plain'))).rejects.toMatchObject({ code: 'not_found' });
    expect(await scheduler.run(makeFunction('off', every(1, { enabled: false })))).toMatchObject({ status: 200 });
  });
});

describe('the store', () => {
  test('shared by two machines: each tick runs on one, and moves over when that one stops', async () => {
    const clock = new FakeClock(START);
    const schedules = memorySchedules();
    const one = bench({ clock, schedules });
    const two = bench({ clock, schedules });
    await one.begin({ tick: every(10) });
    await clock.advance(4000);
    await two.begin({ tick: every(10) });
    await clock.advance(36_000);
    const all = [...one.times(), ...two.times()].sort((a, b) => a - b);
    expect(all).toEqual([10_000, 20_000, 30_000, 40_000]);
    await one.scheduler.stop(0);
    await clock.advance(20_000);
    expect(two.times().slice(-2)).toEqual([50_000, 60_000]);
  });

  test('that another process has: schedules rest until it is free', async () => {
    let busy = true;
    const schedules = memorySchedules();
    const { begin, clock, scheduler, times } = bench({
      open: async () => {
        if (busy) throw new StoreBusyError('in use');
        return { schedules, queue: null as never, shared: false, close: async () => {} };
      },
    });
    await begin({ tick: every(2) });
    await clock.advance(5000);
    expect(times()).toEqual([]);
    expect(scheduler.enabled).toBe(false);
    busy = false;
    await clock.advance(5000);
    expect(times().length).toBeGreaterThan(0);
    expect(scheduler.enabled).toBe(true);
  });

  test('that cannot be used at all: schedules run, and are forgotten with the process', async () => {
    const { begin, clock, times } = bench({
      open: async () => {
        throw new Error('read-only');
      },
    });
    await begin({ tick: every(2) });
    await clock.advance(5000);
    expect(times()).toEqual([2000, 4000]);
  });

  test('states of functions that never came back are dropped after a week', async () => {
    const schedules = memorySchedules();
    const old = {
      next: START,
      last: null,
      lastStatus: null,
      lastError: null,
      retryDue: null,
      retryAttempt: 0,
      lastDue: null,
    };
    await schedules.save('node/old@default', { ...old, next: START - 8 * 24 * HOUR });
    await schedules.save('node/new@default', old);
    const { begin } = bench({ schedules });
    await begin({ tick: every(2) });
    expect([...(await schedules.load()).keys()].sort()).toEqual(['node/new@default', 'node/tick@default']);
  });
});

describe('keep-warm', () => {
  const warm = (ms: number): FunctionConfig => ({ keepWarm: { enabled: true, pingEveryMs: ms } });

  test('pings reach the handler with their trigger', async () => {
    const { begin, clock, ran, times, scheduler } = bench();
    await begin({ warm: warm(45_000), cold: {} });
    await clock.advance(100_000);
    expect(times()).toEqual([45_000, 90_000]);
    expect(ran[0]).toMatchObject({ name: 'warm', trigger: { type: 'keep_warm', ping_every_seconds: 45 } });
    expect(scheduler.keepWarm()).toMatchObject([{ fn: { name: 'warm' }, lastStatus: 200 }]);
  });

  test('not while the function is busy', async () => {
    const { begin, clock, times } = bench({ over: { isBusy: () => true } });
    await begin({ warm: warm(1000) });
    await clock.advance(5000);
    expect(times()).toEqual([]);
  });

  test('follow reloads, and end with the stop', async () => {
    const { begin, load, clock, times, scheduler } = bench();
    await begin({ warm: warm(10_000) });
    load({ warm: warm(3000) });
    await clock.advance(3000);
    load({});
    await clock.advance(20_000);
    expect(times()).toEqual([3000]);
    load({ warm: warm(1000) });
    await scheduler.stop(0);
    expect(clock.pending).toBe(0);
  });
});
