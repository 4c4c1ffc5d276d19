import type { CallRunner, Job, JobResult, Logger } from '@fastfn/core';
import { judge } from './attempt.js';
import { deliver, type PostCallback } from './callback/deliver.js';
import type { Clock } from './clock.js';
import type { Delivery, JobRun, JobWorker, Verdict } from './queue.js';

export interface JobWorkerOptions {
  readonly call: CallRunner;
  readonly post: PostCallback;
  /** Key that signs callbacks; asked for by the first one. */
  secret(): string;
  readonly concurrency: number;
  /** Largest body kept of an answer. */
  readonly maxResultBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Callbacks under way at once. */
const DELIVERIES = 4;

/** Runs jobs through the same stations as public calls. The same for every store. */
export function createJobWorker(options: JobWorkerOptions): JobWorker {
  const { call, concurrency, maxResultBytes, clock, logger } = options;

  async function perform(run: JobRun, signal: AbortSignal): Promise<Verdict> {
    const { id, attempt } = run.job;
    const context = { job: { id, attempt } };
    const outcome = await call(run.call, { context, maxBodyBytes: maxResultBytes, signal });
    // Canceled, then nobody asks; or the server stops.
    if (signal.aborted) return { kind: 'interrupted' };
    const verdict = judge(outcome, run, clock.now(), Math.random());
    if (verdict.kind === 'finished' && verdict.status === 'failed') {
      logger.log('warn', `[Jobs] ${id} (${run.job.name}) failed: ${verdict.lastError}`, { job: id });
    }
    return verdict;
  }

  async function tell(job: Job, result: JobResult | null, signal: AbortSignal): Promise<Delivery> {
    let secret: string;
    try {
      secret = options.secret();
    } catch (error) {
      return { kind: 'failed', error: `The key of the signature is missing: ${(error as Error).message}` };
    }
    const delivery = await deliver(job, result, { post: options.post, secret, now: clock.now(), signal });
    if (delivery.kind === 'failed') {
      logger.log('warn', `[Jobs] The callback of ${job.id} was given up: ${delivery.error}`, { job: job.id });
    }
    return delivery;
  }

  return { concurrency, deliveries: DELIVERIES, perform, deliver: tell };
}
