import { connect } from 'node:net';

/**
 * A raw connection that asks once and counts what comes: a thousand of them must cost the machine little.
 */
export class StreamClient {
  bytes = 0;
  closed = false;
  #socket;

  /**
   * @param {number} port
   * @param {string} path
   * @param {(chunk: Buffer) => void} [onData]
   */
  constructor(port, path, onData) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('connect', () => this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`));
    this.#socket.on('data', (chunk) => {
      this.bytes += chunk.length;
      onData?.(chunk);
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Reads no more, as a client that hangs. */
  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  /** Vanishes without a word. */
  vanish() {
    this.#socket.resetAndDestroy();
  }
}

/** How many times an event was seen; a mark must not lie across two reads, and short events never do. */
export class EventCounter {
  events = 0;

  /** @param {Buffer} chunk */
  add(chunk) {
    for (let at = chunk.indexOf('data: '); at !== -1; at = chunk.indexOf('data: ', at + 6)) this.events++;
  }
}

/**
 * Asks again and again, for states that nothing announces.
 * @param {() => boolean | Promise<boolean>} condition
 * @param {{ what: string, limitMs?: number, everyMs?: number, signal: AbortSignal }} options
 */
export async function until(condition, { what, limitMs = 60_000, everyMs = 5, signal }) {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    signal.throwIfAborted();
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
