import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { HOP_BY_HOP } from '../headers.js';
import { chooseEncoding, compressor, encodedHeaders } from '../policies/compression/compress.js';
import { announcedLength } from '../proxy/answer-headers.js';
import { BodyStream } from './body-stream.js';
import { respondWhole } from './respond-whole.js';
import { isBodiless, writeHead } from './write.js';

/** Response headers that are the gateway's to set, lower case. */
const OURS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'content-length',
  'x-request-id',
  'x-fastfn-function-state',
  'x-fastfn-warmed',
  'x-fastfn-queued',
]);

/**
 * Answers with what a function (or an upstream) gave.
 * @param given alternating names and values, as given.
 * @param end `body` is all of it.
 */
export function respondHead(
  exchange: Exchange,
  status: number,
  given: readonly string[],
  body: Uint8Array | null,
  end: boolean,
): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    exchange.cancel('canceled');
    throw new FastFnError(
      'invalid_response',
      `The handler answered with status ${status}; it must be from 200 to 599.`,
    );
  }
  const limit = exchange.fn!.policy.maxResponseBytes;
  if (limit > 0 && body !== null && body.length > limit) {
    exchange.cancel('canceled');
    throw responseTooLarge(limit);
  }
  const headers = keptHeaders(given);
  if (end) {
    respondWhole(exchange, status, headers, body, given);
    return;
  }

  const encoding = isBodiless(status) ? null : chooseEncoding(exchange.headers, status, headers, null);
  if (encoding !== null) encodedHeaders(headers, encoding);
  else if (exchange.fromUpstream && !isBodiless(status)) keepLength(headers, given);
  if (isBodiless(status) || exchange.method === 'HEAD') {
    writeHead(exchange, status, headers);
    exchange.res.end();
    exchange.cancel('canceled');
    exchange.finish(status, 0, null);
    return;
  }
  writeHead(exchange, status, headers);
  const stream = new BodyStream(exchange, status, limit, encoding === null ? null : compressor(encoding));
  exchange.startStream(stream);
  if (body !== null && body.length > 0) stream.write(body, false);
  else exchange.res.flushHeaders();
}

/** A handler's own word on the length of a stream is not taken: nobody holds it to that. */
function keepLength(headers: string[], given: readonly string[]): void {
  const length = announcedLength(given);
  if (length !== null) headers.push('Content-Length', length);
}

export function responseTooLarge(limit: number): FastFnError {
  return new FastFnError('response_too_large', `The response is larger than ${limit} bytes.`, {
    details: { max_response_bytes: limit },
  });
}

function keptHeaders(given: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i]!;
    if (!OURS.has(name.toLowerCase())) kept.push(name, given[i + 1]!);
  }
  return kept;
}
