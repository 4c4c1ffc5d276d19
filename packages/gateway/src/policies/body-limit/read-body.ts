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

/** Gathers a body, and copies it once at most: whether it is short, of announced length, or of a length that nobody knows. */
class WholeBody implements BodyReader {
  /** Where it will stay, when its length is known; chunks that live long are dear to collect. */
  #whole: Buffer | null;
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** Bytes; 0 when the client did not say. */
  readonly #announced: number;

  /** @param limit bytes. */
  constructor(
    private readonly exchange: Exchange,
    private readonly limit: number,
  ) {
    this.#announced = Number(exchange.headers.get('content-length') ?? 0);
    this.#whole = this.#announced > ONE_READ && this.#announced <= TRUSTED ? this.#room() : null;
  }

  onBody(chunk: Uint8Array): void {
    if (this.#whole !== null) this.#whole.set(chunk, this.#size);
    this.#size += chunk.length;
    if (this.#size > this.limit) {
      this.exchange.messages.stopReading();
      refuseBody(this.exchange, bodyTooLarge(this.limit));
    } else if (this.#whole === null) {
      this.#chunks.push(chunk);
      if (this.#size > TRUSTED && this.#announced > TRUSTED) this.#settle();
    }
  }

  onBodyEnd(): void {
    const chunks = this.#chunks;
    this.exchange.body = this.#whole ?? (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#size));
    this.exchange.advance();
  }

  #room(): Buffer {
    return Buffer.allocUnsafeSlow(this.#announced);
  }

  /** So much has come that the client is believed: the rest goes where all of it will stay, and is not held twice at the end. */
  #settle(): void {
    this.#whole = this.#room();
    let at = 0;
    for (const chunk of this.#chunks) {
      this.#whole.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
  }
}

export function bodyTooLarge(limit: number): FastFnError {
  return new FastFnError('payload_too_large', `The request body is larger than ${limit} bytes.`, {
    details: { max_body_bytes: limit },
  });
}
