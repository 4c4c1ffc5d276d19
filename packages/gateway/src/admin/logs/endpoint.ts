import { isRuntime } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answer, answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { type FieldProblem, invalidFields } from '../fields.js';
import { queryOf } from '../functions/query.js';
import { serverMask } from '../secrets/mask.js';
import { formatEntry, LOG_FILES, type LogEntry, type LogFile } from '../telemetry/log-entry.js';
import { LOG_CAPACITY } from '../telemetry/telemetry.js';

const DEFAULT_LINES = 200;

interface LogQuery {
  readonly file: LogFile;
  readonly runtime: string | null;
  readonly fn: string | null;
  readonly version: string | null;
  readonly stream: string | null;
  readonly lines: number;
  readonly json: boolean;
  readonly follow: boolean;
}

/** The last lines of a log, as text or JSON, or with `follow=1` also those to come. Secrets are hidden. SPEC §16. */
export const logs: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  serve(exchange) {
    const query = readQuery(exchange);
    const { telemetry, admin } = exchange.context;
    const mask = serverMask(exchange);
    const entries = telemetry.logs(query.file).filter((entry) => isWanted(query, entry));
    const last = query.lines === 0 ? [] : entries.slice(-query.lines);
    if (query.follow) {
      admin.streams.open(exchange, (stream) => {
        const show = (entry: LogEntry): void =>
          stream.send(mask(query.json ? JSON.stringify(entry) : formatEntry(entry)));
        last.forEach(show);
        return telemetry.onLog((file, entry) => {
          if (file === query.file && isWanted(query, entry)) show(entry);
        });
      });
      return;
    }
    const data = last.map((entry) => mask(formatEntry(entry)));
    if (query.json) {
      const { file, runtime, fn, version, stream, lines } = query;
      answerJson(exchange, 200, { file, runtime, fn, version, stream, lines, data });
    } else {
      const headers = ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store'];
      answer(exchange, 200, headers, data.map((line) => `${line}\n`).join(''));
    }
  },
};

function readQuery(exchange: Exchange): LogQuery {
  const query = queryOf(exchange);
  const problems: FieldProblem[] = [];
  const oneOf = (key: string, allowed: readonly string[], otherwise: string): string => {
    const value = query.get(key) || otherwise;
    if (value !== otherwise && !allowed.includes(value)) {
      problems.push({ key, message: `"${key}" must be one of ${allowed.join(', ')}.` });
    }
    return value;
  };
  const file = oneOf('file', LOG_FILES, 'error') as LogFile;
  const format = oneOf('format', ['text', 'json'], 'text');
  const stream = oneOf('stream', ['stdout', 'stderr', 'all'], 'all');
  const follow = oneOf('follow', ['0', '1'], '0');
  const runtime = query.get('runtime') || null;
  if (runtime !== null && !isRuntime(runtime)) {
    problems.push({ key: 'runtime', message: '"runtime" is none that FastFN knows.' });
  }
  const lines = query.get('lines') || String(DEFAULT_LINES);
  if (!/^\d{1,6}$/.test(lines)) problems.push({ key: 'lines', message: '"lines" must be a whole number.' });
  if (problems.length > 0) throw invalidFields(problems);
  return {
    file,
    runtime,
    fn: query.get('fn') || null,
    version: query.get('version') || null,
    stream: stream === 'all' ? null : stream,
    lines: Math.min(Number(lines), LOG_CAPACITY),
    json: format === 'json',
    follow: follow === '1',
  };
}

function isWanted(query: LogQuery, entry: LogEntry): boolean {
  return (['runtime', 'fn', 'version', 'stream'] as const).every(
    (key) => query[key] === null || query[key] === entry[key],
  );
}
