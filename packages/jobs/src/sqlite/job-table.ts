import {
  FastFnError,
  JOB_STATUSES,
  type Job,
  type JobCounts,
  type JobFilter,
  type JobResult,
  type JobStatus,
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
import { callRest, JOB_COLUMNS, toJob, toRequest, toResult, toRun } from './rows.js';
import type { Row, Sql } from './sql.js';

/** Finished jobs removed at once, so that no other request waits for long. */
const PRUNE_BATCH = 200;

/** A finished job whose callback is due. */
export interface DueCallback {
  readonly job: Job;
  readonly result: JobResult | null;
}

export interface Claimed {
  readonly runs: readonly JobRun[];
  /** When the next queued job is due; null: none is queued. */
  readonly nextDue: number | null;
}

/** Jobs as rows. Everything is synchronous, and runs inside the transaction of the caller. */
export class JobTable {
  #counts: Record<JobStatus, number>;
  /** Time of the last claim. */
  #lastSeen = 0;

  constructor(
    private readonly sql: Sql,
    private readonly retention: Retention,
    private readonly maxQueued: number,
  ) {
    this.#counts = this.#count();
  }

  /** After a rollback. */
  recount(): void {
    this.#counts = this.#count();
  }

  /** Jobs that a dead process was running go back into the queue, or are failed when that happened too often. */
  recover(now: number): void {
    const times = MAX_INTERRUPTIONS + 1;
    this.sql.run("UPDATE jobs SET interruptions = interruptions + 1, updated_at = ? WHERE status = 'running'", [now]);
    this.sql.run(
      `UPDATE jobs SET status = 'failed', callback_due = CASE WHEN callback_url IS NULL THEN NULL ELSE ? END,
         last_error = 'The server ended ${times} times while the job was running.'
       WHERE status = 'running' AND interruptions > ?`,
      [now, MAX_INTERRUPTIONS],
    );
    this.sql.run(
      `UPDATE jobs SET status = 'queued',
         due_at = ? + CASE WHEN interruptions > 1 THEN ? * (1 << (interruptions - 2)) ELSE 0 END
       WHERE status = 'running'`,
      [now, INTERRUPTION_WAIT_MS],
    );
    this.#bringForward(now);
    this.recount();
  }

  enqueue(job: QueuedJob): Job {
    const known = this.get(job.id);
    if (known !== null) return known;
    if (this.#counts.queued >= this.maxQueued) {
      throw new FastFnError('jobs_full', `${this.maxQueued} jobs are waiting already; try again later.`, {
        headers: { 'Retry-After': '10' },
      });
    }
    const { call } = job;
    const row = this.sql.get(
      `INSERT INTO jobs (id, status, runtime, name, version, method, route, max_attempts, retry_delay_ms, created_at,
         updated_at, due_at, run_at, callback_url, callback_status, call, body)
       VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${JOB_COLUMNS}`,
      [
        job.id,
        call.runtime,
        call.name,
        call.version,
        call.method,
        call.path,
        job.maxAttempts,
        job.retryDelayMs,
        job.createdAt,
        job.createdAt,
        job.dueAt,
        job.runAt,
        job.callbackUrl,
        job.callbackUrl === null ? null : 'waiting',
        callRest(call),
        call.body,
      ],
    );
    this.#counts.queued++;
    return toJob(row!);
  }

  get(id: string): Job | null {
    const row = this.sql.get(`SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`, [id]);
    return row === null ? null : toJob(row);
  }

  list({ status, limit }: JobFilter): Job[] {
    const where = status === undefined ? '' : 'WHERE status = ?';
    const values = status === undefined ? [limit] : [status, limit];
    return this.sql
      .all(`SELECT ${JOB_COLUMNS} FROM jobs ${where} ORDER BY seq DESC LIMIT ?`, values)
      .map((row) => toJob(row));
  }

  request(id: string): NewJob | null {
    const row = this.sql.get('SELECT * FROM jobs WHERE id = ?', [id]);
    return row === null ? null : toRequest(row);
  }

  result(id: string): JobResult | null {
    const row = this.sql.get('SELECT results.* FROM results JOIN jobs USING (seq) WHERE jobs.id = ?', [id]);
    return row === null ? null : toResult(row);
  }

  /** What the job was before; null: there is none. */
  cancel(id: string, now: number): JobStatus | null {
    const before = this.get(id);
    if (before === null) return null;
    if (before.status !== 'queued' && before.status !== 'running') return before.status;
    this.sql.run("UPDATE jobs SET status = 'canceled', updated_at = ?, callback_status = NULL WHERE id = ?", [now, id]);
    this.#move(before.status, 'canceled');
    this.#pruneByNumber();
    return before.status;
  }

  counts(): JobCounts {
    return { ...this.#counts };
  }

  /**
   * Takes due jobs, the longest due first, and marks them as running. The index is named, as SQLite would take the one of the
   * status and sort everything that is queued each time.
   */
  claim(limit: number, now: number): Claimed {
    if (now < this.#lastSeen) this.#bringForward(now);
    this.#lastSeen = now;
    const rows = this.sql.all(
      `UPDATE jobs SET status = 'running', runs = runs + 1, updated_at = ? WHERE seq IN (
         SELECT seq FROM jobs INDEXED BY jobs_due WHERE status = 'queued' AND due_at <= ? ORDER BY due_at, seq LIMIT ?
       ) RETURNING *`,
      [now, now, limit],
    );
    rows.sort((a, b) => num(a.due_at) - num(b.due_at) || num(a.seq) - num(b.seq));
    this.#counts.queued -= rows.length;
    this.#counts.running += rows.length;
    const next = this.sql.get("SELECT min(due_at) AS due FROM jobs INDEXED BY jobs_due WHERE status = 'queued'");
    return { runs: rows.map((row) => toRun(row)), nextDue: (next?.due as number | null) ?? null };
  }

  /** Carries out a verdict. That of a job which is no longer running (canceled) changes nothing. */
  settle(id: string, verdict: Verdict, now: number): void {
    const row = this.sql.get("SELECT seq, callback_url FROM jobs WHERE id = ? AND status = 'running'", [id]);
    if (row === null) return;
    if (verdict.kind === 'finished') this.#finish(row, verdict, now);
    else this.#requeue(row, verdict, now);
  }

  /** Callbacks that are due. @param busy ids of jobs whose delivery is under way. */
  dueCallbacks(
    limit: number,
    now: number,
    busy: readonly string[],
  ): { readonly due: readonly DueCallback[]; readonly nextDue: number | null } {
    const rows = this.sql.all(
      `SELECT ${JOB_COLUMNS}, callback_due FROM jobs WHERE callback_due IS NOT NULL ORDER BY callback_due LIMIT ?`,
      [limit + busy.length + 1],
    );
    const idle = rows.filter((row) => !busy.includes(row.id as string));
    const due = idle.filter((row) => num(row.callback_due) <= now).slice(0, limit);
    const next = idle[due.length];
    return {
      due: due.map((row) => ({ job: toJob(row), result: this.result(row.id as string) })),
      nextDue: next === undefined ? null : num(next.callback_due),
    };
  }

  settleDelivery(id: string, delivery: Delivery): void {
    const status = delivery.kind === 'again' ? 'waiting' : delivery.kind;
    this.sql.run(
      `UPDATE jobs SET callback_attempts = callback_attempts + 1, callback_status = ?, callback_error = ?, callback_due = ?
       WHERE id = ? AND callback_due IS NOT NULL`,
      [
        status,
        delivery.kind === 'delivered' ? null : delivery.error,
        delivery.kind === 'again' ? delivery.dueAt : null,
        id,
      ],
    );
    this.#pruneByNumber();
  }

  /** Removes what is too old. @returns whether more is left to remove. */
  pruneByAge(now: number): boolean {
    return this.#prune(
      "status IN ('done', 'failed', 'canceled') AND callback_due IS NULL AND updated_at < ?",
      [now - this.retention.maxAgeMs],
      PRUNE_BATCH,
    );
  }

  /** The clock was set back: what was queued by the time it showed then, and has no time of its own, would wait for that. */
  #bringForward(now: number): void {
    this.sql.run(
      `UPDATE jobs SET due_at = ?1, updated_at = ?1
       WHERE status = 'queued' AND due_at > ?1 AND updated_at > ?1 AND (run_at IS NULL OR run_at <= ?1)`,
      [now],
    );
  }

  #finish(row: Row, { status, result, lastError }: Extract<Verdict, { kind: 'finished' }>, now: number): void {
    const seq = num(row.seq);
    this.sql.run(
      `UPDATE jobs SET status = ?, failures = failures + ?, result_status = ?, last_error = ?, updated_at = ?, callback_due = ?
       WHERE seq = ?`,
      [
        status,
        status === 'failed' ? 1 : 0,
        result?.status ?? null,
        lastError,
        now,
        row.callback_url === null ? null : now,
        seq,
      ],
    );
    if (result !== null) {
      this.sql.run(
        'INSERT OR REPLACE INTO results (seq, status, headers, size, truncated, latency_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
        [
          seq,
          result.status,
          JSON.stringify(result.headers),
          result.size,
          result.truncated ? 1 : 0,
          result.latencyMs,
          result.body,
        ],
      );
    }
    this.#move('running', status);
    this.#pruneByNumber();
  }

  #requeue(row: Row, verdict: Exclude<Verdict, { kind: 'finished' }>, now: number): void {
    if (verdict.kind === 'interrupted') {
      this.sql.run("UPDATE jobs SET status = 'queued', due_at = ?, updated_at = ? WHERE seq = ?", [
        now,
        now,
        num(row.seq),
      ]);
    } else {
      const failed = verdict.because === 'failed';
      this.sql.run(
        `UPDATE jobs SET status = 'queued', due_at = ?, updated_at = ?, failures = failures + ?, postponed = postponed + ?,
           runs = runs - ?, result_status = ?, last_error = ? WHERE seq = ?`,
        [
          verdict.dueAt,
          now,
          failed ? 1 : 0,
          failed ? 0 : 1,
          failed ? 0 : 1,
          verdict.resultStatus,
          verdict.lastError,
          num(row.seq),
        ],
      );
    }
    this.#move('running', 'queued');
  }

  #pruneByNumber(): void {
    const { done, failed, canceled } = this.#counts;
    const surplus = done + failed + canceled - this.retention.maxFinished;
    if (surplus <= 0) return;
    this.#prune(
      "status IN ('done', 'failed', 'canceled') AND callback_due IS NULL",
      [],
      Math.min(surplus, PRUNE_BATCH),
    );
  }

  #prune(where: string, values: readonly number[], limit: number): boolean {
    const rows = this.sql.all(
      `DELETE FROM jobs WHERE seq IN (
         SELECT seq FROM jobs INDEXED BY jobs_finished WHERE ${where} ORDER BY updated_at LIMIT ?
       ) RETURNING seq, status`,
      [...values, limit],
    );
    for (const { seq, status } of rows) {
      this.#counts[status as JobStatus]--;
      this.sql.run('DELETE FROM results WHERE seq = ?', [num(seq)]);
    }
    return rows.length === limit;
  }

  #move(from: JobStatus, to: JobStatus): void {
    this.#counts[from]--;
    this.#counts[to]++;
  }

  #count(): Record<JobStatus, number> {
    const counts = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
    for (const { status, n } of this.sql.all('SELECT status, count(*) AS n FROM jobs GROUP BY status')) {
      counts[status as JobStatus] = num(n);
    }
    return counts;
  }
}

function num(value: unknown): number {
  return value as number;
}
