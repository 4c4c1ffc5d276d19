import type { ProxyDirective } from '@fastfn/core';
import { HOP_BY_HOP, headerValue, writableHeaders } from '../headers.js';
import { formatTraceparent, type TraceContext } from '../tracing/trace-context.js';

/** Set by the connection itself; a Host of the handler's choice would undo `allow_hosts`. */
const REFUSED: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'host', 'content-length', 'expect']);

/**
 * Headers for the upstream, alternating names and values: those the handler listed, and nothing of the client's but the
 * trace that the request belongs to.
 */
export function upstreamHeaders(headers: ProxyDirective['headers'], trace: TraceContext | null = null): string[] {
  const listed: string[] = [];
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (REFUSED.has(name.toLowerCase())) continue;
    for (const one of typeof value === 'string' ? [value] : value) listed.push(name, one);
  }
  if (trace !== null && headerValue(listed, 'traceparent') === null) {
    listed.push('traceparent', formatTraceparent(trace));
    if (trace.state !== null && headerValue(listed, 'tracestate') === null) listed.push('tracestate', trace.state);
  }
  return writableHeaders(listed, () => {});
}
