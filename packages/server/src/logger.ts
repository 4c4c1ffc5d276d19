import type { Logger, LogLevel } from '@fastfn/core';
import type { RequestRecord } from '@fastfn/gateway';
import colors from 'picocolors';
import { pino } from 'pino';
import { accessLine } from './access-log.js';
import { logDestination } from './log-destination.js';

export interface LoggerOptions {
  readonly format: 'pretty' | 'json';
  readonly level: LogLevel;
  /** Where lines go; default stderr for pretty, stdout for json (what log collectors read). */
  readonly write?: (line: string) => void;
  readonly color?: boolean;
}

const RANK: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };
const MAX_OUTPUT_LINE = 2_000;

export interface ServerLogger extends Logger {
  /** Writes a request, whatever the least level is. Null: people are shown requests by whoever started the server. */
  readonly access: ((record: RequestRecord) => void) | null;
}

/** The log of a server: lines for people, or one JSON object a line (pino) for machines. */
export function createLogger(options: LoggerOptions): ServerLogger {
  return options.format === 'json' ? jsonLogger(options) : prettyLogger(options);
}

function jsonLogger({ level, write }: LoggerOptions): ServerLogger {
  const destination = write ? { write, flush() {} } : logDestination();
  const sink = pino({ level, base: null, messageKey: 'message' }, destination);
  return {
    access(record) {
      destination.write(accessLine(record, Date.now()));
    },
    log(at, message, fields) {
      sink[at](fields ?? {}, message);
      // They may say why the process ends in the next moment.
      if (at === 'error' || at === 'warn') destination.flush();
    },
    output({ runtime, name, version, stream, requestId }, text) {
      for (const line of printedLines(text)) {
        sink.info({ runtime, fn: name, version, stream, request_id: requestId }, line);
      }
    },
  };
}

function prettyLogger({
  level,
  write = (line) => process.stderr.write(line),
  color = false,
}: LoggerOptions): ServerLogger {
  const c = colors.createColors(color);
  const tint: Record<LogLevel, (text: string) => string> = {
    debug: c.dim,
    info: (text) => text,
    warn: c.yellow,
    error: c.red,
  };
  const lowest = RANK[level];
  return {
    access: null,
    log(at, message) {
      if (RANK[at] < lowest) return;
      write(`${tint[at](message)}\n`);
    },
    output({ runtime, name, version, stream }, text) {
      if (RANK.info < lowest) return;
      const label = c.dim(`[${runtime}] [fn:${name}@${version} ${stream}]`);
      for (const line of printedLines(text)) write(`${label} ${stream === 'stderr' ? c.yellow(line) : line}\n`);
    },
  };
}

/** Everything that could move a terminal's cursor or clear its screen; colours (`ESC [ … m`) may stay. */
const CONTROL = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]|\u001b(?!\[[0-9;]*m)/g;

/** What a handler printed, line by line and bounded. */
function printedLines(text: string): string[] {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return lines.map((line) => line.slice(0, MAX_OUTPUT_LINE).replace(CONTROL, '\ufffd'));
}
