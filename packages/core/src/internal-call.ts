import type { ErrorCode } from './errors.js';
import type { InvocationContext } from './invocation.js';
import type { PathParams } from './route-table.js';
import type { Runtime } from './runtime.js';

/**
 * A call that FastFN makes itself, for a job or a schedule: settled and checked when it was asked for, carried out later,
 * perhaps by another process. Plain data.
 */
export interface StoredCall {
  readonly runtime: Runtime;
  readonly name: string;
  readonly version: string;
  /** Upper case. */
  readonly method: string;
  /** Filled URL, percent-encoded, without query. */
  readonly path: string;
  /** Pattern of the route; null for a function without one. */
  readonly template: string | null;
  readonly params: PathParams;
  /** Without `?`. */
  readonly search: string;
  /** Lower-case names; `host` is among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly clientIp: string;
  /** `context.user` of the handler; absent: none was given. */
  readonly user?: unknown;
}

/** What came of an internal call. There always is one: FastFN's own refusals and errors are answers too. */
export interface CallOutcome {
  readonly status: number;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  /** The first `maxBodyBytes` of the body. */
  readonly body: Uint8Array;
  /** Bytes that the whole body had. */
  readonly size: number;
  readonly latencyMs: number;
  /** FastFN's own error; null when the function answered. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  /** The answer broke off before its end. */
  readonly incomplete: boolean;
}

export interface CallOptions {
  /** `trigger`, `job`; `user` is that of the call. */
  readonly context: InvocationContext;
  /** Of the answer; the rest is counted and dropped. */
  readonly maxBodyBytes: number;
  /** Aborted: nobody wants the answer any more, and the handler is stopped. */
  readonly signal?: AbortSignal;
}

/** Carries out a stored call through the same stations as a public one. Never rejects. */
export type CallRunner = (call: StoredCall, options: CallOptions) => Promise<CallOutcome>;
