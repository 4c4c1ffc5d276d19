import type { CallOutcome, ErrorCode, JobResult } from '@fastfn/core';
import type { JobRun, Verdict } from './queue.js';

/** FastFN's own refusals before the function is reached: waiting helps, and no attempt was made. */
const NOT_REACHED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'concurrency_limit',
  'worker_pool_overflow',
  'worker_pool_queue_timeout',
  'queue_full',
  'warming_up',
  'starting',
]);

const MAX_WAIT_MS = 30_000;
/** With the longest wait, a day. */
const MAX_POSTPONED = 2_880;

/**
 * What follows from the outcome of a run: an answer below 500 is the end, anything else is tried again as often as allowed.
 * SPEC §10.
 * @param now epoch ms. @param random 0–1, for the spread of waits.
 */
export function judge(outcome: CallOutcome, run: JobRun, now: number, random: number): Verdict {
  const { error, status, incomplete } = outcome;
  if (error?.code === 'shutting_down') return { kind: 'interrupted' };
  if (error !== null && NOT_REACHED.has(error.code) && run.postponed < MAX_POSTPONED) {
    return {
      kind: 'again',
      because: 'postponed',
      dueAt: now + postponement(run, random),
      resultStatus: status,
      lastError: error.message,
    };
  }
  const result = resultOf(outcome);
  if (error === null && !incomplete && status < 500) {
    return { kind: 'finished', status: 'done', result, lastError: null };
  }
  const lastError = error?.message ?? (incomplete ? 'The answer broke off.' : `The function answered ${status}.`);
  if (run.failures + 1 >= run.job.maxAttempts) return { kind: 'finished', status: 'failed', result, lastError };
  return { kind: 'again', because: 'failed', dueAt: now + run.retryDelayMs, resultStatus: status, lastError };
}

/** Doubles from a tenth of a second up; spread, so that jobs which were refused together do not come back together. */
function postponement({ postponed }: JobRun, random: number): number {
  return Math.round(Math.min(MAX_WAIT_MS, 100 * 2 ** Math.min(postponed, 20)) * (0.5 + random / 2));
}

function resultOf({ status, headers, body, size, latencyMs }: CallOutcome): JobResult {
  return { status, headers, body, size, latencyMs, truncated: size > body.length };
}
