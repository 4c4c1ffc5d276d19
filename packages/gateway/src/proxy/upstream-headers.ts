import type { ProxyDirective } from '@fastfn/core';
import { HOP_BY_HOP, writableHeaders } from '../headers.js';

/** Set by the connection itself; a Host of the handler's choice would undo `allow_hosts`. */
const REFUSED: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'host', 'content-length', 'expect']);

/** Headers for the upstream, alternating names and values: those the handler listed, and nothing of the client's. */
export function upstreamHeaders(headers: ProxyDirective['headers']): string[] {
  const listed: string[] = [];
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (REFUSED.has(name.toLowerCase())) continue;
    for (const one of typeof value === 'string' ? [value] : value) listed.push(name, one);
  }
  return writableHeaders(listed, () => {});
}
