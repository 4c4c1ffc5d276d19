import { describe, expect, it } from 'vitest';
import { cronProblem } from './cron.js';
import { isTimezone } from './timezone.js';

describe('cronProblem', () => {
  it.each([
    '* * * * *',
    '*/5 * * * *',
    '0 9 * * MON-FRI',
    '0 0 1 jan,JUL *',
    '30 0 9 * * 1-5',
    '0 0 * * 7',
    '0-30/10 8-18 * * *',
    '5/15 * * * *',
    '@hourly',
    '@DAILY',
    '@yearly',
    '  0   0  *  *  0 ',
  ])('%s is fine', (text) => expect(cronProblem(text)).toBeNull());

  it.each([
    ['', '5 fields'],
    ['* * * *', '5 fields'],
    ['* * * * * * *', '5 fields'],
    ['60 * * * *', 'minute'],
    ['* 24 * * *', 'hour'],
    ['* * 0 * *', 'day of month'],
    ['* * * 13 *', 'month'],
    ['* * * * 8', 'day of week'],
    ['60 * * * * *', 'second'],
    ['*/0 * * * *', 'minute'],
    ['5-1 * * * *', 'minute'],
    ['a * * * *', 'minute'],
    ['1,,2 * * * *', 'minute'],
    ['* * * FOO *', 'month'],
    ['1/2/3 * * * *', 'minute'],
    ['-1 * * * *', 'minute'],
    ['@never', '@hourly'],
  ])('%s is not: %s', (text, says) => expect(cronProblem(text)).toContain(says));
});

describe('isTimezone', () => {
  it.each(['UTC', 'local', 'Europe/Berlin', 'America/New_York', '+02:00', '-11:30', '+14:00'])('%s', (name) =>
    expect(isTimezone(name)).toBe(true),
  );
  it.each(['', 'Mars/Base', '+2', '+0200', '+15:00', 'UTC+2x', '02:00'])('not %s', (name) =>
    expect(isTimezone(name)).toBe(false),
  );
});
