import type { RequestRecord } from '@fastfn/gateway';

/** pino's numbers of the levels info, warn and error. */
const INFO = 30;
const WARN = 40;
const ERROR = 50;

/**
 * A request that has ended, as a line of the JSON log, in pino's format. Query, headers and bodies are never part of it: they hold
 * secrets. There is one for each request, so it is written out here and not left to pino, which has to ask what each value is.
 * @param now epoch ms
 */
export function accessLine(record: RequestRecord, now: number): string {
  const { status, bytes, durationMs, state } = record;
  const level = status >= 500 ? ERROR : status >= 400 ? WARN : INFO;
  const cold = state === null ? 'null' : state === 'cold' ? 'true' : 'false';
  return `{"level":${level},"time":${now},"request_id":${json(record.requestId)},"method":${json(record.method)},"path":${json(record.path)},"route":${json(record.route)},"status":${status},"duration_ms":${Math.round(durationMs * 100) / 100},"bytes":${bytes},"function":${json(record.fn)},"runtime":${json(record.runtime)},"cold":${cold},"client_ip":${json(record.clientIp)},"trace_id":${json(record.traceId)},"error_code":${json(record.errorCode)},"message":"request"}\n`;
}

/** Printable ASCII but quotes and backslashes: what JSON has as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function json(text: string | null): string {
  if (text === null) return 'null';
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
