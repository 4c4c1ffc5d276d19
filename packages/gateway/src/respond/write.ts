import type { Exchange } from '../exchange.js';
import { writableHeaders } from '../headers.js';
import { applyCors } from '../policies/cors/headers.js';
import { addFunctionHeaders } from './function-headers.js';
import { endAfterLinger } from './linger.js';

/** Below this a body travels in the same string as the head: one write of one buffer. Measured, bytes. */
const INLINE_BODY = 4096;

/** Statuses whose answer has no body and no length. */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

/**
 * Writes a whole answer, head and body in one go, and books the end.
 * @param headers alternating names and values without a length; taken over.
 * @param errorCode of FastFN's own errors.
 */
export function writeWhole(
  exchange: Exchange,
  status: number,
  headers: string[],
  body: Uint8Array | null,
  errorCode: string | null,
): void {
  if (exchange.finished) return;
  const { res } = exchange;
  const length = body === null ? 0 : body.length;
  if (!isBodiless(status)) headers.push('Content-Length', `${length}`);
  writeHead(exchange, status, headers);
  if (length === 0 || isBodiless(status) || exchange.method === 'HEAD') {
    res.end();
    exchange.finish(status, 0, errorCode);
    return;
  }
  if (exchange.unreadBody) endAfterLinger(exchange.req, res, body!);
  else if (length <= INLINE_BODY) res.end(latin1(body!), 'latin1');
  else res.end(body);
  exchange.finish(status, length, errorCode);
}

/** Each byte a character. */
export function latin1(bytes: Uint8Array): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1');
}

/** Adds what every answer carries and hands the head to node. */
export function writeHead(exchange: Exchange, status: number, headers: string[]): void {
  const { res, context } = exchange;
  headers.push('X-Request-Id', exchange.requestId);
  if (exchange.info !== null) addFunctionHeaders(exchange, status, headers);
  if (exchange.cors !== null) applyCors(exchange.cors, exchange.req.headers.origin, headers);
  if (exchange.closeAfter || context.stopping) headers.push('Connection', 'close');
  try {
    res.writeHead(status, headers);
  } catch {
    // A name or value that HTTP cannot carry. Checked only now: node looks at every header anyway.
    const kept = writableHeaders(headers, (name) =>
      context.logger.log(
        'warn',
        `Dropped the response header "${printable(name)}": its name or value is not valid in HTTP.`,
        {
          fn: exchange.fn?.key,
          request_id: exchange.requestId,
        },
      ),
    );
    res.writeHead(status, kept);
  }
}

function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
}
