import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { lookup } from 'mrmime';
import type { Exchange } from '../exchange.js';
import { acceptedEncoding } from '../respond/compress.js';
import { writeHead, writeWhole } from '../respond/write.js';
import { type ByteRange, parseRange } from './byte-range.js';
import { cacheControl } from './cache-control.js';
import { isFresh, rangeApplies, type Validators } from './conditional.js';
import type { AssetFile } from './index-assets.js';

/** Files up to this are read whole, so that head and body leave together, bytes. */
const WHOLE_LENGTH = 65_536;

/**
 * Answers with a file: GET and HEAD, conditional requests, one range, precompressed siblings.
 * @returns false when the file is gone; nothing has been answered then.
 */
export async function serveFile(exchange: Exchange, asset: AssetFile): Promise<boolean> {
  const variant = chooseVariant(asset, exchange.req.headers['accept-encoding']);
  let handle: FileHandle;
  try {
    handle = await open(variant.file, 'r');
  } catch {
    return false;
  }
  let handedOver = false;
  try {
    // Facts of the opened file, not of its name: a file replaced meanwhile is served whole, old or new.
    const { size, mtimeMs } = await handle.stat();
    const validators: Validators = {
      etag: `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}${variant.encoding === null ? '' : `-${variant.encoding}`}"`,
      modifiedMs: Math.floor(mtimeMs / 1000) * 1000,
    };
    const headers = fileHeaders(asset, variant, validators);
    if (exchange.finished) return true;
    if (isFresh(exchange.req.headers, validators)) {
      writeWhole(exchange, 304, headers, null, null);
      return true;
    }
    const { range: rangeHeader } = exchange.req.headers;
    const range = rangeApplies(exchange.req.headers, validators) ? parseRange(rangeHeader, size) : null;
    if (range === 'unsatisfiable') {
      writeWhole(exchange, 416, ['Content-Range', `bytes */${size}`], null, null);
      return true;
    }
    if (range !== null) headers.push('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
    const part = range ?? { start: 0, end: size - 1 };
    handedOver = await sendPart(exchange, handle, range === null ? 200 : 206, headers, part);
    return true;
  } finally {
    if (!handedOver) await handle.close();
  }
}

/** @returns whether a stream has taken the handle over, and closes it. */
async function sendPart(
  exchange: Exchange,
  handle: FileHandle,
  status: number,
  headers: string[],
  { start, end }: ByteRange,
): Promise<boolean> {
  const length = end - start + 1;
  if (exchange.method === 'HEAD') {
    headers.push('Content-Length', String(length));
    writeHead(exchange, status, headers);
    exchange.res.end();
    exchange.finish(status, 0, null);
    return false;
  }
  if (length <= WHOLE_LENGTH) {
    const body = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(body, 0, length, start);
    writeWhole(exchange, status, headers, body.subarray(0, bytesRead), null);
    return false;
  }
  headers.push('Content-Length', String(length));
  writeHead(exchange, status, headers);
  const stream = createReadStream('', { fd: handle, start, end });
  exchange.attach({ cancel: () => stream.destroy(), credit() {} });
  stream.on('error', () => exchange.breakOff(status, 'internal_error'));
  stream.on('end', () => exchange.finish(status, length, null));
  stream.pipe(exchange.res);
  return true;
}

interface Variant {
  readonly file: string;
  readonly encoding: 'br' | 'gzip' | null;
}

function chooseVariant(asset: AssetFile, accepted: string | string[] | undefined): Variant {
  if (typeof accepted === 'string' && (asset.br !== null || asset.gzip !== null)) {
    const best = acceptedEncoding(accepted);
    if (best === 'br' && asset.br !== null) return { file: asset.br, encoding: 'br' };
    // A client that takes brotli takes gzip as well, in all but name; ask rather than guess.
    const takesGzip = best === 'gzip' || /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted);
    if (takesGzip && asset.gzip !== null) return { file: asset.gzip, encoding: 'gzip' };
  }
  return { file: asset.file, encoding: null };
}

function fileHeaders(asset: AssetFile, variant: Variant, { etag, modifiedMs }: Validators): string[] {
  const headers = [
    'Content-Type',
    contentType(asset.name),
    'ETag',
    etag,
    'Last-Modified',
    new Date(modifiedMs).toUTCString(),
    'Cache-Control',
    cacheControl(asset.name),
    'Accept-Ranges',
    'bytes',
    'X-Content-Type-Options',
    'nosniff',
  ];
  if (variant.encoding !== null) headers.push('Content-Encoding', variant.encoding);
  if (asset.br !== null || asset.gzip !== null) headers.push('Vary', 'Accept-Encoding');
  return headers;
}

function contentType(name: string): string {
  const type = lookup(name) ?? 'application/octet-stream';
  return /^(?:text\/|application\/(?:javascript|json|manifest\+json|xml)|image\/svg)/.test(type)
    ? `${type}; charset=utf-8`
    : type;
}
