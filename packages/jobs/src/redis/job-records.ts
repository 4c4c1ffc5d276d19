import {
  FastFnError,
  JOB_STATUSES,
  type Job,
  type JobCounts,
  type JobFilter,
  type JobResult,
  type NewJob,
} from '@fastfn/core';
import {
  type Delivery,
  INTERRUPTION_WAIT_MS,
  type JobRun,
  MAX_INTERRUPTIONS,
  type QueuedJob,
  type Retention,
  type Verdict,
} from '../queue.js';
import { callRest, toJob, toRequest, toResult, toRun } from '../sqlite/rows.js';
import { type Argument, type Connection, PREFIX } from './connection.js';
import { JOB_FIELDS, RESULT_FIELDS, RUN_FIELDS, toResultRow, toRow } from './rows.js';

export interface JobRecordsOptions {
  readonly retention: Retention;
  /** Jobs that may wait at once. */
  readonly maxQueued: number;
}

/** A run, no run (the job has ended), or a run at another time: epoch ms. */
export type Claimed = JobRun | number | null;

const TOO_OFTEN = `The server ended ${MAX_INTERRUPTIONS + 1} times while the job was running.`;

/** Jobs as hashes in Redis: what is known of each. When they run is the business of the queue. */
export class JobRecords {
  constructor(
    private readonly connection: Connection,
    private readonly options: JobRecordsOptions,
  ) {}

  /** @throws FastFnError `jobs_full`. */
  async enqueue(job: QueuedJob): Promise<Job> {
    const { call } = job;
    const fields: Argument[] = Object.entries({
      id: job.id,
      runtime: call.runtime,
      name: call.name,
      version: call.version,
      method: call.method,
      route: call.path,
      runs: 0,
      failures: 0,
      postponed: 0,
      max_attempts: job.maxAttempts,
      retry_delay_ms: job.retryDelayMs,
      created_at: job.createdAt,
      updated_at: job.createdAt,
      due_at: job.dueAt,
      call: callRest(call),
    }).flat();
    if (job.runAt !== null) fields.push('run_at', job.runAt);
    if (job.callbackUrl !== null) {
      fields.push('callback_url', job.callbackUrl, 'callback_status', 'waiting', 'callback_attempts', 0);
    }
    fields.push('body', bufferOf(call.body));
    const { maxQueued } = this.options;
    const made = await this.connection.script('enqueue', job.id, job.createdAt, maxQueued, ...fields);
    if (made === 0) {
      throw new FastFnError('jobs_full', `${maxQueued} jobs are waiting already; try again later.`, {
        headers: { 'Retry-After': '10' },
      });
    }
    if (made === 2) {
      const known = await this.get(job.id);
      if (known !== null) return known;
    }
    return {
      id: job.id,
      status: 'queued',
      runtime: call.runtime,
      name: call.name,
      version: call.version,
      method: call.method,
      route: call.path,
      attempt: 0,
      maxAttempts: job.maxAttempts,
      createdAt: job.createdAt,
      updatedAt: job.createdAt,
      dueAt: job.dueAt,
      resultStatus: null,
      lastError: null,
      callback:
        job.callbackUrl === null ? null : { url: job.callbackUrl, status: 'waiting', attempts: 0, lastError: null },
    };
  }

  async get(id: string): Promise<Job | null> {
    const [job] = await this.#read([id]);
    return job ?? null;
  }

  async list({ status, limit }: JobFilter): Promise<readonly Job[]> {
    const index = `${PREFIX}${status === undefined ? 'all' : `is:${status}`}`;
    const ids = await this.connection.ask(() => this.connection.redis.zrevrange(index, 0, limit - 1));
    return this.#read(ids);
  }

  async request(id: string): Promise<NewJob | null> {
    const row = toRow(RUN_FIELDS, await this.#fields(id, RUN_FIELDS));
    return row.id === null ? null : toRequest(row);
  }

  async result(id: string): Promise<JobResult | null> {
    const row = toResultRow(await this.#fields(id, RESULT_FIELDS.map(resultField)));
    return row.status === null ? null : toResult(row);
  }

  /** What the job was before; null: there is none. */
  async cancel(id: string, now: number): Promise<Job['status'] | null> {
    const before = await this.connection.script('cancel', id, now, this.options.retention.maxFinished);
    return before === null ? null : (String(before) as Job['status']);
  }

  async counts(): Promise<JobCounts> {
    const { redis } = this.connection;
    const numbers = await this.connection.ask(() =>
      Promise.all(JOB_STATUSES.map((status) => redis.zcard(`${PREFIX}is:${status}`))),
    );
    return Object.fromEntries(JOB_STATUSES.map((status, i) => [status, numbers[i]])) as unknown as JobCounts;
  }

  /** Marks a job as running, if it is to be run now. */
  async claim(id: string, now: number): Promise<Claimed> {
    const { maxFinished } = this.options.retention;
    const answer = await this.connection.script(
      'claim',
      id,
      now,
      MAX_INTERRUPTIONS,
      maxFinished,
      TOO_OFTEN,
      INTERRUPTION_WAIT_MS,
      ...RUN_FIELDS,
    );
    if (answer === null) return null;
    if (Array.isArray(answer)) return toRun(toRow(RUN_FIELDS, answer));
    return Number(answer);
  }

  /** Carries out the verdict on a run. That on one which no longer counts (canceled, taken over) changes nothing. */
  async settle({ job }: JobRun, verdict: Verdict, now: number): Promise<void> {
    const run = job.attempt + 1;
    const { maxFinished } = this.options.retention;
    if (verdict.kind === 'finished') {
      const { status, result, lastError } = verdict;
      await this.connection.script('finish', job.id, run, now, status, maxFinished, ...ending(result, lastError));
      return;
    }
    if (verdict.kind === 'interrupted') {
      await this.connection.script('requeue', job.id, run, now, '', 0, 'due_at', now);
      return;
    }
    const { dueAt, because, resultStatus, lastError } = verdict;
    const fields: Argument[] = ['due_at', dueAt, 'last_error', lastError];
    if (resultStatus !== null) fields.push('result_status', resultStatus);
    const [counter, runsBack] = because === 'failed' ? ['failures', 0] : ['postponed', 1];
    await this.connection.script('requeue', job.id, run, now, counter!, runsBack!, ...fields);
  }

  /** Which of these have been canceled. */
  async canceled(ids: readonly string[]): Promise<readonly string[]> {
    return (await this.#read(ids)).filter(({ status }) => status === 'canceled').map(({ id }) => id);
  }

  /** Ids of jobs made before, of which the queue has perhaps not been told. */
  untriggered(before: number): Promise<readonly string[]> {
    const { redis } = this.connection;
    return this.connection.ask(() =>
      redis.zrangebyscore(`${PREFIX}untriggered`, '-inf', before, 'LIMIT', 0, MAX_UNTRIGGERED),
    );
  }

  async triggered(id: string): Promise<void> {
    await this.connection.ask(() => this.connection.redis.zrem(`${PREFIX}untriggered`, id));
  }

  /** Takes callbacks that are due: until `until` they are nobody else's. */
  async takeCallbacks(now: number, limit: number, until: number): Promise<readonly string[]> {
    const ids = (await this.connection.script('takeCallbacks', now, limit, until)) as Buffer[];
    return ids.map(String);
  }

  async keepCallbacks(ids: readonly string[], until: number): Promise<void> {
    await this.connection.script('keepCallbacks', until, ...ids);
  }

  async settleCallback(id: string, delivery: Delivery, now: number): Promise<void> {
    const status = delivery.kind === 'again' ? 'waiting' : delivery.kind;
    const error = delivery.kind === 'delivered' ? '' : delivery.error;
    const due = delivery.kind === 'again' ? delivery.dueAt : '';
    await this.connection.script('settleCallback', id, now, this.options.retention.maxFinished, status, error, due);
  }

  /** Gives a callback back, as it was. */
  async releaseCallback(id: string, now: number): Promise<void> {
    await this.connection.ask(() => this.connection.redis.zadd(`${PREFIX}callbacks`, 'XX', now, id));
  }

  /** Removes some of what is too old. @returns whether more may be left. */
  async pruneByAge(now: number): Promise<boolean> {
    const removed = await this.connection.script('pruneByAge', now - this.options.retention.maxAgeMs);
    return Number(removed) > 0;
  }

  async #read(ids: readonly string[]): Promise<Job[]> {
    const rows = await Promise.all(ids.map(async (id) => toRow(JOB_FIELDS, await this.#fields(id, JOB_FIELDS))));
    // Removed between one command and the next.
    return rows.filter((row) => row.id !== null).map((row) => toJob(row));
  }

  #fields(id: string, fields: readonly string[]): Promise<(Buffer | null)[]> {
    return this.connection.ask(() => this.connection.redis.hmgetBuffer(`${PREFIX}job:${id}`, ...fields));
  }
}

const MAX_UNTRIGGERED = 1_000;

function ending(result: JobResult | null, lastError: string | null): Argument[] {
  const fields: Argument[] = [];
  if (lastError !== null) fields.push('last_error', lastError);
  if (result === null) return fields;
  const { status, headers, size, truncated, latencyMs, body } = result;
  const values = [status, JSON.stringify(headers), size, truncated ? 1 : 0, latencyMs, bufferOf(body)];
  fields.push('result_status', status);
  for (const [i, field] of RESULT_FIELDS.entries()) fields.push(resultField(field), values[i]!);
  return fields;
}

function resultField(name: string): string {
  return `r_${name}`;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
