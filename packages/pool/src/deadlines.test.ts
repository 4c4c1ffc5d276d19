import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Deadlines, Timed } from './deadlines.js';

class Entry extends Timed {
  readonly told: number[] = [];
  action: (now: number) => void = () => {};
  override onDue(now: number): void {
    this.told.push(now);
    this.action(now);
  }
}

const START = 1_000_000_000_000;
let deadlines: Deadlines;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  deadlines = new Deadlines();
});
afterEach(() => {
  deadlines.close();
  vi.useRealTimers();
});

it.each([1, 9, 10, 15, 1000, 10_239, 10_240, 25_000, 300_000])(
  'tells after %i ms, never early, at most 20 ms late',
  (ms) => {
    const entry = new Entry();
    deadlines.set(entry, START + ms);
    vi.advanceTimersByTime(ms + 1000);
    expect(entry.told).toHaveLength(1);
    expect(entry.told[0]! - START - ms).toBeGreaterThanOrEqual(0);
    expect(entry.told[0]! - START - ms).toBeLessThanOrEqual(20);
    expect(deadlines.size).toBe(0);
  },
);

it('tells of a moment that is past already', () => {
  const entry = new Entry();
  deadlines.set(entry, START - 5000);
  vi.advanceTimersByTime(20);
  expect(entry.told).toHaveLength(1);
});

it('forgets what is removed, and moves what is set again', () => {
  const removed = new Entry();
  const moved = new Entry();
  deadlines.set(removed, START + 50);
  deadlines.set(moved, START + 50);
  deadlines.remove(removed);
  deadlines.remove(removed);
  deadlines.set(moved, START + 200);
  vi.advanceTimersByTime(100);
  expect(moved.told).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(moved.told).toHaveLength(1);
  expect(removed.told).toEqual([]);
});

it('lets one entry remove or move another that is due in the same sweep', () => {
  const [first, second, third] = [new Entry(), new Entry(), new Entry()];
  for (const entry of [third, second, first]) deadlines.set(entry, START + 50);
  // The wheel promises no order within a sweep: whoever is told first disturbs the others.
  let disturbed = false;
  for (const entry of [first, second, third]) {
    entry.action = () => {
      if (disturbed) return;
      disturbed = true;
      const [one, other] = [first, second, third].filter((candidate) => candidate !== entry);
      deadlines.remove(one!);
      deadlines.set(other!, START + 500);
    };
  }
  vi.advanceTimersByTime(100);
  expect([first, second, third].map((entry) => entry.told.length).sort()).toEqual([0, 0, 1]);
  vi.advanceTimersByTime(1000);
  expect([first, second, third].map((entry) => entry.told.length).sort()).toEqual([0, 1, 1]);
});

it('can put itself in again', () => {
  const entry = new Entry();
  entry.action = (now) => {
    if (entry.told.length < 3) deadlines.set(entry, now + 100);
  };
  deadlines.set(entry, START + 100);
  vi.advanceTimersByTime(1000);
  expect(entry.told).toHaveLength(3);
});

it('catches up after the loop was blocked for longer than a round of the wheel', () => {
  const entries = Array.from({ length: 50 }, (_, i) => {
    const entry = new Entry();
    deadlines.set(entry, START + i * 400);
    return entry;
  });
  deadlines.sweep(START + 60_000);
  expect(entries.every((entry) => entry.told.length === 1)).toBe(true);
});

it('has no timer when it was idle for a while, and one again when needed', () => {
  const entry = new Entry();
  deadlines.set(entry, START + 10);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(5000);
  expect(vi.getTimerCount()).toBe(0);
  deadlines.set(entry, Date.now() + 30);
  vi.advanceTimersByTime(100);
  expect(entry.told).toHaveLength(2);
});
