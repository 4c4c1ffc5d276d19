import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  gzip,
  gzipSync,
} from 'node:zlib';
import Negotiator from 'negotiator';
import { addVary, headerValue } from '../../headers.js';
import type { RequestHeaders } from '../../request-headers.js';

export type Encoding = 'br' | 'gzip';

/** Bodies below this stay as they are, bytes. SPEC §3. */
export const MIN_COMPRESSED_LENGTH = 1024;
/** Up to here compressing at once is cheaper than a trip to the thread pool, bytes. */
const SYNC_LENGTH = 16_384;
/** Good for answers made on the fly: near gzip's speed, smaller. */
const BROTLI_QUALITY = 4;

const COMPRESSIBLE =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-javascript|ecmascript|x-ndjson|manifest\+json|wasm|graphql)\b|image\/svg\+xml)/i;
const NO_TRANSFORM = /\bno-transform\b/i;
const PREFERRED: readonly Encoding[] = ['br', 'gzip'];

/**
 * Whether and how to compress an answer. Adds `Vary` to `headers` when another client would get another encoding.
 * @param length of the body; null for a stream.
 */
export function chooseEncoding(
  request: RequestHeaders,
  status: number,
  headers: string[],
  length: number | null,
): Encoding | null {
  if (length !== null && length < MIN_COMPRESSED_LENGTH) return null;
  if (status === 206) return null;
  const type = headerValue(headers, 'content-type');
  if (type === null || !COMPRESSIBLE.test(type)) return null;
  if (headerValue(headers, 'content-encoding') !== null || headerValue(headers, 'content-range') !== null) return null;
  const cacheControl = headerValue(headers, 'cache-control');
  if (cacheControl !== null && NO_TRANSFORM.test(cacheControl)) return null;
  addVary(headers, 'Accept-Encoding');
  const accepted = request.get('accept-encoding');
  return accepted === undefined ? null : acceptedEncoding(accepted);
}

/** The best of br and gzip that an Accept-Encoding header allows; null when neither beats sending as it is. */
export function acceptedEncoding(header: string): Encoding | null {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const negotiator: PreferringNegotiator = new Negotiator({ headers: { 'accept-encoding': header } });
  const best = negotiator.encoding([...PREFERRED, 'identity'], { preferred: PREFERRED });
  const encoding = best === 'br' || best === 'gzip' ? best : null;
  if (remembered.size < REMEMBERED_LIMIT && header.length <= 256) remembered.set(header, encoding);
  return encoding;
}

/** negotiator 1.x; its published types are those of 0.6. */
interface PreferringNegotiator {
  encoding(available: readonly string[], options: { readonly preferred: readonly string[] }): string | undefined;
}

/** Clients send a handful of different values. A cache of pure results, so sharing it is harmless. */
const remembered = new Map<string, Encoding | null>();
const REMEMBERED_LIMIT = 256;

/** Marks an answer as encoded. A strong ETag names exact bytes, which these no longer are. */
export function encodedHeaders(headers: string[], encoding: Encoding): void {
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!;
    if (headers[i]!.toLowerCase() === 'etag' && value.startsWith('"')) headers[i + 1] = `W/${value}`;
  }
  headers.push('Content-Encoding', encoding);
}

const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } };

/** Calls back at once for small bodies. */
export function compressWhole(
  encoding: Encoding,
  body: Uint8Array,
  done: (error: Error | null, compressed: Uint8Array) => void,
): void {
  if (body.length <= SYNC_LENGTH) {
    done(null, encoding === 'br' ? brotliCompressSync(body, brotliOptions) : gzipSync(body));
  } else if (encoding === 'br') brotliCompress(body, brotliOptions, done);
  else gzip(body, done);
}

/** Compresses a stream piece by piece; each piece can leave at once. */
export interface Compressor {
  readonly transform: ReturnType<typeof createGzip> | ReturnType<typeof createBrotliCompress>;
  readonly flushKind: number;
}

export function compressor(encoding: Encoding): Compressor {
  return encoding === 'br'
    ? { transform: createBrotliCompress(brotliOptions), flushKind: constants.BROTLI_OPERATION_FLUSH }
    : { transform: createGzip(), flushKind: constants.Z_SYNC_FLUSH };
}
