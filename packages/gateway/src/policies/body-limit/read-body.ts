import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { refuseBody } from '../../respond/refuse-body.js';
import type { BodyReader } from '../../wire/messages.js';

/** What comes in one read needs no gathering, bytes. */
const ONE_READ = 65_536;

/** So much room is made on a client's word, bytes; untouched it costs address space only. */
const TRUSTED = 4_194_304;

/** Whether a body follows the headers. Without one nobody needs to wait for the request's end. */
function hasBody({ headers }: Exchange): boolean {
  const length = headers.get('content-length');
  return length === undefined ? headers.has('transfer-encoding') : length !== '0';
}

/** Collects the whole body, bounded by the function's `max_body_bytes`. Encoded bodies pass as they are. */
export function readBody(exchange: Exchange): boolean {
  if (!hasBody(exchange)) return true;
  exchange.messages.readBody(new WholeBody(exchange, exchange.fn!.policy.maxBodyBytes));
  return false;
}

class WholeBody implements BodyReader {
  /** Gathered where it will stay, when its length is known: chunks that live long are dear to collect. */
  readonly #whole: Buffer | null;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  /** @param limit bytes. */
  constructor(
    private readonly exchange: Exchange,
    private readonly limit: number,
  ) {
    const announced = Number(exchange.headers.get('content-length') ?? 0);
    this.#whole = announced > ONE_READ && announced <= TRUSTED ? Buffer.allocUnsafeSlow(announced) : null;
  }

  onBody(chunk: Uint8Array): void {
    if (this.#whole !== null) this.#whole.set(chunk, this.#size);
    this.#size += chunk.length;
    if (this.#size > this.limit) {
      this.exchange.messages.stopReading();
      refuseBody(this.exchange, bodyTooLarge(this.limit));
    } else if (this.#whole === null) this.#chunks.push(chunk);
  }

  onBodyEnd(): void {
    const chunks = this.#chunks;
    this.exchange.body = this.#whole ?? (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#size));
    this.exchange.advance();
  }
}

export function bodyTooLarge(limit: number): FastFnError {
  return new FastFnError('payload_too_large', `The request body is larger than ${limit} bytes.`, {
    details: { max_body_bytes: limit },
  });
}
