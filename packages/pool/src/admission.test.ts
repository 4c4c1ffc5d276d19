import { resolvePolicy } from '@fastfn/core';
import { describe, expect, it } from 'vitest';
import { Admission, admissionRules } from './admission.js';

describe('rules', () => {
  it.each([
    ['no limit', {}, { limit: 0, overflowCode: 'worker_pool_overflow' }],
    ['max_concurrency alone', { maxConcurrency: 3 }, { limit: 3 }],
    ['max_workers before max_concurrency', { maxConcurrency: 3, workerPool: { maxWorkers: 5 } }, { limit: 5 }],
    [
      'a queue',
      { workerPool: { maxWorkers: 1, maxQueue: 2, queueTimeoutMs: 50, overflowStatus: 503 as const } },
      { limit: 1, maxQueue: 2, queueTimeoutMs: 50, overflowStatus: 503 },
    ],
    [
      'a pool switched off',
      { maxConcurrency: 4, workerPool: { enabled: false, maxWorkers: 1, maxQueue: 9, overflowStatus: 503 as const } },
      { limit: 4, maxQueue: 0, overflowStatus: 429, overflowCode: 'concurrency_limit' },
    ],
  ])('%s', (_name, config, expected) => {
    expect(admissionRules(resolvePolicy(config))).toMatchObject(expected);
  });
});

describe('slots', () => {
  const limited = (limit: number, maxQueue = 0) =>
    new Admission(admissionRules(resolvePolicy({ workerPool: { maxWorkers: limit, maxQueue } })));

  it('lets in exactly as many as the limit', () => {
    const admission = limited(2);
    expect([admission.tryEnter(), admission.tryEnter(), admission.tryEnter()]).toEqual([true, true, false]);
    admission.leave();
    expect([admission.tryEnter(), admission.tryEnter()]).toEqual([true, false]);
    expect(admission.active).toBe(2);
  });

  it('has no limit when none is declared', () => {
    const admission = limited(0);
    for (let i = 0; i < 5000; i++) expect(admission.tryEnter()).toBe(true);
    expect(admission.active).toBe(5000);
  });

  it('obeys new rules at once, without losing count', () => {
    const admission = limited(1);
    admission.tryEnter();
    admission.rules = admissionRules(resolvePolicy({ workerPool: { maxWorkers: 2 } }));
    expect([admission.tryEnter(), admission.tryEnter()]).toEqual([true, false]);
    admission.rules = admissionRules(resolvePolicy({ workerPool: { maxWorkers: 1 } }));
    admission.leave();
    expect(admission.tryEnter()).toBe(false);
    admission.leave();
    expect(admission.tryEnter()).toBe(true);
  });

  it('knows when the queue is full', () => {
    expect(limited(1, 2).mayQueue(1)).toBe(true);
    expect(limited(1, 2).mayQueue(2)).toBe(false);
    expect(limited(1, 0).mayQueue(0)).toBe(false);
  });

  it('notices a slot that is given back twice', () => {
    expect(() => limited(1).leave()).toThrow('twice');
  });
});
