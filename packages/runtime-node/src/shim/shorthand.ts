import { isEnvelope, readEnvelope } from './envelope.js';
import { InvalidResponse } from './errors.js';
import type { Warn } from './headers.js';
import { complaint, describe, toJson } from './json.js';
import {
  asBytes,
  BYTES_TYPE,
  isBlob,
  isWebResponse,
  JSON_TYPE,
  NO_BYTES,
  type Reply,
  TEXT_TYPE,
  textType,
  type WholeReply,
} from './reply.js';
import { asSource } from './source.js';
import { readWebResponse } from './web-response.js';

// Built once: the encoder only reads them.
const JSON_HEADERS = ['content-type', JSON_TYPE];
const BYTES_HEADERS = ['content-type', BYTES_TYPE];
const TEXT_HEADERS = ['content-type', TEXT_TYPE];
const NO_HEADERS: readonly string[] = [];

/**
 * What the value that a handler returned means. SPEC §8.
 * @throws InvalidResponse when it is no response
 */
export function toReply(value: unknown, warn: Warn): Reply {
  switch (typeof value) {
    case 'string':
      return whole(['content-type', textType(value)], Buffer.from(value));
    case 'number':
      if (!Number.isFinite(value)) throw new InvalidResponse(complaint(String(value), ''));
      return whole(TEXT_HEADERS, Buffer.from(String(value)));
    case 'boolean':
      return whole(JSON_HEADERS, Buffer.from(value ? 'true' : 'false'));
    case 'undefined':
      return whole(NO_HEADERS, NO_BYTES);
    case 'object':
      return value === null ? whole(NO_HEADERS, NO_BYTES) : objectReply(value, warn);
    default:
      throw new InvalidResponse(complaint(describe(value), ''));
  }
}

function objectReply(value: object, warn: Warn): Reply {
  if (isEnvelope(value)) return readEnvelope(value, warn);
  if (!Array.isArray(value)) {
    const bytes = asBytes(value);
    if (bytes !== null) return whole(BYTES_HEADERS, bytes);
    if (isWebResponse(value)) return readWebResponse(value, warn);
    if (isBlob(value)) {
      return {
        kind: 'stream',
        status: 200,
        headers: ['content-type', value.type || BYTES_TYPE],
        typed: true,
        source: asSource(value.stream())!,
      };
    }
    const source = asSource(value);
    if (source !== null) return { kind: 'stream', status: 200, headers: NO_HEADERS, typed: false, source };
  }
  return whole(JSON_HEADERS, Buffer.from(toJson(value, '')));
}

function whole(headers: readonly string[], body: Uint8Array): WholeReply {
  return { kind: 'whole', status: 200, headers, body };
}
