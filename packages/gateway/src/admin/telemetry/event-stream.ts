import { FastFnError, type InvocationHandle } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { writeHead } from '../../respond/write.js';

/** Streams open at once. */
const MAX_STREAMS = 100;
/** A client that reads more slowly than things happen is let go at this many bytes; it may come back. */
const MAX_BUFFERED = 1_048_576;
/** Proxies cut connections on which nothing moves, ms. */
const HEARTBEAT_MS = 15_000;

/** One answer of server-sent events, open until the client leaves or the gateway stops. */
export class EventStream implements InvocationHandle {
  #bytes = 0;
  #open = true;

  constructor(
    private readonly exchange: Exchange,
    private readonly onClose: (stream: EventStream) => void,
  ) {}

  /** @param data without line breaks, such as JSON; text lines are split. */
  send(data: string, event?: string, id?: number): void {
    const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
    this.#write(`${id ? `id: ${id}\n` : ''}${event === undefined ? '' : `event: ${event}\n`}${lines.join('')}\n`);
  }

  comment(text: string): void {
    this.#write(`: ${text}\n\n`);
  }

  /** The client left. */
  cancel(): void {
    this.#leave();
  }

  credit(): void {}

  /** Ends the answer properly. */
  end(): void {
    if (!this.#open) return;
    this.#leave();
    this.exchange.res.end();
    this.exchange.finish(200, this.#bytes, null);
  }

  #write(text: string): void {
    if (!this.#open) return;
    this.#bytes += Buffer.byteLength(text);
    this.exchange.res.write(text);
    if (this.exchange.res.writableLength > MAX_BUFFERED) this.end();
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.onClose(this);
  }
}

/** All open streams of a gateway, so that stopping ends them. */
export class EventStreams {
  readonly #streams = new Map<EventStream, () => void>();
  #heartbeat: NodeJS.Timeout | null = null;

  /**
   * Begins an answer of events.
   * @param subscribe is told where to send; gives back what stops it.
   * @throws FastFnError `rate_limited` when too many are open.
   */
  open(exchange: Exchange, subscribe: (stream: EventStream) => () => void): void {
    if (this.#streams.size >= MAX_STREAMS) {
      throw new FastFnError('rate_limited', `${MAX_STREAMS} streams are open already; close one.`);
    }
    const headers = [
      'Content-Type',
      'text/event-stream; charset=utf-8',
      'Cache-Control',
      'no-store',
      'X-Accel-Buffering',
      'no',
    ];
    writeHead(exchange, 200, headers);
    if (exchange.method === 'HEAD') {
      exchange.res.end();
      exchange.finish(200, 0, null);
      return;
    }
    const stream = new EventStream(exchange, (closed) => this.#closed(closed));
    this.#streams.set(stream, () => {});
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    exchange.attach(stream);
    stream.comment('connected');
    this.#streams.set(stream, subscribe(stream));
  }

  close(): void {
    for (const stream of [...this.#streams.keys()]) stream.end();
  }

  #beat(): void {
    for (const stream of [...this.#streams.keys()]) stream.comment('still here');
  }

  #closed(stream: EventStream): void {
    this.#streams.get(stream)?.();
    this.#streams.delete(stream);
    if (this.#streams.size > 0 || this.#heartbeat === null) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}
