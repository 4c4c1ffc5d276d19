import { resolvePolicy } from '@fastfn/core';
import { describe, expect, it } from 'vitest';
import { emptiest, idleTtl, warmFloor, workerCap, workersToStart } from './scaling.js';

describe('most workers', () => {
  const cases: [
    string,
    { maxWorkers?: number; enabled?: boolean; concurrency: number; hosts: number; cores: number },
    number,
  ][] = [
    ['concurrent: one per daemon', { concurrency: 0, hosts: 3, cores: 8 }, 3],
    ['concurrent, declared fewer', { concurrency: 0, hosts: 3, cores: 8, maxWorkers: 2 }, 2],
    ['concurrent, declared more', { concurrency: 0, hosts: 1, cores: 8, maxWorkers: 9 }, 1],
    ['one at a time, few cores', { concurrency: 1, hosts: 1, cores: 1 }, 4],
    ['one at a time, many cores', { concurrency: 1, hosts: 1, cores: 8 }, 16],
    ['one at a time, per daemon', { concurrency: 1, hosts: 3, cores: 2 }, 12],
    ['one at a time, declared', { concurrency: 1, hosts: 3, cores: 2, maxWorkers: 5 }, 5],
    ['one at a time, declared but off', { concurrency: 1, hosts: 1, cores: 2, maxWorkers: 1, enabled: false }, 4],
  ];
  it.each(cases)('%s', (_name, { maxWorkers = 0, enabled = true, ...rest }, expected) => {
    expect(workerCap({ policy: resolvePolicy({ workerPool: { maxWorkers, enabled } }), ...rest })).toBe(expected);
  });
});

describe('how many to start', () => {
  it.each([
    ['nobody waits', { waiting: 0, live: 0, starting: 0, concurrency: 1, hosts: 3, cap: 12 }, 0],
    ['first call, concurrent', { waiting: 1, live: 0, starting: 0, concurrency: 0, hosts: 1, cap: 1 }, 1],
    ['first call, three daemons', { waiting: 1, live: 0, starting: 0, concurrency: 0, hosts: 3, cap: 3 }, 3],
    [
      'first call, one at a time, three daemons',
      { waiting: 1, live: 0, starting: 0, concurrency: 1, hosts: 3, cap: 12 },
      3,
    ],
    ['a daemon came back', { waiting: 1, live: 2, starting: 0, concurrency: 0, hosts: 3, cap: 3 }, 1],
    ['all busy', { waiting: 2, live: 1, starting: 0, concurrency: 1, hosts: 1, cap: 4 }, 2],
    ['enough are starting', { waiting: 2, live: 3, starting: 2, concurrency: 1, hosts: 1, cap: 4 }, 0],
    ['some are starting', { waiting: 3, live: 3, starting: 2, concurrency: 1, hosts: 1, cap: 9 }, 1],
    ['no more than allowed', { waiting: 100, live: 1, starting: 0, concurrency: 1, hosts: 1, cap: 4 }, 3],
    ['at the limit', { waiting: 100, live: 4, starting: 0, concurrency: 1, hosts: 1, cap: 4 }, 0],
    ['over a lowered limit', { waiting: 1, live: 4, starting: 0, concurrency: 1, hosts: 1, cap: 2 }, 0],
    ['several calls per worker', { waiting: 9, live: 1, starting: 0, concurrency: 4, hosts: 1, cap: 9 }, 3],
    ['no daemon', { waiting: 1, live: 0, starting: 0, concurrency: 0, hosts: 0, cap: 0 }, 0],
  ])('%s', (_name, demand, expected) => {
    expect(workersToStart(demand)).toBe(expected);
  });
});

it.each([
  [[0, 0, 0], 0, 1],
  [[0, 0, 0], 2, 0],
  [[1, 1, 0], 0, 2],
  [[2, 1, 2], 1, 1],
  [[5], 0, 0],
])('the emptiest of %j after daemon %i is %i', (counts, cursor, expected) => {
  expect(emptiest(counts, cursor)).toBe(expected);
});

it('keeps warm what either setting asks for', () => {
  expect(warmFloor(resolvePolicy({}))).toBe(0);
  expect(warmFloor(resolvePolicy({ workerPool: { minWarm: 2 } }))).toBe(2);
  expect(warmFloor(resolvePolicy({ keepWarm: { enabled: true } }))).toBe(1);
  expect(warmFloor(resolvePolicy({ keepWarm: { enabled: false, minWarm: 7 } }))).toBe(0);
  expect(idleTtl(resolvePolicy({ workerPool: { idleTtlMs: 5 } }))).toBe(5);
  expect(idleTtl(resolvePolicy({ workerPool: { idleTtlMs: 5 }, keepWarm: { enabled: true, idleTtlMs: 9 } }))).toBe(9);
});
