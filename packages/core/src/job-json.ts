import type { Job, JobResult } from './jobs.js';

/** A job as the admin API and callbacks show it. SPEC §16. */
export function jobJson(job: Job): Record<string, unknown> {
  const { callback } = job;
  return {
    id: job.id,
    status: job.status,
    runtime: job.runtime,
    name: job.name,
    version: job.version,
    method: job.method,
    route: job.route,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    created_at_ms: job.createdAt,
    updated_at_ms: job.updatedAt,
    due_at_ms: job.dueAt,
    result_status: job.resultStatus,
    last_error: job.lastError,
    ...(callback && {
      callback: {
        url: callback.url,
        status: callback.status,
        attempts: callback.attempts,
        last_error: callback.lastError,
      },
    }),
  };
}

/** The answer of a job; text as text, anything else as base64. */
export function jobResultJson(result: JobResult): Record<string, unknown> {
  return {
    status: result.status,
    headers: headersJson(result.headers),
    ...bodyJson(result.body),
    latency_ms: result.latencyMs,
    ...(result.truncated && { truncated: true, size: result.size }),
  };
}

/** Alternating names and values → lower-case names; a list where a name occurs several times. */
export function headersJson(pairs: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i]!.toLowerCase();
    const before = headers[name];
    if (name === 'connection') continue;
    headers[name] = before === undefined ? pairs[i + 1]! : [before, pairs[i + 1]!].flat();
  }
  return headers;
}

/** `body` when the bytes are UTF-8, else `body_base64` and `is_base64`. */
export function bodyJson(bytes: Uint8Array): Record<string, unknown> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { body_base64: Buffer.from(bytes).toString('base64'), is_base64: true };
  }
}
