import { ProtocolError } from './errors.js';
import { DEFAULT_MAX_FRAME_BYTES } from './limits.js';
import type { Message } from './messages.js';
import { Encoder } from './msgpack-encode.js';

/** Byte strings of at least this size leave as pieces of their own instead of being copied. */
export const LARGE_BODY_BYTES = 16_384;

/** A slab with less room than this at its end is left to the collector. */
const LEAST_ROOM_BYTES = 4096;

const SLAB_BYTES = 65_536;

/**
 * Gathers frames for one write: `add` any number of messages, then `take` their bytes.
 *
 * Bytes that were taken are never written to again unless {@link recycle} says that they have left. Large bodies are
 * not copied: whoever gave them must leave them alone until they are written.
 */
export class FrameWriter {
  readonly #limit: number;
  #encoder = new Encoder(LARGE_BODY_BYTES);
  /** Where the bytes not taken yet begin. */
  #from = 0;

  constructor(maxFrameBytes: number = DEFAULT_MAX_FRAME_BYTES) {
    this.#limit = maxFrameBytes;
  }

  /** Bytes added and not taken. */
  get size(): number {
    return this.#encoder.position - this.#from + this.#encoder.cutBytes;
  }

  /**
   * Adds one frame, or nothing when it throws.
   * @throws ProtocolError `frame_too_large`, `malformed_frame` (nested too deeply)
   * @throws TypeError for a value that MessagePack's subset does not have
   */
  add(message: Message): void {
    const encoder = this.#encoder;
    const { position: start, cutBytes } = encoder;
    const cuts = encoder.cuts.length;
    try {
      encoder.reserve(4);
      encoder.position = start + 4;
      encoder.array(message, 1);
      const length = encoder.position - start - 4 + encoder.cutBytes - cutBytes;
      if (length > this.#limit) {
        throw new ProtocolError(
          'frame_too_large',
          `A message of ${length} bytes is over the frame limit of ${this.#limit}; send its body in parts.`,
        );
      }
      const { buffer } = encoder;
      buffer[start] = length >>> 24;
      buffer[start + 1] = length >>> 16;
      buffer[start + 2] = length >>> 8;
      buffer[start + 3] = length;
    } catch (error) {
      encoder.position = start;
      encoder.cuts.length = cuts;
      encoder.cutBytes = cutBytes;
      throw error;
    }
  }

  /** The bytes of all frames added since the last call: one piece, unless there are large bodies. */
  take(): Uint8Array[] {
    const encoder = this.#encoder;
    const { buffer, position, cuts } = encoder;
    const pieces: Uint8Array[] = [];
    let from = this.#from;
    if (cuts.length > 0) {
      for (const cut of cuts) {
        pieces.push(buffer.subarray(from, cut.at), cut.bytes);
        from = cut.at;
      }
      cuts.length = 0;
      encoder.cutBytes = 0;
    }
    if (position > from) pieces.push(buffer.subarray(from, position));
    if (buffer.length - position < LEAST_ROOM_BYTES) {
      encoder.buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
      encoder.position = 0;
    }
    this.#from = encoder.position;
    return pieces;
  }

  /** Everything taken has left the process: its room may be used again. Call it only with nothing added since. */
  recycle(): void {
    if (this.#encoder.buffer.length > SLAB_BYTES) this.#encoder.buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#encoder.position = 0;
    this.#from = 0;
  }
}

/** The bytes of the given messages in one buffer. For tests and tools; a connection uses {@link FrameWriter}. */
export function encodeFrames(messages: readonly Message[], maxFrameBytes?: number): Buffer {
  const writer = new FrameWriter(maxFrameBytes);
  for (const message of messages) writer.add(message);
  return Buffer.concat(writer.take());
}
