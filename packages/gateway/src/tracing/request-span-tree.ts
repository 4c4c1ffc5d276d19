import type { FastFnError, InvocationInfo } from '@fastfn/core';
import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { Exchange } from '../exchange.js';
import type { RequestRecord } from '../options.js';
import type { TraceContext } from './trace-context.js';
import type { RequestSpans } from './tracing.js';

type Api = typeof import('@opentelemetry/api');

/**
 * One request as OpenTelemetry spans, named and described by its semantic conventions for HTTP and FaaS:
 *
 *     GET /users/:id          the whole request
 *     ├─ route                until it is settled who answers
 *     ├─ invoke users/[id].js until the function has begun to answer
 *     │  └─ queue             waiting for a place and a worker
 *     ├─ proxy                an upstream that the function named
 *     └─ render               from the first byte of the answer to the last
 *
 * Times are those of `performance.now()`. Queries, headers and bodies are never part of a span: they hold secrets.
 */
export class RequestSpanTree implements RequestSpans {
  readonly #root: Span;
  readonly #context: Context;
  readonly #state: string | null;
  #invoke: Span | null = null;
  #invokedAt = 0;
  #proxy: Span | null = null;
  #answeredAt = 0;

  constructor(
    private readonly api: Api,
    private readonly tracer: Tracer,
    private readonly exchange: Exchange,
  ) {
    const parent = parentContext(api, exchange.traceContext);
    this.#state = exchange.traceContext?.state ?? null;
    this.#root = tracer.startSpan(
      exchange.method,
      {
        kind: api.SpanKind.SERVER,
        startTime: exchange.startedAt,
        attributes: { 'http.request.method': exchange.method, 'client.address': exchange.clientIp },
      },
      parent,
    );
    this.#context = api.trace.setSpan(parent, this.#root);
  }

  get traceId(): string {
    return this.#root.spanContext().traceId;
  }

  get current(): TraceContext {
    const { traceId, spanId, traceFlags } = (this.#proxy ?? this.#invoke ?? this.#root).spanContext();
    return { traceId, spanId, flags: traceFlags, state: this.#state };
  }

  routed(): void {
    this.#child('route', this.exchange.startedAt, this.api.SpanKind.INTERNAL).end(performance.now());
  }

  invoking(): void {
    const { fn } = this.exchange;
    this.#invokedAt = performance.now();
    this.#invoke = this.#child(`invoke ${fn!.name}`, this.#invokedAt, this.api.SpanKind.INTERNAL, {
      'faas.name': fn!.name,
      'faas.version': fn!.version,
      'fastfn.runtime': fn!.runtime,
    });
  }

  proxying(method: string, host: string | null, info: InvocationInfo): void {
    this.#endInvoke(info, null);
    this.#proxy = this.#child('proxy', performance.now(), this.api.SpanKind.CLIENT, {
      'http.request.method': method,
      ...(host !== null && { 'server.address': host }),
    });
  }

  answered(status: number, info: InvocationInfo): void {
    this.#endInvoke(info, null);
    this.#endProxy(status, null);
    this.#answeredAt = performance.now();
  }

  failed(error: FastFnError, info: InvocationInfo | null): void {
    this.#endInvoke(info, error);
    this.#endProxy(null, error);
    this.#answeredAt ||= performance.now();
  }

  end(record: RequestRecord): void {
    const now = performance.now();
    this.#endInvoke(null, null);
    this.#endProxy(null, null);
    if (this.#answeredAt > 0) this.#child('render', this.#answeredAt, this.api.SpanKind.INTERNAL).end(now);
    this.#root.updateName(record.route === null ? record.method : `${record.method} ${record.route}`);
    this.#root.setAttributes({
      'url.path': record.path,
      'http.response.status_code': record.status,
      'http.response.body.size': record.bytes,
      'fastfn.request_id': record.requestId,
      ...(record.route !== null && { 'http.route': record.route }),
    });
    if (record.errorCode !== null) this.#root.setAttribute('error.type', record.errorCode);
    if (record.status >= 500) this.#root.setStatus({ code: this.api.SpanStatusCode.ERROR });
    this.#root.end(now);
  }

  #child(name: string, startTime: number, kind: SpanKind, attributes: Attributes = {}, parent = this.#context): Span {
    return this.tracer.startSpan(name, { kind, startTime, attributes }, parent);
  }

  #endInvoke(info: InvocationInfo | null, error: FastFnError | null): void {
    const span = this.#invoke;
    if (span === null) return;
    this.#invoke = null;
    const now = performance.now();
    if (info !== null) {
      span.setAttribute('faas.coldstart', info.state === 'cold');
      this.#queue(span, info, now);
    }
    this.#end(span, error, now);
  }

  /** A call that was never given to a worker has waited all the time. */
  #queue(parent: Span, { queued, queueMs = 0, socketIndex }: InvocationInfo, now: number): void {
    const neverServed = socketIndex === 0;
    if (queueMs === 0 && !(queued && neverServed)) return;
    const end = neverServed ? now : Math.min(now, this.#invokedAt + queueMs);
    const context = this.api.trace.setSpan(this.#context, parent);
    this.#child('queue', this.#invokedAt, this.api.SpanKind.INTERNAL, {}, context).end(end);
  }

  #endProxy(status: number | null, error: FastFnError | null): void {
    const span = this.#proxy;
    if (span === null) return;
    this.#proxy = null;
    if (status !== null) span.setAttribute('http.response.status_code', status);
    this.#end(span, error, performance.now());
  }

  #end(span: Span, error: FastFnError | null, now: number): void {
    if (error !== null) {
      span.setAttribute('error.type', error.code);
      span.setStatus({ code: this.api.SpanStatusCode.ERROR });
    }
    span.end(now);
  }
}

function parentContext({ trace, ROOT_CONTEXT, createTraceState }: Api, sent: TraceContext | null): Context {
  if (sent === null) return ROOT_CONTEXT;
  const { traceId, spanId, flags, state } = sent;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    traceState: state === null ? undefined : createTraceState(state),
    isRemote: true,
  });
}
