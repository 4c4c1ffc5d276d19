import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';

/** What {@link MemoryResponse} has when it is complete. */
export interface CollectedResponse {
  readonly status: number;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Bytes that the whole body had. */
  readonly size: number;
  /** Broken off before its end. */
  readonly incomplete: boolean;
}

/** The part of node's response that an exchange writes to, kept in memory: an answer nobody on a socket waits for. */
export class MemoryResponse extends EventEmitter {
  statusCode = 200;
  headersSent = false;
  /** Settles when the answer is complete or broken off; null when it was larger than the limit. */
  readonly done: Promise<CollectedResponse | null>;
  #headers: readonly string[] = [];
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #settle!: (response: CollectedResponse | null) => void;

  /**
   * @param limit largest body kept, bytes.
   * @param beyond what happens to a larger one: it is given up, or its first bytes are kept.
   */
  constructor(
    private readonly limit: number,
    private readonly beyond: 'give_up' | 'cut' = 'give_up',
  ) {
    super();
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** As the rest of the gateway knows it. Only what is implemented here is used. */
  asServerResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }

  writeHead(status: number, headers: readonly string[]): this {
    this.statusCode = status;
    this.#headers = headers;
    this.headersSent = true;
    return this;
  }

  flushHeaders(): void {}

  write(chunk: Uint8Array): boolean {
    this.#size += chunk.length;
    if (this.#size <= this.limit) this.#chunks.push(chunk);
    else if (this.beyond === 'give_up') this.#settle(null);
    else this.#cut(chunk);
    return true;
  }

  end(body?: string | Uint8Array, encoding?: BufferEncoding): this {
    if (body !== undefined) this.write(typeof body === 'string' ? Buffer.from(body, encoding) : body);
    this.#settle(this.#collected(false));
    this.emit('finish');
    return this;
  }

  destroy(): this {
    this.#settle(this.#collected(true));
    return this;
  }

  #cut(chunk: Uint8Array): void {
    const room = this.limit - (this.#size - chunk.length);
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
  }

  #collected(incomplete: boolean): CollectedResponse {
    return {
      status: this.statusCode,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
      size: this.#size,
      incomplete,
    };
  }
}
