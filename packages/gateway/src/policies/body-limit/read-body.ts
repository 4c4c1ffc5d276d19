import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { refuseBody } from '../../respond/refuse-body.js';

/** What comes in one read needs no gathering, bytes. */
const ONE_READ = 65_536;

/** So much room is made on a client's word, bytes; untouched it costs address space only. */
const TRUSTED = 4_194_304;

/** Whether a body follows the headers. Without one nobody needs to wait for the request's end. */
function hasBody(exchange: Exchange): boolean {
  const { headers } = exchange.req;
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

/** Collects the whole body, bounded by the function's `max_body_bytes`. Encoded bodies pass as they are. */
export function readBody(exchange: Exchange): boolean {
  if (!hasBody(exchange)) return true;
  const { req, res } = exchange;
  const limit = exchange.fn!.policy.maxBodyBytes;
  // Gathered where it will stay, when its length is known: chunks that live long are dear to collect.
  const announced = Number(req.headers['content-length'] ?? 0);
  const whole = announced > ONE_READ && announced <= TRUSTED ? Buffer.allocUnsafeSlow(announced) : null;
  const chunks: Uint8Array[] = [];
  let size = 0;

  const onData = (chunk: Uint8Array): void => {
    if (whole !== null) whole.set(chunk, size);
    size += chunk.length;
    if (size <= limit) {
      if (whole === null) chunks.push(chunk);
      return;
    }
    req.off('data', onData);
    req.off('end', onEnd);
    refuseBody(exchange, bodyTooLarge(limit));
  };
  const onEnd = (): void => {
    exchange.body = whole ?? (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    exchange.advance();
  };
  req.on('data', onData);
  req.on('end', onEnd);
  if (req.headers.expect !== undefined) res.writeContinue();
  return false;
}

export function bodyTooLarge(limit: number): FastFnError {
  return new FastFnError('payload_too_large', `The request body is larger than ${limit} bytes.`, {
    details: { max_body_bytes: limit },
  });
}
