import type { NewJob } from '@fastfn/core';
import type { InternalCalls } from '../../internal/internal-calls.js';
import { Fields } from '../fields.js';
import type { JsonObject } from '../request-body.js';

const MAX_ATTEMPTS = 10;
const DEFAULT_RETRY_DELAY_MS = 1_000;
/** A day. */
const MAX_RETRY_DELAY_MS = 86_400_000;
/** A year. */
const MAX_AHEAD_MS = 366 * 86_400_000;
const MAX_URL = 2_048;
/** Numbers below it can only be seconds: as ms it is March 1973. */
const FIRST_MS = 100_000_000_000;

/**
 * A job as the body of `POST /_fn/jobs` asks for it. SPEC §10.
 * @throws FastFnError as {@link InternalCalls.prepare}; `bad_request` naming every wrong field.
 */
export function readNewJob(body: JsonObject, calls: InternalCalls, clientIp: string): NewJob {
  const fields = new Fields(body);
  const maxAttempts = whole(fields, 'max_attempts', 1, MAX_ATTEMPTS) ?? 1;
  const retryDelayMs = whole(fields, 'retry_delay_ms', 0, MAX_RETRY_DELAY_MS) ?? DEFAULT_RETRY_DELAY_MS;
  const runAt = readTime(fields, 'run_at');
  const callbackUrl = fields.text('callback_url', MAX_URL) || null;
  fields.check();
  return { call: calls.prepare(body, { clientIp }), maxAttempts, retryDelayMs, runAt, callbackUrl, open: false };
}

function whole(fields: Fields, key: string, min: number, max: number): number | undefined {
  const value = fields.raw(key);
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  return fields.wrong(key, `must be a whole number from ${min} to ${max}`);
}

/** ISO 8601, or seconds or milliseconds since 1970. The past means now. */
function readTime(fields: Fields, key: string): number | null {
  const value = fields.raw(key);
  if (value === undefined || value === null) return null;
  const time = typeof value === 'number' ? (value < FIRST_MS ? value * 1000 : value) : parseIso(value);
  if (!Number.isFinite(time) || time < 0) {
    fields.wrong(key, 'must be a time such as "2030-01-31T08:00:00Z", or seconds or milliseconds since 1970');
    return null;
  }
  if (time - Date.now() > MAX_AHEAD_MS) fields.wrong(key, 'must be within a year');
  return Math.round(time);
}

function parseIso(value: unknown): number {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
}
