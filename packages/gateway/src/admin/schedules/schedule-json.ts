import type { ScheduleConfig, ScheduleState } from '@fastfn/core';

const HIDDEN = '<hidden>';
const SECRET_HEADER = /authorization|cookie|token|secret|password|api-?key|signature|credential/i;

/** A schedule in the spelling of `fn.config.json`; headers that look secret are masked. */
export function scheduleJson(config: ScheduleConfig): Record<string, unknown> {
  const { enabled, everyMs, cron, timezone, method, query, headers, body, context, catchUp, retry } = config;
  return {
    enabled,
    ...(everyMs !== undefined && { every_seconds: everyMs / 1000 }),
    ...(cron !== undefined && { cron, timezone: timezone ?? 'UTC' }),
    ...(method !== undefined && { method }),
    ...(query !== undefined && { query }),
    ...(headers !== undefined && { headers: masked(headers) }),
    ...(body !== undefined && { body }),
    ...(context !== undefined && { context }),
    catch_up: catchUp ?? true,
    retry: retry
      ? {
          max_attempts: retry.maxAttempts,
          base_delay_seconds: retry.baseDelayMs / 1000,
          max_delay_seconds: retry.maxDelayMs / 1000,
          jitter: retry.jitter,
        }
      : false,
  };
}

/** Epoch seconds. */
export function stateJson({
  next,
  last,
  lastStatus,
  lastError,
  lastServer,
  retryDue,
  retryAttempt,
}: ScheduleState): object {
  return {
    next: seconds(next),
    last: seconds(last),
    last_status: lastStatus,
    last_error: lastError,
    last_server: lastServer ?? null,
    retry_due: seconds(retryDue),
    retry_attempt: retryAttempt,
  };
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

function masked(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET_HEADER.test(name) ? HIDDEN : value]),
  );
}
