import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CorsPolicy,
  FastFnError,
  type FunctionSpec,
  type InvocationContext,
  type InvocationHandle,
  type InvocationInfo,
  type OutputStream,
  type ProxyDirective,
  type ResponseSink,
  type RouteMatch,
} from '@fastfn/core';
import type { App } from './app.js';
import type { Connection } from './connection.js';
import type { GatewayContext } from './context.js';
import { renderError } from './errors/render-error.js';
import type { RequestRecord } from './options.js';
import { deadlineOf } from './policies/deadline/deadline.js';
import { forward } from './proxy/forward.js';
import type { RequestHeaders } from './request-headers.js';
import type { BodyStream } from './respond/body-stream.js';
import type { CapturedOutput } from './respond/captured-output.js';
import { respondHead } from './respond/respond-head.js';
import type { Step } from './step.js';
import { currentTrace } from './tracing/begin.js';
import type { TraceContext } from './tracing/trace-context.js';
import type { RequestSpans } from './tracing/tracing.js';
import type { Messages } from './wire/messages.js';

const EMPTY = new Uint8Array(0);

/**
 * One request and its answer, from the first station of the chain to the last byte. It is the sink of its own
 * invocation, so that a call costs no closures.
 */
export class Exchange implements ResponseSink {
  /** The snapshot this request started with. */
  readonly app: App | null;
  /** Upper case. */
  readonly method: string;
  readonly headers: RequestHeaders;
  /** Epoch ms of arrival. */
  readonly ts = Date.now();
  /** Monotonic ms of arrival. */
  readonly startedAt = performance.now();

  requestId = '';
  clientIp = '';
  /** Host the client asked for, any case; forwarded when the peer is trusted. */
  host = '';
  rawPath = '';
  routePath = '';
  path = '';
  search = '';
  /** Null until something has settled who answers. */
  match: RouteMatch | null = null;
  fn: FunctionSpec | null = null;
  /** Origin of the caller and policy that allows it; their headers go onto every answer, errors included. */
  cors: CorsPolicy | null = null;
  body: Uint8Array = EMPTY;
  info: InvocationInfo | null = null;
  /** The answer is an upstream's: its parser holds it to the length that it announces. */
  fromUpstream = false;
  /** What only internal calls give the handler; null for public ones. */
  callContext: InvocationContext | null = null;
  /** Trace of the caller, as sent. */
  traceContext: TraceContext | null = null;
  /** Null when nobody collects spans. */
  spans: RequestSpans | null = null;
  /** What the handler printed; only when debug headers are on, or an internal call wants it. */
  output: CapturedOutput | null = null;
  /** The answer is complete, or will never be. */
  finished = false;
  /** The connection must not be used again after this answer. */
  closeAfter = false;
  /** The client may still be sending a body that nobody wants. */
  unreadBody = false;

  #step = 0;
  #handle: InvocationHandle | null = null;
  #stream: BodyStream | null = null;
  #pendingCredit = 0;
  /** Lost interest before the handle was known. */
  #canceled: 'client_closed' | 'canceled' | null = null;

  constructor(
    readonly context: GatewayContext,
    readonly connection: Connection,
    readonly messages: Messages,
    private readonly chain: readonly Step[] = context.chain,
  ) {
    this.app = context.app;
    this.method = messages.method;
    this.headers = messages.headers;
    connection.add(this);
  }

  /** node's own objects. A plain request becomes theirs when they are asked for, so ask only for what needs them. */
  get req(): IncomingMessage {
    return this.messages.req;
  }

  get res(): ServerResponse {
    return this.messages.res;
  }

  /** Runs the chain from where it stopped. */
  advance(): void {
    const { chain } = this;
    try {
      while (!this.finished && this.#step < chain.length) {
        if (!chain[this.#step++]!(this)) return;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Answers with an error. Anything but a FastFnError is our own fault. */
  fail(error: unknown): void {
    if (this.finished) return;
    if (error instanceof FastFnError) {
      renderError(this, error);
      return;
    }
    this.context.logger.log('error', 'A request failed inside FastFN.', {
      request_id: this.requestId,
      path: this.path,
      error,
    });
    renderError(this, new FastFnError('internal_error', 'FastFN failed to answer this request.', { cause: error }));
  }

  /** Takes the handle of what works on the answer, possibly after the answer has come, or an upstream took over. */
  attach(handle: InvocationHandle): void {
    if (this.#canceled !== null) handle.cancel(this.#canceled);
    if (this.finished || this.#handle !== null) return;
    this.#handle = handle;
    if (this.#pendingCredit > 0) {
      handle.credit(this.#pendingCredit);
      this.#pendingCredit = 0;
    }
  }

  /** The body of the answer follows in pieces. */
  startStream(stream: BodyStream): void {
    this.#stream = stream;
  }

  credit(bytes: number): void {
    if (this.#handle) this.#handle.credit(bytes);
    else this.#pendingCredit += bytes;
  }

  /** Stops whoever works on the answer; its callbacks end here. */
  cancel(reason: 'client_closed' | 'canceled'): void {
    if (this.#handle) this.#handle.cancel(reason);
    else this.#canceled = reason;
    this.#handle = null;
  }

  /** Books the end of the request. The last thing that happens to it, exactly once. */
  finish(status: number, bytes: number, errorCode: string | null): void {
    if (this.finished) return;
    this.finished = true;
    this.connection.remove(this);
    this.#stream = null;
    // An answer begun before the stop promised to keep the connection.
    if (this.context.stopping) this.messages.onceSent(() => this.connection.closeIfIdle());
    const record: RequestRecord = {
      method: this.method,
      path: this.path,
      route: this.#route(),
      status,
      durationMs: performance.now() - this.startedAt,
      fn: this.fn === null ? null : this.fn.key,
      runtime: this.fn === null ? null : this.fn.runtime,
      state: this.info === null ? null : this.info.state,
      bytes,
      requestId: this.requestId,
      clientIp: this.clientIp,
      traceId: this.spans?.traceId ?? this.traceContext?.traceId ?? null,
      errorCode,
    };
    if (this.spans !== null) this.spans.end(record);
    this.context.telemetry.request(record);
    this.context.options.onRequest?.(record);
  }

  #route(): string | null {
    const { match } = this;
    return match !== null && (match.kind === 'route' || match.kind === 'method') ? match.route.pattern : null;
  }

  /** Somebody else answers this request, and books it. */
  handOver(): void {
    this.finished = true;
    this.res.once('close', () => {
      this.connection.remove(this);
      if (this.context.stopping) this.connection.closeIfIdle();
    });
  }

  /** The client left: nobody will read the rest. */
  clientGone(): void {
    if (this.finished) return;
    const bytes = this.#stream?.bytes ?? 0;
    this.#stream?.destroy();
    this.cancel('client_closed');
    this.finish(499, bytes, 'client_closed');
  }

  /** Breaks the answer off so that the client notices: the connection is cut. */
  breakOff(status: number, errorCode: string): void {
    if (this.finished) return;
    const bytes = this.#stream?.bytes ?? 0;
    this.#stream?.destroy();
    this.finish(status, bytes, errorCode);
    // What was written in this turn lies corked: it must leave, or the client sees a connection without an answer.
    const { socket } = this.res;
    while (socket?.writableCorked) socket.uncork();
    this.res.destroy();
  }

  onHead(
    status: number,
    headers: readonly string[],
    body: Uint8Array | null,
    end: boolean,
    info: InvocationInfo,
  ): void {
    if (this.finished) return;
    this.info = info;
    if (this.spans !== null) this.spans.answered(status, info);
    try {
      respondHead(this, status, headers, body, end);
    } catch (error) {
      this.fail(error);
    }
  }

  onChunk(chunk: Uint8Array): void {
    this.#stream?.write(chunk);
  }

  onEnd(): void {
    this.#stream?.end();
  }

  onProxy(directive: ProxyDirective, info: InvocationInfo): void {
    if (this.finished) return;
    this.info = info;
    this.#handle = null;
    this.fromUpstream = true;
    const { spans } = this;
    if (spans !== null) spans.proxying((directive.method ?? 'GET').toUpperCase(), hostOf(directive, this.fn!), info);
    this.attach(forward(this.context.proxy, this.fn!, directive, deadlineOf(this), info, currentTrace(this), this));
  }

  onError(error: FastFnError, info: InvocationInfo | null): void {
    if (this.finished) return;
    if (info !== null) this.info = info;
    this.#handle = null;
    if (this.spans !== null) this.spans.failed(error, info);
    if (this.messages.begun) this.breakOff(this.res.statusCode, error.code);
    else this.fail(error);
  }

  onOutput(stream: OutputStream, text: string): void {
    this.output?.add(stream, text);
  }
}

/** Host of an upstream, for its span; the rest of the URL may hold secrets. */
function hostOf({ url }: ProxyDirective, { policy }: FunctionSpec): string | null {
  const target = url ?? policy.edge?.baseUrl ?? '';
  return URL.canParse(target) ? new URL(target).hostname : null;
}
