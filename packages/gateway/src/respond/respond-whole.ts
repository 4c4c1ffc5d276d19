import type { Exchange } from '../exchange.js';
import { headerValue } from '../headers.js';
import { chooseEncoding, compressWhole, type Encoding, encodedHeaders } from '../policies/compression/compress.js';
import { isBodiless, writeHead, writeWhole } from './write.js';

/**
 * Answers with a whole body, compressed when that is worth it and the client takes it. SPEC §3.
 * @param headers alternating names and values without a length; taken over.
 * @param given headers as the handler gave them, with the length that it may have announced for HEAD.
 */
export function respondWhole(
  exchange: Exchange,
  status: number,
  headers: string[],
  body: Uint8Array | null,
  given: readonly string[] = [],
): void {
  const length = body === null ? 0 : body.length;
  const encoding =
    length === 0 || isBodiless(status) ? null : chooseEncoding(exchange.headers, status, headers, length);
  if (exchange.method === 'HEAD') respondToHead(exchange, status, headers, length, encoding, given);
  else if (encoding === null) writeWhole(exchange, status, headers, body, null);
  else {
    encodedHeaders(headers, encoding);
    compressWhole(encoding, body!, (error, compressed) => {
      if (error) exchange.fail(error);
      else writeWhole(exchange, status, headers, compressed, null);
    });
  }
}

/** The head a GET would have got. Compressing only to count is not worth it: then the length is left out. */
function respondToHead(
  exchange: Exchange,
  status: number,
  headers: string[],
  length: number,
  encoding: Encoding | null,
  given: readonly string[],
): void {
  if (encoding !== null) encodedHeaders(headers, encoding);
  else if (!isBodiless(status)) {
    // A handler that answers HEAD itself has no body to count, but may say how long it would be.
    const said = length === 0 ? headerValue(given, 'content-length') : null;
    headers.push('Content-Length', said !== null && /^\d{1,15}$/.test(said) ? said : `${length}`);
  }
  writeHead(exchange, status, headers);
  exchange.res.end();
  exchange.finish(status, 0, null);
}
