import { METHODS, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastFnError } from '@fastfn/core';
import type { RequestRecord } from '../options.js';
import { pathForLog } from '../request.js';
import { errorBody } from './error-body.js';

/** What node reports about bytes that never became a request. */
export interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** A well-formed request line. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) \S+ HTTP\/1\.[01]\r\n/;

/** The error answer for bytes that are no request; null when there is nobody to answer (reset, hang-up). */
export function parserFault(error: ParserError): FastFnError | null {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new FastFnError('headers_too_large', 'The request line and headers are larger than the server accepts.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new FastFnError('bad_request', 'The request did not arrive in time.', { status: 408 });
    case 'HPE_INVALID_METHOD':
      if (error.rawPacket && hasUnknownMethod(error.rawPacket)) {
        return new FastFnError('method_not_allowed', 'The server does not know this method.', { status: 501 });
      }
      return malformed();
    default:
      return error.code?.startsWith('HPE_') ? malformed() : null;
  }
}

/** The packet may begin with a good request and go bad after it. */
function hasUnknownMethod(packet: Buffer): boolean {
  const method = REQUEST_LINE.exec(packet.toString('latin1', 0, 1024))?.[1];
  return method !== undefined && !METHODS.includes(method);
}

function malformed(): FastFnError {
  return new FastFnError('bad_request', 'The request is not valid HTTP/1.1.');
}

/** Writes an error answer straight to a connection that has no request object, and closes it. */
export function answerRaw(socket: Socket, error: FastFnError, requestId: string): void {
  const body = `${JSON.stringify(errorBody(error, requestId, false))}\n`;
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * The line in the log for bytes that were refused before they were a request.
 * @param method `-` when it is not known, as in other servers' logs; the same for `url`.
 */
export function refusedRecord(
  clientIp: string,
  error: FastFnError,
  requestId: string,
  method = '-',
  url = '-',
): RequestRecord {
  return {
    method,
    path: pathForLog(url),
    route: null,
    status: error.status,
    durationMs: 0,
    fn: null,
    runtime: null,
    state: null,
    bytes: 0,
    requestId,
    clientIp,
    traceId: null,
    errorCode: error.code,
  };
}
