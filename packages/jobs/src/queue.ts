import type { Job, JobCounts, JobFilter, JobResult, NewJob, StoredCall } from '@fastfn/core';

/** A job that has been given its id and its due time, on its way into a queue. */
export interface QueuedJob extends NewJob {
  /** Unique; chosen by the caller, so that a repeated `enqueue` is no second job. */
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; not before it the job starts. */
  readonly dueAt: number;
}

/** A job handed to whoever runs it. */
export interface JobRun {
  /** `status` is `running`; `attempt` is the number of this run. */
  readonly job: Job;
  readonly call: StoredCall;
  readonly retryDelayMs: number;
  /** Runs before this one that ended in a failure; runs that a dying server broke off are not among them. */
  readonly failures: number;
  /** Runs that were put off, see {@link Verdict}. */
  readonly postponed: number;
}

/** What is to become of a job after a run. */
export type Verdict =
  | {
      readonly kind: 'finished';
      readonly status: 'done' | 'failed';
      /** Null: the function never answered. */
      readonly result: JobResult | null;
      readonly lastError: string | null;
    }
  | {
      /** Back into the queue. */
      readonly kind: 'again';
      /** Epoch ms. */
      readonly dueAt: number;
      /** `failed`: the run counts against `max_attempts`. `postponed`: the function was never reached, so it does not count. */
      readonly because: 'failed' | 'postponed';
      readonly resultStatus: number | null;
      readonly lastError: string;
    }
  /** The server stops: back into the queue at once, as if its process had died. */
  | { readonly kind: 'interrupted' };

/** What is to become of a callback after one delivery. */
export type Delivery =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly dueAt: number; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string };

/** The part that is the same for every store: it runs a job once, tells of a finished one once, and decides what follows. */
export interface JobWorker {
  /** Jobs running at once in this process. */
  readonly concurrency: number;
  /** Deliveries under way at once in this process. */
  readonly deliveries: number;
  /** Never rejects. @param signal aborted when the job is canceled or the server stops; the verdict of a canceled job is ignored. */
  perform(run: JobRun, signal: AbortSignal): Promise<Verdict>;
  /**
   * Tells the `callback` URL about a finished job. Never rejects. `job.callback.attempts` are the deliveries before.
   * @param signal aborted when the server stops; the delivery is then made again.
   */
  deliver(job: Job, result: JobResult | null, signal: AbortSignal): Promise<Delivery>;
}

/**
 * Keeps jobs, and hands each to one {@link JobWorker} at a time, when it is due: at least once. A store may be a table with
 * a claim loop of ours or a queue library with one of its own; both pass `test/contract/queue-contract.ts`.
 *
 * - A job is on disk (or with the queue server) when `enqueue` resolves.
 * - Due jobs start in order of their due time. One without a time of its own is not held up when the clock is set back.
 * - A job whose process dies is queued again, with the next `attempt`, at most {@link MAX_INTERRUPTIONS} times, after
 *   {@link INTERRUPTION_WAIT_MS}; then it is `failed`. None stays `running`.
 * - A finished job with a callback URL goes to `deliver`, again and again as that says, over restarts too.
 * - Finished jobs are kept within {@link Retention}.
 *
 * Everything rejects with FastFnError `jobs_unavailable` when the store cannot be reached, `storage_full` when it has no room.
 */
export interface JobQueue {
  /** @throws FastFnError `jobs_full`. */
  enqueue(job: QueuedJob): Promise<Job>;
  get(id: string): Promise<Job | null>;
  /** Newest first. */
  list(filter: JobFilter): Promise<readonly Job[]>;
  /** What the job was made from, for as long as the job is known. */
  request(id: string): Promise<NewJob | null>;
  /** Null while there is none. */
  result(id: string): Promise<JobResult | null>;
  /**
   * `canceled`: from now on `get` says so, a queued job never starts, and the signal of a running one is aborted wherever it
   * runs. Null: no such job.
   */
  cancel(id: string): Promise<'canceled' | 'finished' | null>;
  counts(): Promise<JobCounts>;
  /** Hands out jobs from now on. Once. */
  start(worker: JobWorker): void;
  /**
   * Hands out no more, lets what runs go on for `drainMs`, then aborts it: that is queued again. Resolves when nothing
   * runs any more. Called again with 0, what still runs is aborted at once. Reads still work.
   */
  stop(drainMs: number): Promise<void>;
}

/** How often a job is taken up again after the process that ran it died. */
export const MAX_INTERRUPTIONS = 5;

/**
 * From the second time on it waits before that, twice as long each time: where a server dies again and again, jobs that are not
 * the cause get out of the way of the others, and do not use up what they are allowed in seconds.
 */
export const INTERRUPTION_WAIT_MS = 500;

/** What is kept of finished jobs; the oldest go first. */
export interface Retention {
  readonly maxFinished: number;
  readonly maxAgeMs: number;
}
