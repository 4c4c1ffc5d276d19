import type { CallOutcome, ErrorCode } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { makeJob } from '../test/support/make-job.js';
import { judge } from './attempt.js';
import type { JobRun } from './queue.js';

const NOW = 1_000_000;

function outcome(status: number, over: Partial<CallOutcome> = {}): CallOutcome {
  return {
    status,
    headers: [],
    body: Buffer.from('abc'),
    size: 3,
    latencyMs: 1,
    error: null,
    incomplete: false,
    ...over,
  };
}

function refusal(code: ErrorCode, status: number): CallOutcome {
  return outcome(status, { error: { code, message: `because of ${code}` } });
}

function run(over: Partial<JobRun> = {}, maxAttempts = 3): JobRun {
  return {
    job: {
      id: 'job_1',
      status: 'running',
      runtime: 'node',
      name: 'x',
      version: 'default',
      method: 'GET',
      route: '/x',
      attempt: 0,
      maxAttempts,
      createdAt: 0,
      updatedAt: 0,
      dueAt: 0,
      resultStatus: null,
      lastError: null,
      callback: null,
    },
    call: makeJob().call,
    retryDelayMs: 250,
    failures: 0,
    postponed: 0,
    ...over,
  };
}

describe('answers of the function', () => {
  test.each([200, 204, 302, 404, 418, 429, 499])('%i is done', (status) => {
    expect(judge(outcome(status), run(), NOW, 0)).toMatchObject({
      kind: 'finished',
      status: 'done',
      result: { status, truncated: false, size: 3 },
      lastError: null,
    });
  });

  test.each([500, 502, 503, 504, 599])('%i is tried again after the delay', (status) => {
    expect(judge(outcome(status), run(), NOW, 0)).toEqual({
      kind: 'again',
      because: 'failed',
      dueAt: NOW + 250,
      resultStatus: status,
      lastError: `The function answered ${status}.`,
    });
  });

  test('an answer that broke off is a failure', () => {
    expect(judge(outcome(200, { incomplete: true }), run(), NOW, 0)).toMatchObject({ because: 'failed' });
  });

  test('a body beyond the limit is marked', () => {
    const { result } = judge(outcome(200, { size: 99 }), run(), NOW, 0) as { result: unknown };
    expect(result).toMatchObject({ truncated: true, size: 99 });
  });

  test.each([
    [1, 0, 'finished'],
    [3, 0, 'again'],
    [3, 1, 'again'],
    [3, 2, 'finished'],
    [10, 8, 'again'],
    [10, 9, 'finished'],
  ])('of %i attempts, after %i failures: %s', (maxAttempts, failures, kind) => {
    const verdict = judge(outcome(500), run({ failures }, maxAttempts), NOW, 0);
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'finished') expect(verdict).toMatchObject({ status: 'failed', result: { status: 500 } });
  });
});

describe("FastFN's own refusals", () => {
  test.each<[ErrorCode, number]>([
    ['concurrency_limit', 429],
    ['worker_pool_overflow', 429],
    ['worker_pool_queue_timeout', 503],
    ['queue_full', 503],
    ['warming_up', 503],
    ['starting', 503],
  ])('%s puts the job off, and is no attempt', (code, status) => {
    expect(judge(refusal(code, status), run({}, 1), NOW, 0)).toMatchObject({ kind: 'again', because: 'postponed' });
  });

  test.each<[ErrorCode, number]>([
    ['handler_error', 500],
    ['worker_crashed', 502],
    ['timeout', 504],
    ['not_found', 404],
    ['payload_too_large', 413],
    ['crash_loop', 503],
  ])('%s is a failure', (code, status) => {
    expect(judge(refusal(code, status), run({}, 1), NOW, 0)).toMatchObject({
      kind: 'finished',
      status: 'failed',
      lastError: `because of ${code}`,
    });
  });

  test('a server that stops gives the job back', () => {
    expect(judge(refusal('shutting_down', 503), run({}, 1), NOW, 0)).toEqual({ kind: 'interrupted' });
  });

  test.each([
    [0, 0, 50],
    [0, 1, 100],
    [3, 1, 800],
    [20, 1, 30_000],
    [2000, 0, 15_000],
  ])('put off %i times, with chance %f: waits %i ms', (postponed, random, wait) => {
    expect(judge(refusal('queue_full', 503), run({ postponed }), NOW, random)).toMatchObject({ dueAt: NOW + wait });
  });

  test('not for ever', () => {
    expect(judge(refusal('queue_full', 503), run({ postponed: 2_880 }, 1), NOW, 1)).toMatchObject({ status: 'failed' });
  });
});
