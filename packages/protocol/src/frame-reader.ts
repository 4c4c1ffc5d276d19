import { ProtocolError } from './errors.js';
import { DEFAULT_MAX_FRAME_BYTES, FRAME_HEADROOM_BYTES } from './limits.js';

const HEADER_BYTES = 4;

/**
 * A frame up to this size gets its whole buffer at once, which costs address space until it is written to; a larger one grows with
 * what really arrives. Bodies of a round number of MiB must fit with what else is in their frame: growing for the last bytes
 * copies all.
 */
const TRUSTED_BYTES = 4 * 1_048_576 + FRAME_HEADROOM_BYTES;

/** The payload lies between `start` and `end`. Returns false to have the rest of the chunk thrown away. */
export type FrameVisitor = (buffer: Buffer, start: number, end: number) => boolean;

/**
 * Cuts a stream of bytes into frames. A frame that lies whole inside one chunk is handed out where it lies; one that
 * is spread over several is gathered, never in more memory than the limit, nor much more than has arrived.
 */
export class FrameReader {
  readonly #limit: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** The frame being gathered, null between frames. */
  #partial: Buffer | null = null;
  #received = 0;
  #length = 0;

  constructor(maxFrameBytes: number = DEFAULT_MAX_FRAME_BYTES) {
    this.#limit = maxFrameBytes;
  }

  /** Bytes of an unfinished frame, its header included. */
  get pendingBytes(): number {
    return this.#partial === null ? this.#headerBytes : HEADER_BYTES + this.#received;
  }

  /** Memory held for the unfinished frame. */
  get heldBytes(): number {
    return HEADER_BYTES + (this.#partial?.length ?? 0);
  }

  /**
   * Where the rest of the frame being gathered belongs: who reads straight into it, and says so with {@link advance}, saves a
   * copy. Null between frames.
   */
  gap(): Buffer | null {
    return this.#partial?.subarray(this.#received, this.#length) ?? null;
  }

  /** The next `bytes` of the frame being gathered have been read into {@link gap}. */
  advance(bytes: number, visit: FrameVisitor): void {
    this.#received += bytes;
    const partial = this.#partial!;
    if (this.#received === this.#length) {
      this.#partial = null;
      visit(partial, 0, this.#length);
    } else if (this.#received === partial.length) this.#grow(this.#received + 1);
  }

  /**
   * @param visit called for each frame that the chunk completes, in order. What it is given stays valid afterwards as
   *   long as the owner of `chunk` leaves that alone.
   * @returns what is wrong with the stream (`frame_too_large`, `malformed_frame` for length 0), after which the reader
   *   is of no use; else null. Returned and not thrown, so that an error of the visitor cannot be mistaken for it.
   */
  push(chunk: Buffer, visit: FrameVisitor): ProtocolError | null {
    let at = 0;
    const end = chunk.length;
    while (at < end) {
      if (this.#partial !== null) {
        at += this.#gather(chunk, at);
        if (this.#received < this.#length) return null;
        const whole: Buffer = this.#partial;
        this.#partial = null;
        if (visit(whole, 0, this.#length) === false) return null;
        continue;
      }
      if (this.#headerBytes === 0 && end - at >= HEADER_BYTES) {
        const length = chunk.readUInt32BE(at);
        if (length > this.#limit || length === 0) return this.#refuse(length);
        at += HEADER_BYTES;
        if (end - at >= length) {
          at += length;
          if (visit(chunk, at - length, at) === false) return null;
        } else this.#begin(length);
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++]!;
      if (this.#headerBytes === HEADER_BYTES) {
        this.#headerBytes = 0;
        const length = this.#header.readUInt32BE(0);
        if (length > this.#limit || length === 0) return this.#refuse(length);
        this.#begin(length);
      }
    }
    return null;
  }

  #refuse(length: number): ProtocolError {
    if (length === 0) return new ProtocolError('malformed_frame', 'A frame must not be empty.');
    return new ProtocolError('frame_too_large', `A frame of ${length} bytes is over the limit of ${this.#limit}.`);
  }

  #begin(length: number): void {
    this.#length = length;
    this.#received = 0;
    this.#partial = Buffer.allocUnsafeSlow(Math.min(length, TRUSTED_BYTES));
  }

  /** Copies from the chunk what the frame lacks, and says how much that was. */
  #gather(chunk: Buffer, at: number): number {
    const bytes = Math.min(chunk.length - at, this.#length - this.#received);
    const needed = this.#received + bytes;
    if (needed > this.#partial!.length) this.#grow(needed);
    chunk.copy(this.#partial!, this.#received, at, at + bytes);
    this.#received = needed;
    return bytes;
  }

  #grow(needed: number): void {
    const partial = this.#partial!;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(needed, partial.length * 2)));
    partial.copy(larger, 0, 0, this.#received);
    this.#partial = larger;
  }
}
