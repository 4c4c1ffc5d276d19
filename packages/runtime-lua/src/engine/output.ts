import { MAX_OUTPUT_FRAME_BYTES, MessageType, type OutputMessage, type OutputStreamNumber } from '@fastfn/protocol';

/** Output kept per call and stream, bytes. */
const MAX_OUTPUT_BYTES = 65_536;

/** What a call printed on one stream: sent line by line, bounded, and told when there was more. */
class Stream {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #kept = 0;
  #dropped = 0;

  constructor(
    readonly id: number,
    readonly number: OutputStreamNumber,
    readonly send: (message: OutputMessage) => void,
  ) {}

  write(bytes: Buffer): void {
    if (this.#dropped > 0 || this.#kept + bytes.length > MAX_OUTPUT_BYTES) {
      // Once something was dropped nothing may follow it, or the text would have holes.
      const room = this.#dropped > 0 ? 0 : wholeCharacters(bytes, MAX_OUTPUT_BYTES - this.#kept);
      this.#dropped += bytes.length - room;
      if (room === 0) return;
      bytes = bytes.subarray(0, room);
    }
    this.#kept += bytes.length;
    // Copied: the memory of Lua is about to change.
    this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    if (bytes[bytes.length - 1] === 0x0a || this.#waitingBytes >= MAX_OUTPUT_FRAME_BYTES) this.flush();
  }

  flush(): void {
    if (this.#waitingBytes === 0) return;
    const all = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (let at = 0; at < all.length; ) {
      const size = wholeCharacters(all.subarray(at), MAX_OUTPUT_FRAME_BYTES);
      this.send([MessageType.OUTPUT, this.id, this.number, all.toString('utf8', at, at + size)]);
      at += size;
    }
  }

  end(): void {
    this.flush();
    if (this.#dropped > 0) {
      this.send([MessageType.OUTPUT, this.id, this.number, `… ${this.#dropped} more bytes dropped\n`]);
    }
  }
}

/** Stdout and stderr of one call. */
export class Output {
  readonly #streams: [Stream | null, Stream | null] = [null, null];

  constructor(
    readonly id: number,
    readonly send: (message: OutputMessage) => void,
  ) {}

  write(stream: OutputStreamNumber, bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#streams[stream - 1] ??= new Stream(this.id, stream, this.send);
    this.#streams[stream - 1]!.write(bytes);
  }

  /** Sends what has no line end yet: before the call waits, for instance. */
  flush(): void {
    for (const stream of this.#streams) stream?.flush();
  }

  /** Before the terminal frame. */
  end(): void {
    for (const stream of this.#streams) stream?.end();
  }
}

/** The largest number of bytes up to `limit` that does not cut a character of UTF-8. */
function wholeCharacters(bytes: Buffer, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  let end = limit;
  while (end > limit - 4 && end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return end > 0 ? end : limit;
}
