import type { Duplex } from 'node:stream';
import { Decoder, FrameReader, FrameWriter, type Message } from '@fastfn/protocol';

/** Manifests of very large trees are the largest things that travel. */
const MAX_FRAME_BYTES = 1_073_741_824;

/** A message between two processes of one server: its number, then its fields. Plain data of MessagePack. */
export type Packet = readonly [type: number, ...fields: unknown[]];

export interface ChannelListener {
  onPacket(packet: Packet): void;
  /** Once, as the last callback: the other process is gone or has closed; all it had sent was delivered. */
  onClose(): void;
}

/**
 * A line between the primary and one gateway process: MessagePack in frames, all of one turn of the event loop in one write.
 * Both ends are ours and of one version: what comes is trusted.
 */
export class Channel {
  readonly #stream: Duplex;
  readonly #writer = new FrameWriter(MAX_FRAME_BYTES);
  #scheduled = false;
  #closed = false;
  readonly #flushNow = (): void => this.flush();

  constructor(stream: Duplex, { onPacket, onClose }: ChannelListener) {
    this.#stream = stream;
    const reader = new FrameReader(MAX_FRAME_BYTES);
    const decoder = new Decoder();
    const visit = (buffer: Buffer, start: number, end: number): boolean => {
      onPacket(decoder.decode(buffer, start, end) as Packet);
      return true;
    };
    const close = (): void => {
      if (this.#closed) return;
      this.#closed = true;
      stream.destroy();
      onClose();
    };
    stream.on('data', (chunk: Buffer) => {
      const fault = reader.push(chunk, visit);
      if (fault !== null) stream.destroy(fault);
    });
    stream.on('error', () => {});
    stream.on('end', close);
    stream.on('close', close);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Leaves with all others of this turn of the event loop. Ignored once closed. */
  send(packet: Packet): void {
    if (this.#closed) return;
    this.#writer.add(packet as unknown as Message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushNow);
  }

  /** Writes what is queued now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#closed || this.#writer.size === 0) return;
    this.#stream.cork();
    for (const piece of this.#writer.take()) this.#stream.write(piece);
    this.#stream.uncork();
    if (this.#stream.writableLength === 0) this.#writer.recycle();
  }

  /** Resolves when everything sent so far has left this process. */
  drained(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      if (this.#closed) resolve();
      else this.#stream.write('', () => resolve());
    });
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
