import type { Exchange } from '../exchange.js';
import { writableHeaders } from '../headers.js';
import { applyCors } from '../policies/cors/headers.js';
import { addFunctionHeaders } from './function-headers.js';
import { endAfterLinger } from './linger.js';
import { plainHead } from './plain-head.js';

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
  const hasBody = body !== null && body.length > 0 && !isBodiless(status) && exchange.method !== 'HEAD';
  const length = hasBody ? body.length : 0;
  if (!isBodiless(status)) headers.push('Content-Length', `${body === null ? 0 : body.length}`);
  const foreign = completeHead(exchange, status, headers);
  const head = isPlain(exchange) ? plainHead(status, headers, foreign, exchange.ts) : null;
  if (head !== null) exchange.messages.send(head, hasBody ? body : null);
  else {
    handHead(exchange, status, headers);
    const { res } = exchange;
    if (hasBody && exchange.unreadBody) endAfterLinger(exchange.req, res, body);
    else if (hasBody) res.end(body);
    else res.end();
  }
  exchange.finish(status, length, errorCode);
}

/** Nothing about this exchange asks for more than one write on a connection that stays open. */
function isPlain({ context, messages, method, closeAfter, unreadBody }: Exchange): boolean {
  return messages.plain && method !== 'HEAD' && !closeAfter && !unreadBody && !context.stopping;
}

/** Adds what every answer carries and hands the head to node. */
export function writeHead(exchange: Exchange, status: number, headers: string[]): void {
  completeHead(exchange, status, headers);
  handHead(exchange, status, headers);
}

/** @returns how many of the strings came from elsewhere and may be nothing that HTTP can carry; they come first. */
function completeHead(exchange: Exchange, status: number, headers: string[]): number {
  if (exchange.cors !== null) applyCors(exchange.cors, exchange.headers.get('origin'), headers);
  const foreign = headers.length;
  headers.push('X-Request-Id', exchange.requestId);
  if (exchange.info !== null) addFunctionHeaders(exchange, status, headers);
  if (exchange.closeAfter || exchange.context.stopping) headers.push('Connection', 'close');
  return foreign;
}

function handHead(exchange: Exchange, status: number, headers: string[]): void {
  const { res, context } = exchange;
  try {
    res.writeHead(status, headers);
  } catch {
    // A name or value that HTTP cannot carry.
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
