import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Exchange } from '../exchange.js';
import { FIELD_VALUE, TOKEN } from '../headers.js';
import { latin1 } from './write.js';

/**
 * Small whole answers of functions, the bulk of all traffic, without `writeHead`: its checks of our own headers, and a
 * second write for the body, cost more than everything else that is done for an answer. The head is put together
 * here, the body is appended to it, and `end()` sends both in one write of one string.
 *
 * `_header` is not public in node, though much relies on it: {@link usable} tries it once, and where it does not behave as
 * expected everything goes through `writeHead`, as do answers that are not plain (close, HEAD, 204, CORS …).
 */
interface Lean {
  _header: string | null;
  /** The head alone says how long the body is; `end()` need not look. */
  _hasBody: boolean;
}

const usable = ((): boolean => {
  const res = new ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
  const lean = res as unknown as Lean & { outputData: { data: unknown; encoding: unknown }[] };
  if (lean._header !== null) return false;
  lean._header = 'H\r\n\r\nB';
  res.end();
  const { outputData } = lean;
  return res.headersSent && outputData?.length === 1 && outputData[0]!.data === 'H\r\n\r\nB';
})();

const statusLines = new Map<number, string>();

function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}

let dateSecond = 0;
let dateLine = '';

/** `Date: …`, anew each second. RFC 9110 §6.6.1. */
function date(ts: number): string {
  const second = Math.floor(ts / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateLine = `Date: ${new Date(ts).toUTCString()}\r\n`;
  }
  return dateLine;
}

/** Nothing about this exchange asks for more than a plain answer on a connection that stays open. */
function isPlain(exchange: Exchange): boolean {
  const { context, req, res } = exchange;
  return (
    usable &&
    res.shouldKeepAlive &&
    req.httpVersionMinor === 1 &&
    exchange.method !== 'HEAD' &&
    exchange.cors === null &&
    exchange.output === null &&
    !exchange.closeAfter &&
    !exchange.unreadBody &&
    !context.stopping &&
    req.headers.expect === undefined
  );
}

/**
 * Answers with what a function gave, when that can be done in one plain write.
 * @param status neither 204 nor 304.
 * @param given alternating names and values, as given.
 * @param ours names (lower case) that are not the handler's to set.
 * @returns false when it cannot; nothing has been written then.
 */
export function respondLean(
  exchange: Exchange,
  status: number,
  given: readonly string[],
  body: Uint8Array | null,
  ours: ReadonlySet<string>,
): boolean {
  if (!isPlain(exchange)) return false;
  let head = statusLine(status);
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i]!;
    const value = given[i + 1]!;
    const lower = name.toLowerCase();
    if (ours.has(lower)) continue;
    if (lower === 'date' || !TOKEN.test(name) || !FIELD_VALUE.test(value)) return false;
    head += `${name}: ${value}\r\n`;
  }
  const { res } = exchange;
  const info = exchange.info!;
  const length = body === null ? 0 : body.length;
  head += `Content-Length: ${length}\r\nX-Request-Id: ${exchange.requestId}\r\nX-FastFN-Function-State: ${info.state}\r\n`;
  if (info.warmed && status < 500) head += 'X-FastFN-Warmed: true\r\n';
  if (info.queued) head += 'X-FastFN-Queued: true\r\n';
  head += date(exchange.ts);
  res.statusCode = status;
  const lean = res as unknown as Lean;
  lean._header = body === null ? `${head}\r\n` : `${head}\r\n${latin1(body)}`;
  lean._hasBody = false;
  res.end();
  exchange.finish(status, length, null);
  return true;
}
