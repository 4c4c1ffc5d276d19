import type { Source } from './source.js';

/** What a handler's value means on the wire. */
export type Reply = WholeReply | StreamReply | ProxyReply;

export interface WholeReply {
  readonly kind: 'whole';
  readonly status: number;
  /** Alternating names and values; a name may repeat. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export interface StreamReply {
  readonly kind: 'stream';
  readonly status: number;
  readonly headers: readonly string[];
  /** False: the type follows from the first piece. */
  readonly typed: boolean;
  readonly source: Source;
}

export interface ProxyReply {
  readonly kind: 'proxy';
  readonly directive: ProxyDirective;
}

export interface ProxyDirective {
  url?: string;
  path?: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: Uint8Array;
  timeout_ms?: number;
  max_response_bytes?: number;
}

export const NO_BYTES: Uint8Array = Buffer.alloc(0);

export const JSON_TYPE = 'application/json';
export const TEXT_TYPE = 'text/plain; charset=utf-8';
export const HTML_TYPE = 'text/html; charset=utf-8';
export const BYTES_TYPE = 'application/octet-stream';

/** Text that begins like a page is one. SPEC §8. */
export function textType(text: string): string {
  return /^(?:<!doctype html|<html)/i.test(text) ? HTML_TYPE : TEXT_TYPE;
}

/** The bytes of a binary value, without a copy; null when it is none. */
export function asBytes(value: object): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  return null;
}

/** Looked at and not asked with `instanceof`: naming the global would load Node's fetch into every worker. */
export function isWebResponse(value: object): value is Response {
  const candidate = value as Partial<Response>;
  return (
    typeof candidate.arrayBuffer === 'function' &&
    typeof candidate.status === 'number' &&
    typeof candidate.headers?.getSetCookie === 'function'
  );
}

export function isBlob(value: object): value is Blob {
  const candidate = value as Partial<Blob>;
  return (
    typeof candidate.stream === 'function' && typeof candidate.size === 'number' && typeof candidate.type === 'string'
  );
}
