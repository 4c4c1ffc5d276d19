import type { FunctionSpec } from './function-spec.js';
import type { StoredCall } from './internal-call.js';
import type { Runtime } from './runtime.js';

/** SPEC §10: queued → running → done | failed | canceled. */
export const JOB_STATUSES = ['queued', 'running', 'done', 'failed', 'canceled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** A job as everyone may see it. Times are epoch ms. */
export interface Job {
  readonly id: string;
  readonly status: JobStatus;
  readonly runtime: Runtime;
  readonly name: string;
  readonly version: string;
  readonly method: string;
  /** Filled URL. */
  readonly route: string;
  /** Number of the current or last run, from 0. Grows with every run that reached the function. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When it starts, or starts again, at the earliest. */
  readonly dueAt: number;
  /** Of the last answer. */
  readonly resultStatus: number | null;
  readonly lastError: string | null;
  /** Null: nobody is to be told. */
  readonly callback: JobCallback | null;
}

export interface JobCallback {
  readonly url: string;
  readonly status: 'waiting' | 'delivered' | 'failed';
  /** Deliveries tried. */
  readonly attempts: number;
  readonly lastError: string | null;
}

/** The function's answer, kept for whoever asks. */
export interface JobResult {
  readonly status: number;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  /** Whole up to the limit. */
  readonly body: Uint8Array;
  /** The body was larger. */
  readonly truncated: boolean;
  /** Bytes that the whole body had. */
  readonly size: number;
  readonly latencyMs: number;
}

export interface NewJob {
  readonly call: StoredCall;
  /** 1–10. */
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  /** Epoch ms; null: now. */
  readonly runAt: number | null;
  readonly callbackUrl: string | null;
  /** Made by a public call: who knows its id may read it. */
  readonly open: boolean;
}

export type JobCounts = Readonly<Record<JobStatus, number>>;

export interface JobFilter {
  readonly status?: JobStatus;
  /** Most jobs given. */
  readonly limit: number;
}

/**
 * Jobs as the gateway offers them. `@fastfn/jobs` implements it.
 * Everything rejects with FastFnError `jobs_unavailable` or `storage_full` when the store cannot be used.
 */
export interface JobService {
  /**
   * Durable when it resolves.
   * @throws FastFnError `jobs_full`; `bad_request` for a callback URL that is not allowed.
   */
  create(job: NewJob): Promise<Job>;
  get(id: string): Promise<Job | null>;
  /** Newest first. */
  list(filter: JobFilter): Promise<readonly Job[]>;
  /** `result` is null while there is none, and for a canceled job. */
  result(id: string): Promise<{ readonly job: Job; readonly result: JobResult | null } | null>;
  /** `canceled`: it will not run, or its running handler is being stopped. `finished`: it had ended before. */
  cancel(id: string): Promise<{ readonly outcome: 'canceled' | 'finished'; readonly job: Job } | null>;
  /** A new job that makes the same call. @returns null when there is no such job. */
  retry(id: string): Promise<Job | null>;
  /** For metrics. Null: nothing has been stored yet, or the store cannot be used. */
  counts(): Promise<JobCounts | null>;
}

/** Whether an id belongs to a job that a public call made: such ids are unguessable, and whoever has one may read the job. */
export function isOpenJobId(id: string): boolean {
  return id.startsWith('async_');
}

/** What is remembered of a schedule. Epoch ms. */
export interface ScheduleState {
  /** Next tick; null: none will come. */
  readonly next: number | null;
  /** Start of the last run. */
  readonly last: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** When a failed run is tried again. */
  readonly retryDue: number | null;
  /** Retries made of the run that failed; 0: none. */
  readonly retryAttempt: number;
  /** Which server made the last run. */
  readonly lastServer?: string;
}

export interface ScheduleView {
  readonly fn: FunctionSpec;
  readonly state: ScheduleState;
  /** A run is under way, on whatever server. */
  readonly running: boolean;
}

export interface KeepWarmView {
  readonly fn: FunctionSpec;
  /** Of the last ping that reached the handler. */
  readonly lastStatus: number | null;
}

/** What a run asked for by hand came to. */
export interface ScheduleRun {
  readonly status: number;
  readonly error: string | null;
  readonly latencyMs: number;
}

/** Schedules as the gateway offers them. */
export interface ScheduleService {
  /** False: listed, and run by hand only (`FN_SCHEDULER_ENABLED=0`, or another server of this folder runs them). */
  readonly enabled: boolean;
  /** The functions are those of this server; where several share their state, all of them show the same of it. */
  schedules(): Promise<readonly ScheduleView[]>;
  keepWarm(): readonly KeepWarmView[];
  /**
   * Runs one now and waits for its answer; the state is updated as for a tick.
   * @throws FastFnError `schedule_running`; `not_found` when the function has no schedule.
   */
  run(fn: FunctionSpec): Promise<ScheduleRun>;
}
