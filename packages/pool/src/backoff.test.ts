import { expect, it } from 'vitest';
import { Backoff } from './backoff.js';

it('waits half a second, doubling to eight', () => {
  const backoff = new Backoff();
  expect(Array.from({ length: 7 }, () => backoff.fail(0))).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

it('waits until the moment, not longer', () => {
  const backoff = new Backoff();
  expect(backoff.isWaiting(1000)).toBe(false);
  backoff.fail(1000);
  expect([backoff.isWaiting(1000), backoff.isWaiting(1499), backoff.isWaiting(1500)]).toEqual([true, true, false]);
});

it('begins anew after a reset', () => {
  const backoff = new Backoff();
  backoff.fail(0);
  backoff.fail(0);
  backoff.reset();
  expect(backoff.isWaiting(0)).toBe(false);
  expect(backoff.fail(0)).toBe(500);
});

it('never overflows', () => {
  const backoff = new Backoff();
  for (let i = 0; i < 2000; i++) backoff.fail(0);
  expect(backoff.fail(0)).toBe(8000);
});
