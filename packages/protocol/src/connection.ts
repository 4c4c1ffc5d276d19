import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkMessage, type Direction } from './check.js';
import { isFaultCode, ProtocolError } from './errors.js';
import { FrameReader } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import { DEFAULT_MAX_FRAME_BYTES, HANDSHAKE_TIMEOUT_MS, PROTOCOL_VERSION } from './limits.js';
import {
  type FaultMessage,
  type HelloInfo,
  type HelloMessage,
  type Message,
  MessageType,
  type PayloadMessage,
  type Role,
} from './messages.js';
import { Decoder } from './msgpack-decode.js';
import type { ReadSlab } from './read-slab.js';

/** How long a closing connection waits for the other side before it cuts the line. */
const CLOSE_GRACE_MS = 1000;

const NOTHING = Buffer.alloc(0);

/** `info` of the other side's HELLO, and its version. */
export interface PeerInfo extends HelloInfo {
  readonly version: number;
}

export interface ConnectionOptions {
  /** Who we are. The gateway speaks first; a daemon or worker answers its HELLO. */
  readonly side: Role;
  /** What we say of ourselves; `role` is added. */
  readonly hello: Readonly<Record<string, unknown>>;
  readonly maxFrameBytes?: number;
  readonly handshakeTimeoutMs?: number;
  /** The other side's HELLO came and is acceptable. */
  onHello?(peer: PeerInfo): void;
  /**
   * Never a message of §2: the connection answers those itself. Byte strings in it are views on what was read from the
   * socket; they stay valid.
   */
  onMessage(message: PayloadMessage): void;
  /** Exactly once, as the last callback. Null: one of the sides closed in an orderly way. */
  onClose(error: Error | null): void;
}

/** Somebody who gathers during a turn of the event loop, to send it all at its end. */
export interface BeforeFlush {
  /** What is sent now leaves with this turn's write. */
  beforeFlush(): void;
}

interface Ping {
  readonly resolve: (ms: number) => void;
  readonly reject: (error: Error) => void;
  readonly sentAt: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * One socket that speaks PROTOCOL.md: handshake, pings and faults done, what comes in checked, and everything sent in
 * one turn of the event loop leaving in one write.
 */
export class Connection {
  readonly #socket: Duplex;
  readonly #options: ConnectionOptions;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #decoder = new Decoder();
  /** A net.Socket with an empty queue has handed its bytes to the kernel; another Duplex may still hold them. */
  readonly #recyclable: boolean;
  readonly #pings = new Map<number, Ping>();
  readonly #whenClosed: Promise<void>;
  #resolveClosed!: () => void;

  #state: 'open' | 'closing' | 'closed' = 'open';
  #peer: PeerInfo | null = null;
  /** Of what comes in; null while the gateway does not know yet whom it talks to. */
  #direction: Direction | null;
  /** A daemon or worker says nothing before the gateway's HELLO; its own waits at the head of the queue. */
  #held: boolean;
  /** `close` was called before the gateway's HELLO: what is queued must still leave, after it. */
  #closeAfterHello = false;
  #heardAll = false;
  #flushScheduled = false;
  #beforeFlush: BeforeFlush[] = [];
  #error: Error | null = null;
  #pingCount = 0;
  readonly #handshakeTimer: NodeJS.Timeout;
  #graceTimer: NodeJS.Timeout | null = null;
  readonly #flushNow = (): void => this.flush();
  readonly #visit = (buffer: Buffer, start: number, end: number): boolean => this.#receive(buffer, start, end);
  readonly #slab: ReadSlab | null;
  /** The buffer of the next read is part of the frame that is being gathered. */
  #fillsGap = false;

  /** @param slab of a socket made with `onread`, which reads into {@link readBuffer}. */
  constructor(socket: Duplex, options: ConnectionOptions, slab: ReadSlab | null = null) {
    this.#socket = socket;
    this.#slab = slab;
    this.#options = options;
    const limit = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#reader = new FrameReader(limit);
    this.#writer = new FrameWriter(limit);
    this.#recyclable = socket instanceof Socket;
    this.#direction = options.side === 'gateway' ? null : options.side === 'daemon' ? 'to-daemon' : 'to-worker';
    this.#held = options.side !== 'gateway';
    this.#whenClosed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });

    const timeout = options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS;
    this.#handshakeTimer = setTimeout(() => {
      this.#fault(new ProtocolError('handshake_timeout', `The other side sent no HELLO within ${timeout} ms.`));
    }, timeout);
    this.#handshakeTimer.unref();

    // A socket that reads into `readBuffer()` emits none.
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= error;
      if (this.#state === 'open' && error.syscall === 'read') this.#heardAll = true;
    });
    socket.on('close', () => this.#finish());
    this.send([MessageType.HELLO, PROTOCOL_VERSION, { ...options.hello, role: options.side }]);
  }

  /** The other side's HELLO; null before it came. */
  get peer(): PeerInfo | null {
    return this.#peer;
  }

  /** True as soon as nothing can be sent any more. */
  get closed(): boolean {
    return this.#state !== 'open' || this.#closeAfterHello;
  }

  /** Bytes that have come. */
  get received(): number {
    return this.#socket instanceof Socket ? this.#socket.bytesRead : 0;
  }

  /** Closed, and everything that the other side sent was read: it ended first, or is dead. */
  get heardAll(): boolean {
    return this.#heardAll;
  }

  /** Bytes sent that have not left the process. */
  get pendingBytes(): number {
    return this.#writer.size + this.#socket.writableLength;
  }

  /**
   * Queues a message; it leaves with all others of this turn of the event loop. Ignored once `closed`. Byte strings of
   * 16 KiB and more are not copied: leave them alone until they have left.
   * @throws ProtocolError `frame_too_large`, or `malformed_frame` when nested too deeply; nothing of it is sent then.
   * @throws TypeError for a value that the protocol cannot carry.
   */
  send(message: Message): void {
    if (this.closed) return;
    this.#writer.add(message);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(this.#flushNow);
  }

  /** Calls it once, just before what was queued in this turn of the event loop is written. Not when `closed`. */
  callBeforeFlush(gatherer: BeforeFlush): void {
    if (this.closed) return;
    this.#beforeFlush.push(gatherer);
    this.#scheduleFlush();
  }

  /** Writes what is queued now, instead of at the end of this turn. */
  flush(): void {
    if (this.#beforeFlush.length > 0) {
      const gatherers = this.#beforeFlush;
      this.#beforeFlush = [];
      for (const gatherer of gatherers) gatherer.beforeFlush();
    }
    this.#flushScheduled = false;
    const socket = this.#socket;
    if (this.#held || this.#state !== 'open' || this.#writer.size === 0 || socket.destroyed) return;
    const pieces = this.#writer.take();
    if (pieces.length === 1) socket.write(pieces[0]);
    else {
      // Corked writes leave in one writev.
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
    if (this.#recyclable && socket.writableLength === 0) this.#writer.recycle();
  }

  /**
   * Resolves when everything sent so far has left the process, or the connection is closed (and, before the gateway's
   * HELLO, at once). Never rejects.
   */
  drained(): Promise<void> {
    this.flush();
    if (this.#socket.writableLength === 0 || this.#state !== 'open') return Promise.resolve();
    return Promise.race([
      new Promise<void>((resolve) => this.#socket.write(NOTHING, () => resolve())),
      this.#whenClosed,
    ]);
  }

  /**
   * Milliseconds until the other side answered.
   * @throws ProtocolError `ping_timeout`, `connection_closed`
   */
  ping(timeoutMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(connectionClosed());
        return;
      }
      this.#pingCount = (this.#pingCount + 1) >>> 0;
      const n = this.#pingCount;
      const timer = setTimeout(() => {
        this.#pings.delete(n);
        reject(new ProtocolError('ping_timeout', `The other side did not answer a PING within ${timeoutMs} ms.`));
      }, timeoutMs);
      timer.unref();
      this.#pings.set(n, { resolve, reject, timer, sentAt: performance.now() });
      this.send([MessageType.PING, n]);
    });
  }

  /** For a socket made with `onread`: where its next bytes are to lie. */
  readBuffer(): Buffer {
    const gap = this.#state === 'open' ? this.#reader.gap() : null;
    this.#fillsGap = gap !== null;
    return gap ?? this.#slab!.room();
  }

  /** For a socket made with `onread` that was cut because writing to it failed: it has been read to its end. */
  readToEnd(): void {
    if (this.#state === 'open') this.#heardAll = true;
  }

  /** For a socket made with `onread`: so many bytes have come into {@link readBuffer}. */
  bytesRead(bytes: number): void {
    if (!this.#fillsGap) this.#received(this.#slab!.take(bytes));
    else if (this.#state === 'open') this.#reader.advance(bytes, this.#visit);
  }

  #received(chunk: Buffer): void {
    // After a fault or `close` what still comes is thrown away: nothing is buffered.
    if (this.#state !== 'open') return;
    const error = this.#reader.push(chunk, this.#visit);
    if (error !== null) this.#fault(error);
  }

  /**
   * Sends what is queued, then closes; resolves when the socket is gone. What still comes in is thrown away. Waits for
   * the other side at most a second.
   */
  close(): Promise<void> {
    if (this.closed) return this.#whenClosed;
    if (this.#held) {
      this.#closeAfterHello = true;
      this.#limitWait();
    } else {
      this.flush();
      this.#wind();
    }
    return this.#whenClosed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Cuts the line at once; what is queued is lost. */
  destroy(error: Error | null = null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#error ??= error;
    this.#socket.destroy();
  }

  /** False: throw away the rest of the chunk. */
  #receive(buffer: Buffer, start: number, end: number): boolean {
    let message: Message;
    try {
      message = checkMessage(this.#decoder.decode(buffer, start, end), this.#direction);
      if (this.#peer === null) this.#expectHello(message);
    } catch (error) {
      this.#fault(error as ProtocolError);
      return false;
    }
    if (message[0] > MessageType.FAULT) this.#options.onMessage(message as PayloadMessage);
    else this.#answer(message);
    return this.#state === 'open';
  }

  #expectHello(message: Message): void {
    if (message[0] === MessageType.FAULT) return;
    if (message[0] !== MessageType.HELLO) {
      throw new ProtocolError('unexpected_message', `The first message must be HELLO, not type ${message[0]}.`);
    }
    const [, version, info] = message as HelloMessage;
    if (version !== PROTOCOL_VERSION) {
      throw new ProtocolError(
        'protocol_version',
        `The other side speaks version ${version} of the protocol; this side supports version ${PROTOCOL_VERSION}.`,
      );
    }
    const gateway = this.#options.side === 'gateway';
    const suits = gateway ? info.role === 'daemon' || info.role === 'worker' : info.role === 'gateway';
    if (!suits) {
      const wanted = gateway ? 'daemon or worker' : 'gateway';
      throw new ProtocolError('unexpected_message', `HELLO must come from a ${wanted}, not ${String(info.role)}.`);
    }
  }

  /** The messages that every socket knows. */
  #answer(message: Message): void {
    switch (message[0]) {
      case MessageType.HELLO:
        this.#greet(message as HelloMessage);
        break;
      case MessageType.PING:
        this.send([MessageType.PONG, message[1] as number]);
        break;
      case MessageType.PONG: {
        const ping = this.#pings.get(message[1] as number);
        if (ping === undefined) break;
        this.#pings.delete(message[1] as number);
        clearTimeout(ping.timer);
        ping.resolve(performance.now() - ping.sentAt);
        break;
      }
      case MessageType.FAULT:
        this.#faulted(message as FaultMessage);
    }
  }

  #greet([, version, info]: HelloMessage): void {
    if (this.#peer !== null) {
      this.#fault(new ProtocolError('unexpected_message', 'HELLO came twice.'));
      return;
    }
    clearTimeout(this.#handshakeTimer);
    this.#peer = { ...info, version };
    if (this.#options.side === 'gateway') this.#direction = info.role === 'daemon' ? 'from-daemon' : 'from-worker';
    else {
      this.#held = false;
      this.flush();
      if (this.#closeAfterHello) {
        this.#wind();
        return;
      }
    }
    this.#options.onHello?.(this.#peer);
  }

  #faulted([, code, message]: FaultMessage): void {
    this.#error ??= isFaultCode(code)
      ? new ProtocolError(code, `The other side found a fault: ${message}`, { fromPeer: true })
      : new ProtocolError('peer_fault', `The other side found a fault: ${code}: ${message}`, { fromPeer: true });
    this.#wind();
  }

  /** Our finding: tells the other side, and closes. */
  #fault(error: ProtocolError): void {
    if (this.#state !== 'open') return;
    this.#error ??= error;
    this.#held = false;
    this.#writer.add([MessageType.FAULT, error.code, error.message]);
    this.flush();
    this.#wind();
  }

  /** Ends our half, and waits a moment for the other side to end its own. */
  #wind(): void {
    this.#state = 'closing';
    clearTimeout(this.#handshakeTimer);
    this.#socket.end();
    this.#limitWait();
    // A socket nobody reads would never see the other side's end.
    this.#socket.resume();
  }

  #limitWait(): void {
    if (this.#graceTimer !== null) return;
    this.#graceTimer = setTimeout(() => this.#socket.destroy(), CLOSE_GRACE_MS);
    this.#graceTimer.unref();
  }

  #ended(): void {
    if (this.#state !== 'open') return;
    this.#heardAll = true;
    if (this.#reader.pendingBytes > 0) {
      this.#error ??= new ProtocolError(
        'malformed_frame',
        `The other side closed inside a frame, after ${this.#reader.pendingBytes} bytes of it.`,
      );
    } else if (this.#peer === null && !this.#closeAfterHello) {
      this.#error ??= new ProtocolError('connection_closed', 'The other side closed before its HELLO.');
    }
    this.#wind();
  }

  #finish(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#handshakeTimer);
    if (this.#graceTimer !== null) clearTimeout(this.#graceTimer);
    for (const ping of this.#pings.values()) {
      clearTimeout(ping.timer);
      ping.reject(connectionClosed());
    }
    this.#pings.clear();
    this.#resolveClosed();
    this.#options.onClose(this.#error);
  }
}

function connectionClosed(): ProtocolError {
  return new ProtocolError('connection_closed', 'The connection is closed.');
}
