import type { Job, JobResult, JobStatus, NewJob, Runtime, StoredCall } from '@fastfn/core';
import { isOpenJobId } from '@fastfn/core';
import type { JobRun } from '../queue.js';
import { bytesOf, type Row } from './sql.js';

/** Columns of a job that everyone may see: all but the call, which may be large. */
export const JOB_COLUMNS =
  'seq, id, status, runtime, name, version, method, route, runs, max_attempts, created_at, updated_at, due_at, result_status, last_error, callback_url, callback_status, callback_attempts, callback_error';

export function toJob(row: Row): Job {
  return {
    id: row.id as string,
    status: row.status as JobStatus,
    runtime: row.runtime as Runtime,
    name: row.name as string,
    version: row.version as string,
    method: row.method as string,
    route: row.route as string,
    attempt: Math.max(0, (row.runs as number) - 1),
    maxAttempts: row.max_attempts as number,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    dueAt: row.due_at as number,
    resultStatus: row.result_status as number | null,
    lastError: row.last_error as string | null,
    callback:
      row.callback_url === null
        ? null
        : {
            url: row.callback_url as string,
            status: row.callback_status as 'waiting' | 'delivered' | 'failed',
            attempts: row.callback_attempts as number,
            lastError: row.callback_error as string | null,
          },
  };
}

/** What a row keeps of a call as JSON: all that has no column of its own. */
type CallRest = Pick<StoredCall, 'template' | 'params' | 'search' | 'headers' | 'clientIp' | 'user'>;

export function callRest({ template, params, search, headers, clientIp, ...call }: StoredCall): string {
  const rest: CallRest = { template, params, search, headers, clientIp, ...('user' in call && { user: call.user }) };
  return JSON.stringify(rest);
}

function toCall(row: Row): StoredCall {
  return {
    runtime: row.runtime as Runtime,
    name: row.name as string,
    version: row.version as string,
    method: row.method as string,
    path: row.route as string,
    ...(JSON.parse(row.call as string) as CallRest),
    body: bytesOf(row.body),
  };
}

export function toRun(row: Row): JobRun {
  return {
    job: toJob(row),
    call: toCall(row),
    retryDelayMs: row.retry_delay_ms as number,
    failures: row.failures as number,
    postponed: row.postponed as number,
  };
}

export function toRequest(row: Row): NewJob {
  return {
    call: toCall(row),
    maxAttempts: row.max_attempts as number,
    retryDelayMs: row.retry_delay_ms as number,
    runAt: row.run_at as number | null,
    callbackUrl: row.callback_url as string | null,
    open: isOpenJobId(row.id as string),
  };
}

export function toResult(row: Row): JobResult {
  return {
    status: row.status as number,
    headers: JSON.parse(row.headers as string) as string[],
    body: bytesOf(row.body),
    truncated: row.truncated === 1,
    size: row.size as number,
    latencyMs: row.latency_ms as number,
  };
}
