import type { IncomingHttpHeaders } from 'node:http';

/** What identifies the bytes of a file at a moment. */
export interface Validators {
  /** With quotes, possibly weak. */
  readonly etag: string;
  /** Epoch ms, whole seconds. */
  readonly modifiedMs: number;
}

/** Whether the client's copy is still good: 304. RFC 9110 §13.2.2: If-None-Match makes If-Modified-Since moot. */
export function isFresh(headers: IncomingHttpHeaders, { etag, modifiedMs }: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    if (tags.trim() === '*') return true;
    const bare = opaque(etag);
    return (tags.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => opaque(tag) === bare);
  }
  const since = headers['if-modified-since'];
  return since !== undefined && modifiedMs <= Date.parse(since);
}

/** Whether a Range may be honoured: If-Range, when sent, must name these very bytes. */
export function rangeApplies(headers: IncomingHttpHeaders, { etag, modifiedMs }: Validators): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  if (typeof condition !== 'string') return false;
  // A weak tag never proves byte equality.
  if (condition.includes('"')) return condition === etag && !etag.startsWith('W/');
  return Date.parse(condition) === modifiedMs;
}

function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}
