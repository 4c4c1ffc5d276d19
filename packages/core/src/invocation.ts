import type { FastFnError } from './errors.js';
import type { FunctionSpec } from './function-spec.js';

/** Cookies of a request, decoded once at the gateway. SPEC §6. */
export interface Session {
  readonly id: string | null;
  readonly raw: string;
  readonly cookies: Readonly<Record<string, string>>;
}

/** Parts of `event.context` that differ from call to call; null for a plain public call. */
export interface InvocationContext {
  /** Only from invoke, jobs, schedules. */
  user?: unknown;
  trigger?: Readonly<Record<string, unknown>>;
  job?: { readonly id: string; readonly attempt: number };
  /** W3C trace context. */
  traceparent?: string;
}

/**
 * One call of a function, as the gateway hands it to an {@link Invoker}. Everything is already parsed and bounded;
 * the pool encodes it as it is.
 */
export interface Invocation {
  readonly fn: FunctionSpec;
  /** Request id. */
  readonly id: string;
  readonly method: string;
  /** Decoded path without query. */
  readonly path: string;
  /** Path as sent, without query. */
  readonly rawPath: string;
  /** Alternating names and values, decoded, in order of appearance. */
  readonly query: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  /** Alternating lower-case names and values, each name once (repeated ones joined by ", "), joined by "\n": `n1\nv1\nn2\nv2`. */
  readonly headers: string;
  readonly session: Session | null;
  readonly clientIp: string;
  /** Whole body, bounded by `max_body_bytes`. Empty when none. */
  readonly body: Uint8Array;
  /** Epoch ms of arrival. */
  readonly ts: number;
  /** Epoch ms; the answer must have begun and ended by then. */
  readonly deadline: number;
  readonly context: InvocationContext | null;
  /** The listener wants `onOutput` for this call (invoke, debug headers); the log gets output always. */
  readonly captureOutput: boolean;
}

/** What the pool knows about how a call was served, for headers, logs and metrics. */
export interface InvocationInfo {
  /** `warm`: the worker had served before. */
  state: 'cold' | 'warm';
  /** First success of this worker. */
  warmed: boolean;
  /** Waited for admission or a worker. */
  queued: boolean;
  /** How long it waited before a worker was given it, ms. */
  queueMs?: number;
  routing: 'round_robin' | 'single' | 'in_process';
  /** From 1; 0 when no worker was given the call. */
  socketIndex: number;
  /** 0 when no worker was given the call. */
  workerPid: number;
}

export type OutputStream = 'stdout' | 'stderr';

/** A handler's answer `proxy {…}`, checked for types only; the gateway applies the function's `edge` policy. SPEC §9. */
export interface ProxyDirective {
  readonly url?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
}

/**
 * Receives the answer of one call. Order: any number of `onOutput`, then exactly one of `onHead`, `onProxy`,
 * `onError`; after a head with `end: false` any number of `onChunk`, then `onEnd` or `onError` (broken off).
 * What a streaming handler prints comes between its chunks.
 * Callbacks and not promises: this is the hot path. None is called after `cancel()`.
 */
export interface ResponseSink {
  /**
   * @param headers alternating names and values as the handler gave them; a name may occur several times.
   * @param body first bytes; the whole body when `end`.
   */
  onHead(status: number, headers: readonly string[], body: Uint8Array | null, end: boolean, info: InvocationInfo): void;
  /** The receiver must call {@link InvocationHandle.credit} once it has passed the bytes on. */
  onChunk(chunk: Uint8Array): void;
  onEnd(): void;
  onProxy(directive: ProxyDirective, info: InvocationInfo): void;
  onError(error: FastFnError, info: InvocationInfo | null): void;
  /** Only when the invocation asked for it (`captureOutput`). */
  onOutput?(stream: OutputStream, text: string): void;
}

export interface InvocationHandle {
  /** The caller has lost interest; the handler is told, and stopped if it does not listen. Idempotent. */
  cancel(reason: 'client_closed' | 'canceled'): void;
  /** Returns flow-control credit, in bytes, for body chunks passed on. */
  credit(bytes: number): void;
}

/**
 * Runs functions. The gateway is handed one; the pool implements it, a test passes a three-line fake.
 * Never throws: failures arrive at {@link ResponseSink.onError}, possibly before `invoke` returns.
 */
export interface Invoker {
  invoke(invocation: Invocation, sink: ResponseSink): InvocationHandle;
}
