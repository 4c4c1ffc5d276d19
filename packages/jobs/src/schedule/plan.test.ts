import type { ScheduleConfig } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import type { StoredSchedule } from '../schedule-store.js';
import { adopt, afterRun, dueNow, NEW_SCHEDULE, nextEvent, reconsider, retryDelay, skip } from './plan.js';
import { makeTiming } from './timing.js';

const HOUR = 3_600_000;
const CONFIG: ScheduleConfig = { enabled: true, everyMs: 1000 };
const RETRY = { maxAttempts: 3, baseDelayMs: 1000, maxDelayMs: 5000, jitter: 0.2 };
const every = makeTiming(CONFIG);
const hourly = makeTiming({ enabled: true, cron: '@hourly' });

const state = (over: Partial<StoredSchedule> = {}): StoredSchedule => ({ ...NEW_SCHEDULE, ...over });

describe('adopt', () => {
  test('nothing stored: from now on', () => {
    expect(adopt(null, every, 5000)).toEqual(state({ next: 6000, timing: every.key }));
  });

  test.each<[string, Partial<StoredSchedule>, Partial<StoredSchedule>]>([
    ['one still to come stays', { next: 5500, timing: every.key }, { next: 5500 }],
    ['a missed one stays, to be caught up with', { next: 200, timing: every.key }, { next: 200 }],
    [
      'another timing begins anew',
      { next: 5900, retryDue: 5100, retryAttempt: 1, timing: 'every 7' },
      { next: 6000, retryDue: null, retryAttempt: 0 },
    ],
    [
      'a retry stays',
      { next: 5500, retryDue: 5100, retryAttempt: 1, timing: every.key },
      { retryDue: 5100, retryAttempt: 1 },
    ],
    ['a distant one (the clock was set back) comes near', { next: 99_000, timing: every.key }, { next: 6000 }],
  ])('%s', (_, stored, expected) => {
    expect(adopt(state(stored), every, 5000)).toMatchObject({ ...expected, timing: every.key });
  });
});

describe('dueNow', () => {
  test.each<[string, Partial<StoredSchedule>, Partial<ScheduleConfig>, object | null]>([
    ['nothing yet', { next: 50_001 }, {}, null],
    ['a tick', { next: 50_000 }, {}, { kind: 'tick', at: 50_000 }],
    ['a late tick', { next: 1 }, {}, { kind: 'tick', at: 1 }],
    ['a missed tick that is not wanted', { next: 1 }, { catchUp: false }, { kind: 'skip', at: 1 }],
    ['a tick that is a little late', { next: 45_000 }, { catchUp: false }, { kind: 'tick', at: 45_000 }],
    ['a retry', { next: 60_000, retryDue: 49_000 }, {}, { kind: 'retry', at: 49_000 }],
    ['a tick before a retry', { next: 50_000, retryDue: 49_000 }, {}, { kind: 'tick', at: 50_000 }],
    ['never', { next: null }, {}, null],
  ])('%s', (_, stored, config, expected) => {
    expect(dueNow(state(stored), { ...CONFIG, ...config }, 50_000)).toEqual(expected);
  });
});

test.each([
  [null, null, null],
  [5, null, 5],
  [null, 7, 7],
  [5, 7, 5],
  [9, 7, 7],
])('next %s, retry %s: first %s', (next, retryDue, first) => expect(nextEvent(state({ next, retryDue }))).toBe(first));

describe('afterRun', () => {
  const ran = (
    status: number,
    over: Partial<ScheduleConfig> = {},
    before: Partial<StoredSchedule> = {},
    now = 10_250,
  ) =>
    afterRun(
      state({ next: 10_000, ...before }),
      {
        due: { kind: 'tick', at: 10_000 },
        startedAt: 10_002,
        status,
        error: status > 0 && status < 400 ? null : 'no',
        server: 'me',
      },
      { ...CONFIG, ...over },
      every,
      now,
      0.5,
    );

  test('a success', () => {
    expect(ran(200)).toEqual(state({ next: 11_000, last: 10_002, lastStatus: 200, lastServer: 'me', lastDue: 10_000 }));
  });

  test('ticks that passed while it ran are left out', () => expect(ran(200, {}, {}, 14_300).next).toBe(15_000));

  test.each([0, 429, 503, 500, 502, 599])('%i is tried again when the config says so', (status) => {
    expect(ran(status)).toMatchObject({ retryDue: null, retryAttempt: 0 });
    expect(ran(status, { retry: RETRY })).toMatchObject({ retryDue: 11_250, retryAttempt: 1, lastError: 'no' });
  });

  test.each([200, 301, 400, 404, 405])('%i is not', (status) => {
    expect(ran(status, { retry: RETRY })).toMatchObject({ retryDue: null, lastStatus: status });
  });

  test('a retry leaves the next tick alone, and counts on', () => {
    const due = { kind: 'retry' as const, at: 10_500 };
    const before = state({ next: 11_000, retryDue: 10_500, retryAttempt: 1 });
    const run = { due, startedAt: 10_500, status: 500, error: 'no', server: 'me' };
    const config = { ...CONFIG, retry: RETRY };
    const again = afterRun(before, run, config, every, 10_600, 0.5);
    expect(again).toMatchObject({ next: 11_000, retryDue: 12_600, retryAttempt: 2, lastDue: 10_500 });
    const last = afterRun(
      { ...again, retryDue: 10_900 },
      { ...run, due: { kind: 'retry', at: 10_900 } },
      config,
      every,
      10_950,
      0.5,
    );
    expect(last).toMatchObject({ retryDue: null, retryAttempt: 0, lastStatus: 500 });
  });

  test('by hand changes neither next nor lastDue', () => {
    const run = { due: null, startedAt: 10_002, status: 200, error: null, server: 'me' };
    expect(afterRun(state({ next: 11_000, lastDue: 10_000 }), run, CONFIG, every, 10_250, 0.5)).toMatchObject({
      next: 11_000,
      lastDue: 10_000,
      last: 10_002,
    });
  });
});

test.each([
  [0, 0.5, 1000],
  [1, 0.5, 2000],
  [0, 0, 800],
  [0, 1, 1200],
])('retry %i with chance %f waits %i ms', (made, random, delay) => {
  expect(retryDelay(RETRY, made, random)).toBe(delay);
});

test('retries end, and waits have a limit', () => {
  expect(retryDelay(RETRY, 2, 0.5)).toBeNull();
  expect(retryDelay(null, 0, 0.5)).toBeNull();
  expect(retryDelay({ ...RETRY, maxAttempts: 10 }, 8, 0.5)).toBe(5000);
});

test('a skipped tick leads to the next one', () => {
  expect(skip(state({ next: 1000 }), every, 60_500).next).toBe(61_000);
});

describe('a clock that is set back', () => {
  const noon = Date.UTC(2026, 0, 1, 12);

  test('a little: no tick is repeated', () => {
    const after = state({ next: noon + HOUR, lastDue: noon });
    expect(reconsider(after, hourly, noon - 2000)).toBe(after);
  });

  test('by a day: the schedule begins anew', () => {
    const after = state({ next: noon + HOUR, lastDue: noon });
    expect(reconsider(after, hourly, noon - 24 * HOUR + 1)).toMatchObject({ next: noon - 23 * HOUR, lastDue: null });
  });

  test('an interval does not wait for the time it knew', () => {
    const after = state({ next: noon + 1000, lastDue: noon });
    expect(reconsider(after, every, noon - 600_000)).toMatchObject({ next: noon + 1000 });
    expect(reconsider(after, every, noon - 2 * HOUR)).toMatchObject({ next: noon - 2 * HOUR + 1000 });
  });
});
