import {
  FastFnError,
  type FunctionSpec,
  type InvocationHandle,
  type InvocationInfo,
  type ProxyDirective,
  type ResponseSink,
} from '@fastfn/core';
import type { Dispatcher } from 'undici';
import type { TraceContext } from '../tracing/trace-context.js';
import { announcedLength, answerHeaders } from './answer-headers.js';
import { PrivateAddressError, type ProxyClient } from './client.js';
import { denied, deniedAddress, proxyTarget } from './target.js';
import { upstreamHeaders } from './upstream-headers.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Body bytes on their way to the client before the upstream is made to wait. */
const WINDOW = 262_144;

/**
 * Carries out a `proxy` answer: asks the upstream and passes what it says to `sink`. Redirects are not followed; only
 * the headers the handler listed go up. SPEC §9.
 * @param trace goes up with the headers, unless the handler has listed its own.
 * @param deadline epoch ms of the call; `timeout_ms` of the directive can only shorten it.
 */
export function forward(
  client: ProxyClient,
  fn: FunctionSpec,
  directive: ProxyDirective,
  deadline: number,
  info: InvocationInfo,
  trace: TraceContext | null,
  sink: ResponseSink,
): InvocationHandle {
  const call = new ProxyCall(client, fn, directive, deadline, info, trace, sink);
  void call.run();
  return call;
}

class ProxyCall implements InvocationHandle {
  readonly #abort = new AbortController();
  /** Lets {@link #relay} go on that waits for credit. */
  #wake: (() => void) | null = null;
  #ended = false;
  #uncredited = 0;

  constructor(
    private readonly client: ProxyClient,
    private readonly fn: FunctionSpec,
    private readonly directive: ProxyDirective,
    private readonly deadline: number,
    private readonly info: InvocationInfo,
    private readonly trace: TraceContext | null,
    private readonly sink: ResponseSink,
  ) {}

  cancel(): void {
    this.#ended = true;
    this.#abort.abort();
    this.#wake?.();
  }

  credit(bytes: number): void {
    this.#uncredited -= bytes;
    if (this.#uncredited < WINDOW) this.#wake?.();
  }

  async run(): Promise<void> {
    const left = this.deadline - Date.now();
    const timeoutMs = Math.max(0, Math.min(left, this.directive.timeoutMs || left));
    const timer = setTimeout(() => this.#abort.abort(new EdgeTimeout()), timeoutMs);
    try {
      await this.#exchange();
    } catch (error) {
      this.#fail(this.#abort.signal.reason instanceof EdgeTimeout ? edgeTimeout(timeoutMs) : coded(error));
      this.#abort.abort();
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(): Promise<void> {
    const { edge } = this.fn.policy;
    if (edge === null) {
      throw new FastFnError('edge_disabled', 'The handler returned "proxy", but its fn.config.json has no "edge".');
    }
    const url = proxyTarget(this.directive, edge);
    const method = (this.directive.method ?? 'GET').toUpperCase();
    if (!METHODS.has(method)) throw denied(`the method "${method}" is not one of ${[...METHODS].join(', ')}`);
    const limit = smallest(edge.maxResponseBytes, this.directive.maxResponseBytes);
    const response = await this.client.request(
      url,
      {
        method: method as Dispatcher.HttpMethod,
        headers: upstreamHeaders(this.directive.headers, this.trace),
        body: this.directive.body !== undefined && this.directive.body.length > 0 ? this.directive.body : null,
        signal: this.#abort.signal,
        responseHeaders: 'raw',
        // One timer bounds the whole call.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      edge.allowPrivate,
    );
    await this.#relay(response, method, limit);
  }

  async #relay(
    { statusCode, headers, body }: Dispatcher.ResponseData<unknown>,
    method: string,
    limit: number,
  ): Promise<void> {
    const raw = answerHeaders(headers as unknown as readonly string[]);
    const announced = method === 'HEAD' ? 0 : Number(announcedLength(raw) ?? 0);
    if (limit > 0 && announced > limit) throw tooLarge(limit);
    if (this.#ended) return void body.destroy();
    this.sink.onHead(statusCode, raw, null, false, this.info);
    let received = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (this.#ended) return;
      received += chunk.length;
      if (limit > 0 && received > limit) throw tooLarge(limit);
      this.#uncredited += chunk.length;
      this.sink.onChunk(chunk);
      if (this.#uncredited >= WINDOW) await this.#credited();
    }
    if (this.#ended) return;
    this.#ended = true;
    this.sink.onEnd();
  }

  #credited(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#uncredited < WINDOW || this.#ended) resolve();
    });
  }

  #fail(error: FastFnError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.sink.onError(error, this.info);
  }
}

class EdgeTimeout extends Error {}

function smallest(policy: number, asked: number | undefined): number {
  if (asked === undefined || asked <= 0) return policy;
  return policy > 0 ? Math.min(policy, asked) : asked;
}

function tooLarge(limit: number): FastFnError {
  return new FastFnError('response_too_large', `The upstream's answer is larger than ${limit} bytes.`, {
    details: { max_response_bytes: limit },
  });
}

function edgeTimeout(timeoutMs: number): FastFnError {
  return new FastFnError('edge_timeout', `The upstream did not answer within ${timeoutMs} ms.`);
}

/** What went wrong upstream, in our words; addresses and reasons of the network stay in `cause`. */
function coded(error: unknown): FastFnError {
  if (error instanceof FastFnError) return error;
  if (error instanceof PrivateAddressError) return deniedAddress('the host');
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return new FastFnError('edge_timeout', 'The upstream did not accept a connection in time.', { cause: error });
  return new FastFnError('edge_failed', `The upstream could not be reached or broke off${code ? ` (${code})` : ''}.`, {
    cause: error,
  });
}
