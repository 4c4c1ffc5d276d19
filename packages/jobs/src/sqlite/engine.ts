import { FastFnError } from '@fastfn/core';
import type { Retention } from '../queue.js';
import { JobTable } from './job-table.js';
import { openDatabase, putAside } from './open-database.js';
import { ScheduleTable } from './schedule-table.js';
import { isCorruption, type Sql, sqliteCode } from './sql.js';

export interface EngineOptions {
  readonly file: string;
  readonly retention: Retention;
  /** Jobs that may wait at once. */
  readonly maxQueued: number;
  /** Largest size of the file, in pages of 4 KiB; default: as large as the disk allows. */
  readonly maxPages?: number;
}

/** What can be asked of the file, by name. The first word of each is what it does; times are epoch ms. */
export interface Operations {
  readonly enqueue: JobTable['enqueue'];
  readonly get: JobTable['get'];
  readonly list: JobTable['list'];
  readonly request: JobTable['request'];
  readonly result: JobTable['result'];
  readonly cancel: JobTable['cancel'];
  readonly counts: JobTable['counts'];
  readonly claim: JobTable['claim'];
  readonly settle: JobTable['settle'];
  readonly dueCallbacks: JobTable['dueCallbacks'];
  readonly settleDelivery: JobTable['settleDelivery'];
  readonly pruneByAge: JobTable['pruneByAge'];
  readonly loadSchedules: ScheduleTable['load'];
  readonly saveSchedule: ScheduleTable['save'];
  readonly forgetSchedules: ScheduleTable['forget'];
}

export type OperationName = keyof Operations;

export interface Request {
  readonly operation: OperationName;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: 'jobs_full' | 'jobs_unavailable' | 'storage_full';
      readonly message: string;
      readonly headers?: Record<string, string>;
    };

/** Broken files put aside before it is given up: the disk itself must be at fault. */
const MAX_SET_ASIDE = 3;

/** Owns the file, and carries out requests on it. Synchronous: it lives in a thread of its own. */
export class Engine {
  #sql: Sql;
  #jobs!: JobTable;
  #operations: Operations;
  #setAsides = 0;

  /**
   * @param onSetAside told where a broken file was put.
   * @throws OpenError
   */
  constructor(
    private readonly options: EngineOptions,
    private readonly onSetAside: (file: string) => void,
  ) {
    this.#sql = this.#open();
    this.#operations = this.#prepare();
  }

  /** Carries out requests as one transaction, so that they share one wait for the disk. One that fails fails alone. */
  run(batch: readonly Request[]): Reply[] {
    try {
      this.#sql.exec('BEGIN');
      const replies = batch.map((request) => this.#answer(request));
      this.#sql.exec('COMMIT');
      return replies;
    } catch (error) {
      return this.#recover(batch, error);
    }
  }

  close(): void {
    this.#sql.close();
  }

  #answer({ operation, args }: Request): Reply {
    try {
      const call = this.#operations[operation] as (...given: readonly unknown[]) => unknown;
      return { ok: true, value: call(...args) };
    } catch (error) {
      if (!(error instanceof FastFnError)) throw error;
      // A refusal, made before anything was written.
      return { ok: false, code: 'jobs_full', message: error.message, ...(error.headers && { headers: error.headers }) };
    }
  }

  #recover(batch: readonly Request[], error: unknown): Reply[] {
    if (isCorruption(error)) {
      this.#startAnew(error);
      const message = 'The file of the jobs was found broken and has been put aside; try again.';
      return batch.map(() => ({ ok: false, code: 'jobs_unavailable', message }));
    }
    this.#sql.rollback();
    this.#jobs.recount();
    if (batch.length > 1) return batch.flatMap((request) => this.run([request]));
    return [failure(error)];
  }

  #startAnew(error: unknown): void {
    if (++this.#setAsides > MAX_SET_ASIDE) throw error;
    this.#sql.close();
    this.onSetAside(putAside(this.options.file, Date.now()));
    this.#sql = this.#open();
    this.#operations = this.#prepare();
  }

  #open(): Sql {
    const { sql, setAside } = openDatabase(this.options.file, Date.now());
    if (this.options.maxPages !== undefined) sql.exec(`PRAGMA max_page_count = ${this.options.maxPages}`);
    if (setAside !== null) this.onSetAside(setAside);
    return sql;
  }

  #prepare(): Operations {
    const { retention, maxQueued } = this.options;
    const jobs = new JobTable(this.#sql, retention, maxQueued);
    const schedules = new ScheduleTable(this.#sql);
    jobs.recover(Date.now());
    this.#jobs = jobs;
    return {
      enqueue: jobs.enqueue.bind(jobs),
      get: jobs.get.bind(jobs),
      list: jobs.list.bind(jobs),
      request: jobs.request.bind(jobs),
      result: jobs.result.bind(jobs),
      cancel: jobs.cancel.bind(jobs),
      counts: jobs.counts.bind(jobs),
      claim: jobs.claim.bind(jobs),
      settle: jobs.settle.bind(jobs),
      dueCallbacks: jobs.dueCallbacks.bind(jobs),
      settleDelivery: jobs.settleDelivery.bind(jobs),
      pruneByAge: jobs.pruneByAge.bind(jobs),
      loadSchedules: schedules.load.bind(schedules),
      saveSchedule: schedules.save.bind(schedules),
      forgetSchedules: schedules.forget.bind(schedules),
    };
  }
}

function failure(error: unknown): Reply {
  if (sqliteCode(error) === 'SQLITE_FULL') {
    return { ok: false, code: 'storage_full', message: 'There is no room on the disk of the state folder.' };
  }
  const message = `The file of the jobs cannot be used: ${(error as Error).message}.`;
  return { ok: false, code: 'jobs_unavailable', message };
}
