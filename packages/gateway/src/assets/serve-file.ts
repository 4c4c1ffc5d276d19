import type { ReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Exchange } from '../exchange.js';
import {
  acceptedEncoding,
  chooseEncoding,
  compressor,
  type Encoding,
  encodedHeaders,
} from '../policies/compression/compress.js';
import { respondWhole } from '../respond/respond-whole.js';
import { writeHead, writeWhole } from '../respond/write.js';
import { askLibrary, discard, READ_LENGTH } from './ask-library.js';
import type { Assets } from './assets.js';
import type { AssetFile } from './index-assets.js';

/**
 * Answers with a file: GET and HEAD, conditional requests, one range, precompressed siblings, else compressed on the way.
 * @returns false when the file is gone or cannot be read; nothing has been answered then.
 */
export async function serveFile(exchange: Exchange, { root, small }: Assets, asset: AssetFile): Promise<boolean> {
  const variant = chooseVariant(asset, exchange.headers.get('accept-encoding'));
  const whole = wantsWhole(exchange);
  const kept = whole ? await small.get(variant.file) : null;
  if (kept !== null) {
    if (!exchange.finished) respondWhole(exchange, 200, fileHeaders(asset, variant, kept.headers), kept.body);
    return true;
  }
  const before = whole ? await small.look(variant.file) : null;
  const { type, statusCode, headers, stream } = await askLibrary(exchange.req, root, variant.file);
  if (exchange.finished) {
    discard(stream);
    return true;
  }
  if (statusCode === 412 || statusCode === 416) {
    const range = headers['Content-Range'];
    writeWhole(exchange, statusCode, range === undefined ? [] : ['Content-Range', range], null, null);
    return true;
  }
  if (type !== 'file') return false;
  const head = fileHeaders(asset, variant, headers);
  if (statusCode === 304) {
    writeWhole(exchange, 304, head, null, null);
    return true;
  }
  const length = Number(headers['Content-Length']);
  if (length > READ_LENGTH || exchange.method === 'HEAD') {
    const encoding = chooseEncoding(exchange.headers, statusCode, head, length);
    if (encoding !== null) encodedHeaders(head, encoding);
    else head.push('Content-Length', `${length}`);
    if (exchange.method !== 'HEAD') {
      return sendStream(exchange, statusCode, head, { stream: stream as ReadStream, length, encoding });
    }
    writeHead(exchange, statusCode, head);
    exchange.res.end();
    exchange.finish(statusCode, 0, null);
    return true;
  }
  // One read: before the head leaves, so that both go together and a failure can still be answered.
  const body = await buffer(stream).catch(() => null);
  if (body === null) return false;
  respondWhole(exchange, statusCode, head, body);
  if (whole && statusCode === 200) await small.keep(variant.file, before, headers, body);
  return true;
}

/** Neither a part of the file nor its bytes only under a condition. */
function wantsWhole({ method, headers }: Exchange): boolean {
  return (
    method === 'GET' &&
    !headers.has('range') &&
    !headers.has('if-none-match') &&
    !headers.has('if-modified-since') &&
    !headers.has('if-match') &&
    !headers.has('if-unmodified-since')
  );
}

interface FileBody {
  readonly stream: ReadStream;
  /** Of the file, bytes. */
  readonly length: number;
  /** To compress with; null: as it is. */
  readonly encoding: Encoding | null;
}

/** Resolves when the file is open and the head has left, or with false when it cannot be opened. */
function sendStream(
  exchange: Exchange,
  status: number,
  headers: string[],
  { stream, length, encoding }: FileBody,
): Promise<boolean> {
  return new Promise((resolve) => {
    stream.on('error', () => {
      if (exchange.messages.begun) exchange.breakOff(status, 'internal_error');
      resolve(exchange.finished);
    });
    stream.once('open', () => {
      resolve(true);
      if (exchange.finished) {
        stream.destroy();
        return;
      }
      const sent: Readable = encoding === null ? stream : stream.pipe(compressor(encoding).transform);
      exchange.attach({
        cancel() {
          stream.destroy();
          sent.destroy();
        },
        credit() {},
      });
      writeHead(exchange, status, headers);
      stream.once('end', () => {
        // A file that shrank meanwhile: the client waits for bytes that will never come.
        if (stream.bytesRead < length) exchange.breakOff(status, 'internal_error');
      });
      sent.once('end', () => exchange.finish(status, length, null));
      sent.pipe(exchange.res);
    });
  });
}

interface Variant {
  readonly file: string;
  readonly encoding: 'br' | 'gzip' | null;
}

function chooseVariant(asset: AssetFile, accepted: string | undefined): Variant {
  if (accepted !== undefined && (asset.br !== null || asset.gzip !== null)) {
    const best = acceptedEncoding(accepted);
    if (best === 'br' && asset.br !== null) return { file: asset.br, encoding: 'br' };
    // A client that takes brotli takes gzip as well, in all but name; ask rather than guess.
    const takesGzip = best === 'gzip' || /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted);
    if (takesGzip && asset.gzip !== null) return { file: asset.gzip, encoding: 'gzip' };
  }
  return { file: asset.file, encoding: null };
}

/** Ours first, then what the library says about these bytes. The length comes with the body. */
function fileHeaders(asset: AssetFile, { encoding }: Variant, facts: Readonly<Record<string, string>>): string[] {
  const headers = [
    'Content-Type',
    asset.contentType,
    'Cache-Control',
    asset.cacheControl,
    'X-Content-Type-Options',
    'nosniff',
  ];
  for (const name in facts) if (name !== 'Content-Length') headers.push(name, facts[name]!);
  if (encoding !== null) headers.push('Content-Encoding', encoding);
  if (asset.br !== null || asset.gzip !== null) headers.push('Vary', 'Accept-Encoding');
  return headers;
}
