import {
  FastFnError,
  type Invocation,
  type InvocationHandle,
  type InvocationInfo,
  type ProxyDirective,
  type ResponseSink,
} from '@fastfn/core';
import {
  CREDIT_WINDOW_BYTES,
  type DebugInfo,
  HEAD_END,
  type OutputStreamNumber,
  type ProxyInfo,
  STDOUT,
} from '@fastfn/protocol';
import { Timed } from './deadlines.js';
import { responseTooLarge, toDebug } from './errors.js';
import type { FifoQueue, QueueNode } from './queue.js';
import { sandboxHint } from './sandbox/hint.js';
import type { Worker } from './worker.js';

/** Credit is returned in portions: one frame for many chunks, and never so late that the worker would stop. */
const CREDIT_PORTION = CREDIT_WINDOW_BYTES / 4;

/**
 * Of a call, by what it has:
 * - `queued`: waits for admission;
 * - `waiting`: admitted, waits for a worker;
 * - `running`: a worker has it. Its slot is taken until the terminal frame, also when nobody listens any more;
 * - `ended`.
 */
export type CallPhase = 'queued' | 'waiting' | 'running' | 'ended';

/** What a call asks of the pool of its function. */
export interface CallOwner {
  /** Nobody listens any more. */
  cancelCall(call: Call, reason: 'client_closed' | 'canceled'): void;
  /** Its deadline, or another moment it waited for, has come. */
  callDue(call: Call, now: number): void;
  /** What to tell of a call that no worker was given. */
  infoOf(call: Call): InvocationInfo;
}

/**
 * Stands behind a call that a gateway in another process makes: it asks for a worker here, and calls it over a line of its
 * own. To the pool it is a call like any other, from admission to its real end.
 */
export interface Loan {
  /** Calls that run under it, as far as known; more than one only when it is kept. */
  readonly active: number;
  /**
   * The call has its slot, and its worker unless that lives in the gateway.
   * @param kept the gateway may go on calling the worker until it is told to stop.
   */
  onGranted(call: Call, worker: Worker | null, kept: boolean): void;
  /** A kept worker must be given back. Idempotent. */
  recall(): void;
}

/**
 * One invocation on its way through the pool: the only object that is made for it. It knows who listens and what was
 * answered already; where it waits and which worker runs it is decided by others.
 */
export class Call extends Timed implements InvocationHandle, QueueNode<Call> {
  queuePrev: Call | null = null;
  queueNext: Call | null = null;
  queue: FifoQueue<Call> | null = null;

  phase: CallPhase = 'queued';
  worker: Worker | null = null;
  /** On the worker's connection. */
  id = 0;
  info: InvocationInfo | null = null;
  queued = false;
  /** Its place in the order of those that wait; 0 when it never did. */
  turn = 0;
  /**
   * It lies ready in `worker`, behind others, and has not begun: it still waits, whatever its phase says of for what. It is in no
   * queue when its caller has left meanwhile.
   */
  ready = false;
  /** Epoch ms before which a worker had to begin it that was handed it in advance; 0: none was. */
  beginBy = 0;
  /** Began to wait, epoch ms; 0 when it did not. */
  waitingSince = 0;
  /** The deadline has passed while it ran: 504 is answered, and the worker must end it. */
  timedOut = false;
  /** Set for the call of a gateway in another process. */
  loan: Loan | null = null;
  /** Stands for any number of calls that the gateway makes without asking. */
  kept = false;
  /** In a gateway that asks another process: the question that is open while it waits, the grant it runs under; 0: none. */
  ask = 0;
  #sink: ResponseSink | null;
  #bytes = 0;
  #owedCredit = 0;

  constructor(
    readonly invocation: Invocation,
    sink: ResponseSink,
    readonly owner: CallOwner,
  ) {
    super();
    this.#sink = sink;
  }

  /** False once it was answered in full, or cancelled. */
  get listening(): boolean {
    return this.#sink !== null;
  }

  override onDue(now: number): void {
    this.owner.callDue(this, now);
  }

  cancel(reason: 'client_closed' | 'canceled'): void {
    if (this.#sink === null) return;
    this.#sink = null;
    this.owner.cancelCall(this, reason);
  }

  credit(bytes: number): void {
    if (this.phase !== 'running') return;
    this.#owedCredit += bytes;
    if (this.#owedCredit < CREDIT_PORTION) return;
    this.worker!.credit(this, this.#owedCredit);
    this.#owedCredit = 0;
  }

  /** Answers with an error, or breaks the body off; ignored when nobody listens. */
  fail(error: FastFnError): void {
    const sink = this.#sink;
    if (sink === null) return;
    this.#sink = null;
    sink.onError(error, this.info ?? this.owner.infoOf(this));
  }

  /** @returns true when this is all. */
  onHead(status: number, headers: readonly string[], flags: number, body: Uint8Array): boolean {
    const end = (flags & HEAD_END) !== 0;
    const sink = this.#sink;
    if (sink !== null) {
      this.#bytes = body.length;
      if (this.#tooLarge()) {
        // Nothing has gone out, so the whole answer can still be the error.
        this.fail(responseTooLarge(this.invocation.fn));
        if (!end) this.worker!.cancel(this, 'canceled');
        return end;
      }
      if (end) this.#sink = null;
      sink.onHead(status, headers, body.length === 0 ? null : body, end, this.info!);
    }
    return end;
  }

  onChunk(bytes: Uint8Array): void {
    const sink = this.#sink;
    if (sink === null) {
      // Nobody passes it on; a handler that does not listen to cancellation shall run to its end, not hang for credit.
      this.credit(bytes.length);
      return;
    }
    this.#bytes += bytes.length;
    if (!this.#tooLarge()) sink.onChunk(bytes);
    else {
      this.fail(responseTooLarge(this.invocation.fn));
      this.worker!.cancel(this, 'canceled');
    }
  }

  onEnd(): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.onEnd();
  }

  onProxy(directive: ProxyInfo): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.onProxy(toDirective(directive), this.info!);
  }

  onError(code: string, message: string, debug: DebugInfo | null): void {
    if (this.#sink === null) return;
    // `canceled` without our CANCEL is the worker's own doing: to the caller it is a failure of the handler.
    const hint = sandboxHint(this.invocation.fn.policy.strictFs, message, debug);
    this.fail(
      new FastFnError(code === 'invalid_response' ? code : 'handler_error', message, { debug: toDebug(debug, hint) }),
    );
  }

  onOutput(stream: OutputStreamNumber, text: string): void {
    if (this.invocation.captureOutput) this.#sink?.onOutput?.(stream === STDOUT ? 'stdout' : 'stderr', text);
  }

  #tooLarge(): boolean {
    const { maxResponseBytes } = this.invocation.fn.policy;
    return maxResponseBytes > 0 && this.#bytes > maxResponseBytes;
  }
}

function toDirective(info: ProxyInfo): ProxyDirective {
  return {
    url: info.url ?? undefined,
    path: info.path ?? undefined,
    method: info.method ?? undefined,
    headers: info.headers ?? undefined,
    body: info.body ?? undefined,
    timeoutMs: info.timeout_ms ?? undefined,
    maxResponseBytes: info.max_response_bytes ?? undefined,
  };
}
