import type { ScheduleConfig } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { makeTiming } from './timing.js';

const at = (text: string): number => Date.parse(text);

/** The next ticks after a moment, in UTC. */
function ticks(config: Partial<ScheduleConfig>, after: string, count: number): string[] {
  const timing = makeTiming({ enabled: true, ...config });
  const found: string[] = [];
  for (let time: number | null = at(after); found.length < count; ) {
    time = timing.next(time);
    if (time === null) break;
    found.push(new Date(time).toISOString().replace('.000Z', ''));
  }
  return found;
}

describe('cron', () => {
  test.each<[string, string | undefined, string, string[]]>([
    ['*/15 * * * *', undefined, '2026-01-01T10:07:00Z', ['2026-01-01T10:15:00', '2026-01-01T10:30:00']],
    ['5/20 * * * *', undefined, '2026-01-01T10:07:00Z', ['2026-01-01T10:25:00', '2026-01-01T10:45:00']],
    ['*/20 * * * * *', undefined, '2026-01-01T10:00:00Z', ['2026-01-01T10:00:20', '2026-01-01T10:00:40']],
    ['0 9 * * MON-fri', undefined, '2026-01-02T10:00:00Z', ['2026-01-05T09:00:00', '2026-01-06T09:00:00']],
    ['0 0 1 jan,JUL *', undefined, '2026-01-02T00:00:00Z', ['2026-07-01T00:00:00', '2027-01-01T00:00:00']],
    ['0 12 * * 7', undefined, '2026-01-01T00:00:00Z', ['2026-01-04T12:00:00']],
    ['0 12 * * 0', undefined, '2026-01-01T00:00:00Z', ['2026-01-04T12:00:00']],
    // Day of month or day of week.
    ['0 0 13 * FRI', undefined, '2026-01-08T12:00:00Z', ['2026-01-09T00:00:00', '2026-01-13T00:00:00']],
    ['@hourly', undefined, '2026-01-01T10:07:00Z', ['2026-01-01T11:00:00']],
    ['@daily', undefined, '2026-01-01T10:07:00Z', ['2026-01-02T00:00:00']],
    ['@midnight', undefined, '2026-01-01T10:07:00Z', ['2026-01-02T00:00:00']],
    ['@weekly', undefined, '2026-01-01T10:07:00Z', ['2026-01-04T00:00:00']],
    ['@monthly', undefined, '2026-01-01T10:07:00Z', ['2026-02-01T00:00:00']],
    ['@yearly', undefined, '2026-01-01T10:07:00Z', ['2027-01-01T00:00:00']],
    ['@Annually', undefined, '2026-01-01T10:07:00Z', ['2027-01-01T00:00:00']],
    ['0 9 * * *', '+05:30', '2026-01-01T00:00:00Z', ['2026-01-01T03:30:00', '2026-01-02T03:30:00']],
    ['0 9 * * *', '-08:00', '2026-01-01T00:00:00Z', ['2026-01-01T17:00:00']],
    ['0 9 * * *', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-01T09:00:00']],
    ['0 9 * * *', 'Asia/Kathmandu', '2026-01-01T00:00:00Z', ['2026-01-01T03:15:00']],
    // Clocks go forward: 02:30 is not there on the 29th, and comes at 03:00.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T00:00:00Z',
      ['2026-03-28T01:30:00', '2026-03-29T01:00:00', '2026-03-30T00:30:00'],
    ],
    // Clocks go back: 02:30 is there twice, and comes once.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00', '2026-10-26T01:30:00']],
    // What comes every hour comes in both.
    [
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:30:00Z',
      ['2026-10-25T00:00:00', '2026-10-25T01:00:00', '2026-10-25T02:00:00'],
    ],
    ['0 0 30 2 *', undefined, '2026-01-01T00:00:00Z', []],
    ['0 0 29 2 *', undefined, '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00']],
  ])('%s in %s', (cron, timezone, after, expected) => {
    const config = { cron, ...(timezone !== undefined && { timezone }) };
    expect(ticks(config, after, Math.max(1, expected.length))).toEqual(expected);
  });

  test('local is the zone of the machine', () => {
    const [tick] = ticks({ cron: '0 9 * * *', timezone: 'local' }, '2026-01-01T00:00:00Z', 1);
    expect(new Date(`${tick}Z`).getHours()).toBe(9);
  });

  test('a broken one throws', () => {
    expect(() => makeTiming({ enabled: true, cron: '61 * * * *' })).toThrow();
    expect(() => makeTiming({ enabled: true, cron: '* * * * *', timezone: 'Mars/Olympus' })).toThrow();
  });
});

describe('intervals', () => {
  const timing = makeTiming({ enabled: true, everyMs: 1500 });

  test('begin one interval from now', () => expect(timing.next(10_000)).toBe(11_500));

  test.each([
    [10_000, 10_000, 11_500],
    [10_000, 10_400, 11_500],
    [10_000, 11_500, 13_000],
    [10_000, 100_400, 101_500],
    [10_000, 9_000, 11_500],
  ])('after the tick at %i, at %i: %i', (tick, now, next) => expect(timing.following(tick, now)).toBe(next));

  test('none at all is refused', () => {
    expect(() => makeTiming({ enabled: true })).toThrow('every_seconds');
  });
});
