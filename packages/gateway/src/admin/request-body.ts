import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { bodyTooLarge } from '../policies/body-limit/read-body.js';
import { refuseBody } from '../respond/refuse-body.js';

/** Largest body of an admin call unless the endpoint says otherwise. */
export const ADMIN_BODY_BYTES = 2 * 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The JSON object in a request's body.
 * @throws FastFnError `payload_too_large`; `bad_request` for anything that is no JSON object in UTF-8.
 */
export async function readJson(exchange: Exchange, limit = ADMIN_BODY_BYTES): Promise<JsonObject> {
  const bytes = await readBytes(exchange, limit);
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FastFnError('bad_request', 'The body must be a JSON object.');
  }
  return value as JsonObject;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body, which may hold secrets.
    throw new FastFnError('bad_request', 'The body is not valid JSON.');
  }
}

function readBytes(exchange: Exchange, limit: number): Promise<Buffer> {
  const { req, res } = exchange;
  const tooLarge = (): FastFnError => {
    const error = bodyTooLarge(limit);
    refuseBody(exchange, error);
    return error;
  };
  if (Number(exchange.headers.get('content-length') ?? 0) > limit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      req.off('data', onData);
      reject(tooLarge());
    };
    req.on('data', onData);
    req.once('end', () => resolve(Buffer.concat(chunks, size)));
    // Nobody waits for the rest: the exchange has booked the client's leaving.
    req.once('close', () => reject(new FastFnError('client_closed', 'The client left.')));
    if (exchange.headers.has('expect')) res.writeContinue();
  });
}
