import { decodeBase64 } from './base64.js';
import { setCookies } from './cookies.js';
import { toCsv } from './csv.js';
import { InvalidResponse } from './errors.js';
import { addHeader, findHeader, headerList, type Warn } from './headers.js';
import { describe, toJson } from './json.js';
import { readProxy } from './proxy.js';
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
} from './reply.js';
import { asSource } from './source.js';

/** The keys an envelope may have. SPEC §8. */
export interface Envelope {
  status?: unknown;
  statusCode?: unknown;
  headers?: unknown;
  cookies?: unknown;
  body?: unknown;
  is_base64?: unknown;
  isBase64Encoded?: unknown;
  body_base64?: unknown;
  proxy?: unknown;
}

/** True for keys that make an envelope by themselves; false for those that do so only with an integer. */
const KEYS: Readonly<Record<string, boolean>> = Object.assign(Object.create(null), {
  status: false,
  statusCode: false,
  headers: true,
  cookies: true,
  body: true,
  is_base64: true,
  isBase64Encoded: true,
  body_base64: true,
  proxy: true,
});

/** All keys are an envelope's, and one of them is more than a `status` that is no integer. SPEC §8. */
export function isEnvelope(value: object): value is Envelope {
  let enough = false;
  for (const key of Object.keys(value)) {
    const sufficient = KEYS[key];
    if (sufficient === undefined) return false;
    enough ||= sufficient || Number.isInteger((value as Record<string, unknown>)[key]);
  }
  return enough;
}

/** @throws InvalidResponse naming the key */
export function readEnvelope(envelope: Envelope, warn: Warn): Reply {
  if (envelope.proxy !== undefined && envelope.proxy !== null)
    return { kind: 'proxy', directive: readProxy(envelope.proxy) };
  const status = readStatus(envelope.status ?? envelope.statusCode);
  const headers = headerList(envelope.headers, warn);
  if (envelope.cookies !== undefined && envelope.cookies !== null) {
    for (const cookie of setCookies(envelope.cookies)) addHeader(headers, 'set-cookie', cookie, warn);
  }

  if (
    envelope.is_base64 ||
    envelope.isBase64Encoded ||
    (envelope.body_base64 !== undefined && envelope.body_base64 !== null)
  ) {
    const key = envelope.body_base64 === undefined || envelope.body_base64 === null ? 'body' : 'body_base64';
    return typed(status, headers, BYTES_TYPE, decodeBase64(envelope[key], key));
  }
  return readBody(status, headers, envelope.body);
}

function readStatus(status: unknown): number {
  if (status === undefined || status === null) return 200;
  if (!Number.isInteger(status) || (status as number) < 100 || (status as number) > 599) {
    throw new InvalidResponse(`\`status\` is ${describe(status)}; it must be an integer from 100 to 599.`);
  }
  return status as number;
}

function readBody(status: number, headers: string[], body: unknown): Reply {
  switch (typeof body) {
    case 'undefined':
      return { kind: 'whole', status, headers, body: NO_BYTES };
    case 'string':
      return typed(status, headers, textType(body), Buffer.from(body));
    case 'number':
      if (!Number.isFinite(body))
        throw new InvalidResponse(`The handler returned ${body} at \`body\`, which is no response.`);
      return typed(status, headers, TEXT_TYPE, Buffer.from(String(body)));
    case 'boolean':
      return typed(status, headers, JSON_TYPE, Buffer.from(String(body)));
    case 'object':
      break;
    default:
      throw new InvalidResponse(`The handler returned ${describe(body)} at \`body\`, which is no response.`);
  }
  if (body === null) return { kind: 'whole', status, headers, body: NO_BYTES };

  const type = findHeader(headers, 'content-type');
  if (Array.isArray(body)) {
    if (type !== null && /^text\/csv\b/i.test(type)) return typed(status, headers, type, Buffer.from(toCsv(body)));
    return typed(status, headers, JSON_TYPE, Buffer.from(toJson(body, 'body')));
  }
  const bytes = asBytes(body);
  if (bytes !== null) return typed(status, headers, BYTES_TYPE, bytes);
  if (isWebResponse(body))
    throw new InvalidResponse('`body` is a Response; return it by itself, or its `body` stream.');
  if (isBlob(body)) {
    if (type === null) headers.push('content-type', body.type || BYTES_TYPE);
    return { kind: 'stream', status, headers, typed: true, source: asSource(body.stream())! };
  }
  const source = asSource(body);
  if (source !== null) return { kind: 'stream', status, headers, typed: type !== null, source };
  return typed(status, headers, JSON_TYPE, Buffer.from(toJson(body, 'body')));
}

/** A whole reply, with the given type unless the handler named one. */
function typed(status: number, headers: string[], type: string, body: Uint8Array): Reply {
  if (findHeader(headers, 'content-type') === null) headers.push('content-type', type);
  return { kind: 'whole', status, headers, body };
}
