import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestHeaders } from '../request-headers.js';
import type { BodyReader, Messages } from './messages.js';

/** A request as node:http presents it. */
export class NodeMessages implements Messages {
  readonly plain = false;
  #stop: (() => void) | null = null;

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
    readonly headers: RequestHeaders = RequestHeaders.of(req.headers),
  ) {}

  get method(): string {
    return this.req.method!;
  }

  get url(): string {
    return this.req.url!;
  }

  get httpVersionMajor(): number {
    return this.req.httpVersionMajor;
  }

  get httpVersionMinor(): number {
    return this.req.httpVersionMinor;
  }

  get begun(): boolean {
    return this.res.headersSent;
  }

  send(): void {
    throw new TypeError('This answer must go through node:http.');
  }

  readBody(reader: BodyReader): void {
    const { req, res } = this;
    const onData = (chunk: Uint8Array): void => reader.onBody(chunk);
    const onEnd = (): void => reader.onBodyEnd();
    req.on('data', onData);
    req.on('end', onEnd);
    this.#stop = () => void req.off('data', onData).off('end', onEnd);
    if (this.headers.has('expect')) res.writeContinue();
  }

  stopReading(): void {
    this.#stop?.();
    this.#stop = null;
  }

  onceSent(callback: () => void): void {
    this.res.once('finish', callback);
  }
}
