import type { LogLevel } from '@fastfn/core';
import type { RequestRecord } from '../../options.js';

export const LOG_FILES = ['error', 'access', 'runtime'] as const;
/** What the server says, requests, what handlers print. */
export type LogFile = (typeof LOG_FILES)[number];

export interface LogEntry {
  /** Epoch ms. */
  readonly ts: number;
  readonly level: LogLevel;
  /** Without a line break at its end. */
  readonly message: string;
  readonly runtime: string | null;
  readonly fn: string | null;
  readonly version: string | null;
  readonly stream: 'stdout' | 'stderr' | null;
  readonly request_id: string | null;
}

/** What is kept of a request. */
export type AccessRecord = Omit<RequestRecord, 'route' | 'runtime' | 'traceId'>;

/** A request that has ended, and when. */
export interface AccessEntry {
  /** Epoch ms. */
  readonly ts: number;
  readonly record: AccessRecord;
}

export function accessEntry({ ts, record }: AccessEntry): LogEntry {
  const { method, path, status, durationMs, fn, errorCode, requestId, bytes, clientIp } = record;
  const code = errorCode === null ? '' : ` ${errorCode}`;
  return {
    ts,
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    message: `${clientIp || '-'} ${method} ${printable(path)} ${status} ${bytes} ${durationMs.toFixed(1)}ms${fn === null ? '' : ` ${fn}`}${code}`,
    ...partsOf(fn),
    stream: null,
    request_id: requestId,
  };
}

/** `runtime/name@version` taken apart. */
export function partsOf(key: string | null): Pick<LogEntry, 'runtime' | 'fn' | 'version'> {
  const parts = key === null ? null : /^([a-z]+)\/(.+)@([^@]+)$/.exec(key);
  return { runtime: parts?.[1] ?? null, fn: parts?.[2] ?? null, version: parts?.[3] ?? null };
}

/** One line for people: time, level, source, message. */
export function formatEntry({ ts, level, message, runtime, fn, version, stream }: LogEntry): string {
  const source = stream === null ? '' : `[${runtime}] [fn:${fn}@${version} ${stream}] `;
  return `${new Date(ts).toISOString()} ${level} ${source}${message}`;
}

/** A path is decoded and may hold line breaks: one request is one line. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0020\u007f\u2028\u2029]/g, encodeURIComponent);
}
