import { readSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

export interface LastWordsOptions {
  /** Where the next bytes are to lie. */
  buffer(): Buffer;
  /** So many have come there. */
  onBytes(bytes: number): void;
  /** Writing has failed because the other side is gone, and all that it had written has been read. */
  onEnd(): void;
}

/**
 * A socket that hears the other side out. Node cuts one whose write failed (the other side has died) at once, with all that
 * still lies in it unread: among it may be answers.
 */
export class LastWordsSocket extends Socket {
  readonly #options: LastWordsOptions;

  constructor(options: LastWordsOptions) {
    const onread = {
      buffer: () => options.buffer(),
      callback: (bytes: number) => {
        options.onBytes(bytes);
        return true;
      },
    };
    super({ onread } as SocketConstructorOpts);
    this.#options = options;
  }

  override _destroy(error: NodeJS.ErrnoException | null, callback: (error?: Error | null) => void): void {
    if (error?.syscall === 'write' && error.code === 'EPIPE') this.#readOut();
    super._destroy(error, callback);
  }

  #readOut(): void {
    const { buffer, onBytes, onEnd } = this.#options;
    const { _handle: handle } = this as unknown as { _handle: { fd: number } | null };
    if (handle === null || !(handle.fd >= 0)) return;
    try {
      for (;;) {
        const bytes = readSync(handle.fd, buffer());
        if (bytes === 0) break;
        onBytes(bytes);
      }
    } catch (error) {
      // Of one that died with something unread, the end is an error.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') return;
    }
    onEnd();
  }
}
