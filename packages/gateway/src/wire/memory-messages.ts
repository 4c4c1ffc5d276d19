import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MemoryResponse } from '../admin/invoke/memory-response.js';
import { RequestHeaders } from '../request-headers.js';
import type { Messages } from './messages.js';

/** A call that came over no connection, and whose answer stays in memory. Its body is known from the start. */
export class MemoryMessages implements Messages {
  readonly plain = false;
  readonly url = '';
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  readonly headers: RequestHeaders;

  /** @param headers names in lower case. */
  constructor(
    readonly method: string,
    headers: Readonly<Record<string, string>>,
    private readonly response: MemoryResponse,
  ) {
    this.headers = RequestHeaders.of(headers);
  }

  get req(): IncomingMessage {
    throw new TypeError('An internal call has no request of node:http.');
  }

  get res(): ServerResponse {
    return this.response.asServerResponse();
  }

  get begun(): boolean {
    return this.response.headersSent;
  }

  send(): void {
    throw new TypeError('This answer must go through its response.');
  }

  readBody(): void {
    throw new TypeError('The body of an internal call is here already.');
  }

  stopReading(): void {}

  onceSent(callback: () => void): void {
    this.response.once('finish', callback);
  }
}
