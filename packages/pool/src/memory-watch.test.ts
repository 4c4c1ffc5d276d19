import { expect, it, vi } from 'vitest';
import { MemoryWatch, readMemory } from './memory-watch.js';

it('tells of those over their limit only', async () => {
  const watch = new MemoryWatch(
    async () =>
      new Map([
        [1, 50],
        [2, 150],
        [3, 100],
      ]),
  );
  const told: number[] = [];
  for (const pid of [1, 2, 3, 4]) watch.add(pid, 100, () => told.push(pid));
  await watch.look();
  expect(told).toEqual([2]);
  watch.remove(2);
  await watch.look();
  expect(told).toEqual([2]);
  watch.close();
});

it('has a timer only while it watches someone', () => {
  vi.useFakeTimers();
  const watch = new MemoryWatch(async () => new Map());
  expect(vi.getTimerCount()).toBe(0);
  watch.add(1, 1, () => {});
  expect(vi.getTimerCount()).toBe(1);
  watch.remove(1);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('reads real processes, and passes over those that are gone', async () => {
  const memory = await readMemory([process.pid, 2 ** 22 + 1]);
  expect([...memory.keys()]).toEqual([process.pid]);
  expect(memory.get(process.pid)! / process.memoryUsage.rss()).toBeGreaterThan(0.5);
});
