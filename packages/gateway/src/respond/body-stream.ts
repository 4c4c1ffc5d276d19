import type { Exchange } from '../exchange.js';
import type { Compressor } from '../policies/compression/compress.js';

/**
 * The body of an answer that comes in pieces. Each piece goes out as it comes; credit for it goes back only when the
 * client's connection takes more, so that a slow reader slows the handler down and nothing piles up here.
 */
export class BodyStream {
  /** Bytes handed to the connection. */
  bytes = 0;
  #received = 0;
  #owed = 0;
  #blocked = false;

  /** @param limit largest body before compression, bytes; 0 = none. */
  constructor(
    private readonly exchange: Exchange,
    private readonly status: number,
    private readonly limit: number,
    private readonly compressor: Compressor | null,
  ) {
    exchange.res.on('drain', () => this.#drained());
    if (compressor !== null) this.#pipe(compressor);
  }

  /** @param credited whether flow control counts these bytes; those that came with the head are free. */
  write(chunk: Uint8Array, credited = true): void {
    this.#received += chunk.length;
    if (this.limit > 0 && this.#received > this.limit) {
      this.exchange.cancel('canceled');
      this.exchange.breakOff(this.status, 'response_too_large');
      return;
    }
    if (credited) this.#owed += chunk.length;
    if (this.compressor === null) {
      this.#send(chunk);
      this.#settle();
    } else {
      this.compressor.transform.write(chunk);
      this.compressor.transform.flush(this.compressor.flushKind, () => this.#settle());
    }
  }

  end(): void {
    if (this.compressor === null) this.#finish();
    else this.compressor.transform.end();
  }

  destroy(): void {
    this.compressor?.transform.destroy();
  }

  #pipe({ transform }: Compressor): void {
    transform.on('data', (bytes: Uint8Array) => {
      if (!this.#send(bytes)) transform.pause();
    });
    transform.on('end', () => this.#finish());
    transform.on('error', () => this.exchange.breakOff(this.status, 'internal_error'));
  }

  #send(bytes: Uint8Array): boolean {
    this.bytes += bytes.length;
    this.#blocked = !this.exchange.res.write(bytes);
    return !this.#blocked;
  }

  #drained(): void {
    this.#blocked = false;
    this.compressor?.transform.resume();
    this.#settle();
  }

  #settle(): void {
    if (this.#blocked || this.#owed === 0 || this.exchange.finished) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.exchange.credit(owed);
  }

  #finish(): void {
    if (this.exchange.finished) return;
    this.exchange.res.end();
    this.exchange.finish(this.status, this.bytes, null);
  }
}
