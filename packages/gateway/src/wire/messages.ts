import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHeaders } from '../request-headers.js';

/** Takes the body of a request as it comes. */
export interface BodyReader {
  onBody(chunk: Uint8Array): void;
  onBodyEnd(): void;
}

/** A request and the place for its answer, as an exchange sees them. */
export interface Messages {
  /** Upper case. */
  readonly method: string;
  /** The request target, as sent. */
  readonly url: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly headers: RequestHeaders;
  /** node's own objects, for all that a plain answer is not: streams, files, `Connection: close`. */
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The head of the answer has left. */
  readonly begun: boolean;
  /** A whole answer can go out by {@link send}; else it must go through {@link res}. */
  readonly plain: boolean;
  /**
   * Sends a whole answer in one write. Only while {@link plain}.
   * @param head status line and headers with the empty line; each character a byte.
   */
  send(head: string, body: Uint8Array | null): void;
  /** A client that waits for `100 Continue` is told to go on. */
  readBody(reader: BodyReader): void;
  /** The reader is told nothing more. */
  stopReading(): void;
  /** Calls back when the answer has left; at once when it has already. */
  onceSent(callback: () => void): void;
}
