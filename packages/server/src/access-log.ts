import type { RequestRecord } from '@fastfn/gateway';

/** A request that has ended, as a line of the JSON log. Query, headers and bodies are never part of it: they hold secrets. */
export function accessFields(record: RequestRecord): object {
  const { requestId, method, path, route, status, durationMs, bytes, fn, runtime, state } = record;
  return {
    request_id: requestId,
    method,
    path,
    route,
    status,
    duration_ms: Math.round(durationMs * 100) / 100,
    bytes,
    function: fn,
    runtime,
    cold: state === null ? null : state === 'cold',
    client_ip: record.clientIp,
    trace_id: record.traceId,
    error_code: record.errorCode,
  };
}

export function accessLevel({ status }: RequestRecord): 'error' | 'warn' | 'info' {
  return status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';
}
