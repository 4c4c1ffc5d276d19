import { type BeforeFlush, LARGE_BODY_BYTES } from '@fastfn/protocol';
import type { Call } from './call.js';
import { BYTES_TYPE, NO_BYTES, type StreamReply, textType } from './reply.js';
import { pieceBytes } from './source.js';

/** Most bytes of one CHUNK, and of the body in HEAD. */
const CHUNK_BYTES = 65_536;

/** With more than this unsent, give the event loop a turn. */
const UNSENT_BYTES = 65_536;

/** Room for gathering begins small: an event stream seldom needs more. Bytes. */
const FIRST_ROOM_BYTES = 512;

/**
 * What a stream gave in one turn of the event loop. Small pieces are copied together and leave as one frame with the
 * turn's write, no later than each would by itself: a frame costs this process and the gateway more than its bytes do.
 * The copy also lets the producer use its buffer again as soon as it is asked for the next piece.
 */
export class StreamOutput implements BeforeFlush {
  readonly #call: Call;
  readonly #reply: StreamReply;
  #room: Uint8Array = NO_BYTES;
  #size = 0;
  #type: string | null = null;
  /** A frame was sent since the last {@link writable}: there may be more than the connection takes. */
  #filled = false;
  /** The connection will call {@link beforeFlush}. */
  #awaitsFlush = true;

  constructor(call: Call, reply: StreamReply) {
    this.#call = call;
    this.#reply = reply;
    // For the head, whether there is a piece by then or not.
    call.connection.callBeforeFlush(this);
  }

  /** No more may be taken from the producer before {@link writable}. */
  get full(): boolean {
    return this.#filled || this.#size >= Math.min(CHUNK_BYTES, this.#call.credit);
  }

  /** Resolves when there is room for more, or nobody wants it any more. */
  async writable(): Promise<void> {
    this.#filled = false;
    if (this.full) this.#send();
    if (this.#call.connection.pendingBytes > UNSENT_BYTES) await turn();
    await this.#call.writable();
  }

  /**
   * @returns bytes that are better sent by themselves, after what came before
   * @throws InvalidResponse when the piece is neither text nor bytes
   */
  add(piece: unknown): Uint8Array | null {
    const bytes = pieceBytes(piece);
    this.#type ??= typeof piece === 'string' ? textType(piece) : BYTES_TYPE;
    if (!this.#fits(bytes.length)) {
      this.#send();
      this.#filled = true;
      if (!this.#fits(bytes.length)) return bytes;
    }
    const size = this.#size + bytes.length;
    if (size > this.#room.length) this.#grow(size);
    this.#room.set(bytes, this.#size);
    this.#size = size;
    if (!this.#awaitsFlush) {
      this.#awaitsFlush = true;
      this.#call.connection.callBeforeFlush(this);
    }
    return null;
  }

  end(): void {
    if (this.#call.headSent) {
      this.#send();
      this.#call.end();
    } else this.#head(true);
  }

  /** The producer failed. What it gave still leaves, unless the head has not: then the answer is an error. */
  giveUp(): void {
    if (this.#call.headSent) this.#send();
  }

  beforeFlush(): void {
    this.#awaitsFlush = false;
    this.#send();
  }

  #fits(bytes: number): boolean {
    // Large ones need no copy, unless they can leave with the head.
    if (bytes >= LARGE_BODY_BYTES && this.#call.headSent) return false;
    return this.#size + bytes <= Math.min(CHUNK_BYTES, this.#call.credit);
  }

  #send(): void {
    const call = this.#call;
    if (call.canceled !== null || call.over) return;
    if (!call.headSent) this.#head(false);
    else if (this.#size > 0) {
      call.chunk(this.#room.subarray(0, this.#size));
      this.#empty();
    }
  }

  #head(end: boolean): void {
    const { status, headers, typed } = this.#reply;
    const all = typed ? headers : [...headers, 'content-type', this.#type ?? BYTES_TYPE];
    this.#call.head(status, all, this.#room.subarray(0, this.#size), end);
    this.#empty();
  }

  /** The connection has copied small frames, and keeps large ones until they have left. */
  #empty(): void {
    if (this.#size >= LARGE_BODY_BYTES) this.#room = NO_BYTES;
    this.#size = 0;
  }

  #grow(size: number): void {
    const room = Buffer.allocUnsafe(Math.max(FIRST_ROOM_BYTES, size, Math.min(CHUNK_BYTES, this.#room.length * 4)));
    room.set(this.#room.subarray(0, this.#size));
    this.#room = room;
  }
}

/** Sends bytes as the receiver allows; stops early when the call is canceled. */
export async function sendBytes(call: Call, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length && !call.over) {
    if (call.credit <= 0) await call.writable();
    if (call.canceled !== null) return;
    const size = Math.min(CHUNK_BYTES, call.credit, bytes.length - at);
    call.chunk(bytes.subarray(at, at + size));
    at += size;
    if (call.connection.pendingBytes > UNSENT_BYTES) await turn();
  }
}

/** The next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
