import type { FastFnError, InvocationInfo } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import type { RequestRecord } from '../options.js';
import type { TraceContext } from './trace-context.js';

/** Makes the spans of requests. A gateway without one spends nothing on them. */
export interface Tracing {
  /** Opens the span of a request. */
  begin(exchange: Exchange): RequestSpans;
}

/** The spans of one request, told in this order; what is left open at the end is ended there. */
export interface RequestSpans {
  readonly traceId: string;
  /** The innermost open span, as what comes next gets it. */
  readonly current: TraceContext;
  /** It is settled who answers. */
  routed(): void;
  /** The function is asked. */
  invoking(): void;
  /** The function asked for an upstream; `host` is null when it named none that can be read. */
  proxying(method: string, host: string | null, info: InvocationInfo): void;
  /** The function, or the upstream, has begun to answer. */
  answered(status: number, info: InvocationInfo): void;
  failed(error: FastFnError, info: InvocationInfo | null): void;
  end(record: RequestRecord): void;
}
