import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RequestHeaders } from '../request-headers.js';
import { latin1 } from './latin1.js';
import type { BodyReader, Messages } from './messages.js';
import type { NodeMessages } from './node-messages.js';

/** Below this a body travels in the same string as the head: one write of one buffer. Measured, bytes. */
const INLINE_BODY = 4096;

/** What makes node's own objects of a plain request, and hears when it is answered. */
export interface PlainOwner {
  /** Hands the request to node:http after all. */
  promote(messages: PlainMessages): NodeMessages;
  sent(): void;
}

/**
 * A request as node's parser reports it, without the two streams that node:http makes of every request; they cost more than
 * all that is done for a usual answer. Decision 018. It is what the parser calls its `incoming` message: the members from
 * {@link _addHeaderLines} on are the part of `IncomingMessage` and of `ServerResponse` that node:http itself uses.
 *
 * Its answer is one write. Whoever needs more asks for {@link req} or {@link res}, and node:http takes over.
 */
export class PlainMessages implements Messages {
  method = '';
  url = '';
  httpVersionMajor = 1;
  httpVersionMinor = 1;
  httpVersion = '1.1';
  joinDuplicateHeaders = true;
  upgrade: unknown = false;
  /** Set by the parser with the last byte of the body. */
  complete = false;
  keepAlive = true;
  #sent = false;
  #raw: readonly string[] = [];
  #headers: RequestHeaders | null = null;
  #reader: BodyReader | null = null;
  #promoted: NodeMessages | null = null;

  constructor(
    readonly socket: Socket,
    private readonly owner: PlainOwner,
  ) {}

  get headers(): RequestHeaders {
    this.#headers ??= RequestHeaders.fromRaw(this.#raw);
    return this.#headers;
  }

  get req(): IncomingMessage {
    return this.#node().req;
  }

  get res(): ServerResponse {
    return this.#node().res;
  }

  get rawHeaders(): readonly string[] {
    return this.#raw;
  }

  get begun(): boolean {
    return this.#promoted === null ? this.#sent : this.#promoted.begun;
  }

  get plain(): boolean {
    return this.#promoted === null;
  }

  send(head: string, body: Uint8Array | null): void {
    const { socket } = this;
    this.#sent = true;
    // A client that has gone reads no answer; its connection is about to say so.
    if (socket.writable) {
      if (body === null) socket.write(head, 'latin1');
      else if (body.length <= INLINE_BODY) socket.write(head + latin1(body), 'latin1');
      else {
        socket.cork();
        socket.write(head, 'latin1');
        socket.write(body);
        socket.uncork();
      }
    }
    this.owner.sent();
  }

  readBody(reader: BodyReader): void {
    if (this.#promoted !== null) this.#promoted.readBody(reader);
    else if (this.complete) reader.onBodyEnd();
    else this.#reader = reader;
  }

  stopReading(): void {
    this.#reader = null;
    this.#promoted?.stopReading();
  }

  onceSent(callback: () => void): void {
    if (this.#promoted !== null) this.#promoted.onceSent(callback);
    else callback();
  }

  /** From here on node:http does the rest. */
  leavePlain(): void {
    this.#node();
  }

  #node(): NodeMessages {
    if (this.#promoted === null) {
      // A second answer to one request would be taken for that to the next.
      if (this.#sent) throw new TypeError('The answer has left already.');
      this.#promoted = this.owner.promote(this);
      if (this.#reader !== null) this.#promoted.readBody(this.#reader);
    }
    return this.#promoted;
  }

  /** Called with the headers, and again with trailers, which nobody reads. */
  _addHeaderLines(raw: readonly string[]): void {
    if (!this.complete) this.#raw = raw;
  }

  /** Nothing is thrown away before it is asked for. */
  readonly _dumped = false;

  /** A piece of the body, or its end. @returns false when the parser shall pause. */
  push(chunk: Uint8Array | null): boolean {
    const reader = this.#reader;
    if (reader === null) {
      // After the answer the rest is read and forgotten. Before it nobody reads yet, and node's stream holds the body back.
      return chunk === null || this.#sent || this.req.push(chunk);
    }
    if (chunk === null) reader.onBodyEnd();
    else reader.onBody(chunk);
    return true;
  }

  /** As a response that has not ended: the connection is not idle. */
  readonly finished = false;

  /** Nobody listens here. */
  emit(): boolean {
    return false;
  }
}
