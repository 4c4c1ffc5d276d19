import {
  type CallErrorCode,
  type CancelReason,
  type Connection,
  CREDIT_WINDOW_BYTES,
  type DebugInfo,
  HEAD_END,
  type InvokeMessage,
  MAX_OUTPUT_FRAME_BYTES,
  MessageType,
  type OutputStreamNumber,
} from '@fastfn/protocol';
import { describeError, formatError, InvalidResponse } from './errors.js';
import type { EventOwner } from './event.js';
import type { OutputTarget } from './output.js';
import type { ProxyDirective } from './reply.js';
import { piecesOf, prefixOf } from './utf8.js';

/** Output kept per call and stream, bytes. */
const MAX_OUTPUT_BYTES = 65_536;

/** What a call needs of its surroundings. */
export interface CallOwner {
  readonly connection: Connection;
  /** Functions root. */
  readonly root: string;
  /** The terminal frame of this call was sent. Called once. */
  ended(call: Call): void;
}

/**
 * One running call: what it may still send, and whether anybody wants it. Exactly one terminal frame leaves it;
 * everything after that is ignored. PROTOCOL.md §4.
 */
export class Call implements OutputTarget, EventOwner {
  readonly id: number;
  readonly requestId: string;
  readonly deadline: number;
  /** Why nobody waits for the answer; null while somebody does. */
  canceled: CancelReason | null = null;
  /** CHUNK bytes that may leave now. */
  credit = CREDIT_WINDOW_BYTES;
  #ended = false;
  #headSent = false;
  #aborter: AbortController | null = null;
  #onCancel: (() => void) | null = null;
  #onCredit: (() => void) | null = null;
  readonly #owner: CallOwner;
  /** By stream number less one: bytes kept, bytes dropped. */
  readonly #kept: [number, number] = [0, 0];
  readonly #dropped: [number, number] = [0, 0];

  constructor(owner: CallOwner, message: InvokeMessage) {
    this.#owner = owner;
    this.id = message[1];
    this.requestId = message[2];
    this.deadline = Date.now() + message[11];
  }

  get over(): boolean {
    return this.#ended;
  }

  get headSent(): boolean {
    return this.#headSent;
  }

  get connection(): Connection {
    return this.#owner.connection;
  }

  get signal(): AbortSignal {
    if (this.#aborter === null) {
      this.#aborter = new AbortController();
      if (this.canceled !== null) this.#aborter.abort(abortReason(this.canceled));
    }
    return this.#aborter.signal;
  }

  output(stream: OutputStreamNumber, text: string): boolean {
    if (this.#ended) return false;
    const index = stream === 1 ? 0 : 1;
    const room = MAX_OUTPUT_BYTES - this.#kept[index];
    const bytes = Buffer.byteLength(text);
    const kept = bytes <= room ? text : room < 4 ? '' : prefixOf(text, room);
    const keptBytes = bytes <= room ? bytes : Buffer.byteLength(kept);
    // Once something was dropped nothing may follow it, or the text would have holes.
    this.#kept[index] = keptBytes < bytes ? MAX_OUTPUT_BYTES : this.#kept[index] + keptBytes;
    this.#dropped[index] += bytes - keptBytes;
    for (const piece of piecesOf(kept, MAX_OUTPUT_FRAME_BYTES))
      this.connection.send([MessageType.OUTPUT, this.id, stream, piece]);
    return true;
  }

  head(status: number, headers: readonly string[], body: Uint8Array, end: boolean): void {
    if (this.#ended) return;
    this.#headSent = true;
    if (end) this.#finish();
    this.connection.send([MessageType.HEAD, this.id, status, headers, end ? HEAD_END : 0, body]);
    if (end) this.#owner.ended(this);
  }

  /** @param bytes not empty, at most {@link credit} */
  chunk(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.credit -= bytes.length;
    this.connection.send([MessageType.CHUNK, this.id, bytes]);
  }

  end(): void {
    if (this.#ended) return;
    this.#finish();
    this.connection.send([MessageType.END, this.id]);
    this.#owner.ended(this);
  }

  proxy(directive: ProxyDirective): void {
    if (this.#ended) return;
    this.#finish();
    this.connection.send([MessageType.PROXY, this.id, { ...directive }]);
    this.#owner.ended(this);
  }

  /** The handler threw, or what it gave is no response. After a cancel: it has ended, which is all that matters. */
  threw(error: unknown): void {
    if (this.#ended) return;
    if (this.canceled !== null) this.fail('canceled', 'The call was canceled.', null);
    else if (error instanceof InvalidResponse) this.fail('invalid_response', error.message, null);
    else {
      this.output(2, `${formatError(error)}\n`);
      this.fail('handler_error', 'The handler threw an error.', describeError(error, this.#owner.root));
    }
  }

  fail(code: CallErrorCode, message: string, debug: DebugInfo | null): void {
    if (this.#ended) return;
    this.#finish();
    this.connection.send([MessageType.ERROR, this.id, code, message, debug]);
    this.#owner.ended(this);
  }

  cancel(reason: CancelReason): void {
    if (this.#ended || this.canceled !== null) return;
    this.canceled = reason;
    this.#aborter?.abort(abortReason(reason));
    this.#onCancel?.();
    this.#wake();
  }

  addCredit(bytes: number): void {
    this.credit = Math.min(CREDIT_WINDOW_BYTES, this.credit + bytes);
    this.#wake();
  }

  /** At most one listener: the stream that is being sent. */
  onCancel(listener: () => void): void {
    this.#onCancel = listener;
  }

  /** Resolves when chunks may leave, or nobody wants them any more. */
  writable(): Promise<void> {
    if (this.credit > 0 || this.canceled !== null || this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onCredit = resolve;
    });
  }

  /** A line about the answer, for the log. */
  readonly warn = (line: string): void => {
    this.output(2, `fastfn: ${line}\n`);
  };

  #wake(): void {
    const waiting = this.#onCredit;
    this.#onCredit = null;
    waiting?.();
  }

  /** What must come before the terminal frame, and the end of everything else. */
  #finish(): void {
    for (const [index, dropped] of this.#dropped.entries()) {
      if (dropped > 0)
        this.connection.send([MessageType.OUTPUT, this.id, index === 0 ? 1 : 2, `… ${dropped} more bytes dropped\n`]);
    }
    this.#ended = true;
    this.#onCancel = null;
    this.#wake();
  }
}

/** For `event.signal`: handlers and `fetch` see an AbortError that says why. */
function abortReason(reason: CancelReason): DOMException {
  return new DOMException(`The call was stopped: ${REASONS[reason]}.`, 'AbortError');
}

const REASONS: Record<CancelReason, string> = {
  timeout: 'its deadline passed',
  client_closed: 'the client left',
  canceled: 'it was canceled',
  shutdown: 'the server is stopping',
};
