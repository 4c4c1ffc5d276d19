import { randomBytes } from 'node:crypto';
import { FastFnError, type Job, type JobCounts, type JobFilter, type JobService, type NewJob } from '@fastfn/core';
import type { Clock } from './clock.js';
import type { LazyStore } from './lazy-store.js';

export interface JobServiceOptions {
  readonly store: LazyStore;
  readonly clock: Clock;
  /** @throws FastFnError `bad_request` for a URL that must not be called. */
  checkCallback(url: string): void;
}

/** Jobs for the gateway: gives them ids, and opens the store with the first. */
export function createJobService({ store, clock, checkCallback }: JobServiceOptions): JobService {
  async function create(job: NewJob): Promise<Job> {
    if (job.callbackUrl !== null) checkCallback(job.callbackUrl);
    const { queue } = await store.get();
    const now = clock.now();
    return queue.enqueue({ ...job, id: makeId(job.open), createdAt: now, dueAt: Math.max(now, job.runAt ?? 0) });
  }

  return {
    create,
    async get(id) {
      return (await store.peek())?.queue.get(id) ?? null;
    },
    async list(filter: JobFilter) {
      return (await store.peek())?.queue.list(filter) ?? [];
    },
    async result(id) {
      const queue = (await store.peek())?.queue;
      if (queue === undefined) return null;
      const [job, result] = await Promise.all([queue.get(id), queue.result(id)]);
      return job === null ? null : { job, result: job.status === 'canceled' ? null : result };
    },
    async cancel(id) {
      const queue = (await store.peek())?.queue;
      const outcome = (await queue?.cancel(id)) ?? null;
      const job = outcome === null ? null : ((await queue?.get(id)) ?? null);
      return outcome === null || job === null ? null : { outcome, job };
    },
    async retry(id) {
      const request = (await (await store.peek())?.queue.request(id)) ?? null;
      return request === null ? null : create({ ...request, runAt: null });
    },
    async counts(): Promise<JobCounts | null> {
      try {
        return (await store.current?.queue.counts()) ?? null;
      } catch (error) {
        if (error instanceof FastFnError) return null;
        throw error;
      }
    },
  };
}

/** 128 random bits: nobody finds a job by guessing. */
function makeId(open: boolean): string {
  return `${open ? 'async' : 'job'}_${randomBytes(16).toString('hex')}`;
}
