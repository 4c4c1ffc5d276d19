import type { InvocationContext } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { formatTraceparent, readTraceContext, type TraceContext } from './trace-context.js';

/**
 * Finds out which trace a request belongs to, and opens its spans when somebody collects them.
 * @param caller of an internal call: its trace goes on, unless the call names one itself.
 */
export function beginTrace(exchange: Exchange, caller: Exchange | null = null): void {
  const traceparent = exchange.headers.get('traceparent');
  if (traceparent !== undefined) {
    exchange.traceContext = readTraceContext(traceparent, exchange.headers.get('tracestate'));
  }
  if (caller !== null) exchange.traceContext ??= currentTrace(caller);
  const { tracing } = exchange.context;
  if (tracing !== null) exchange.spans = tracing.begin(exchange);
}

/** What the next hop is told: our own span when there is one, else what the caller sent. */
export function currentTrace(exchange: Exchange): TraceContext | null {
  return exchange.spans?.current ?? exchange.traceContext;
}

/** The handler's `context` with the trace; the same object when there is none. */
export function withTraceparent(
  context: InvocationContext | null,
  trace: TraceContext | null,
): InvocationContext | null {
  return trace === null ? context : { ...context, traceparent: formatTraceparent(trace) };
}
