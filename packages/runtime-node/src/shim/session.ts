import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import {
  CallTable,
  Connection,
  INVOKE_MORE_BODY,
  type InputMessage,
  type InvokeMessage,
  type LoadErrorInfo,
  MessageType,
  type PayloadMessage,
  type ReadyInfo,
} from '@fastfn/protocol';
import { answer } from './answer.js';
import { Call, type CallOwner } from './call.js';
import { type EventBase, FnEvent } from './event.js';
import type { Handler } from './pick.js';

/** What all connections of a worker share. */
export interface SessionHost {
  readonly root: string;
  /** Bytes. */
  readonly maxFrame: number;
  readonly base: EventBase;
  /** The call whose code is running. */
  readonly current: AsyncLocalStorage<Call>;
  /** Null until the code is loaded. */
  readonly handler: Handler | null;
  /** No new calls: the process is about to end. */
  readonly draining: boolean;
  callStarted(): void;
  callEnded(): void;
  closed(session: Session): void;
}

/** A call whose body has not all come yet. */
interface Upload {
  readonly message: InvokeMessage;
  readonly parts: Uint8Array[];
}

/** One gateway's connection to this worker: its calls, by their ids. PROTOCOL.md §4. */
export class Session implements CallOwner {
  readonly connection: Connection;
  readonly #host: SessionHost;
  readonly #calls = new CallTable<Call>();
  readonly #uploads = new Map<number, Upload>();
  /** Calls that came before the code was loaded. */
  #early: PayloadMessage[] = [];

  constructor(socket: Socket, host: SessionHost) {
    this.#host = host;
    this.connection = new Connection(socket, {
      side: 'worker',
      hello: { runtime: 'node', pid: process.pid },
      maxFrameBytes: host.maxFrame,
      onMessage: (message) => this.#receive(message),
      onClose: () => this.#closed(),
    });
  }

  get root(): string {
    return this.#host.root;
  }

  ready(info: ReadyInfo): void {
    this.connection.send([MessageType.READY, info]);
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#receive(message);
  }

  /** Says why there is nothing to call, and closes. */
  refuse(error: LoadErrorInfo): Promise<void> {
    this.connection.send([MessageType.LOAD_ERROR, error]);
    return this.connection.close();
  }

  files(files: readonly string[]): void {
    this.connection.send([MessageType.FILES, files]);
  }

  /** Asks for no more calls. */
  leaving(): void {
    this.connection.send([MessageType.LEAVING]);
  }

  ended(call: Call): void {
    this.#calls.delete(call.id);
    this.#host.callEnded();
  }

  #receive(message: PayloadMessage): void {
    if (this.#host.handler === null) {
      this.#early.push(message);
      return;
    }
    switch (message[0]) {
      case MessageType.INVOKE:
        if (this.#host.draining) this.#decline(message[1]);
        else if ((message[14] & INVOKE_MORE_BODY) === 0) this.#run(message, message[15]);
        else this.#uploads.set(message[1], { message, parts: [message[15]] });
        return;
      case MessageType.INPUT:
        this.#input(message);
        return;
      case MessageType.CANCEL: {
        const upload = this.#uploads.get(message[1]);
        if (upload !== undefined) {
          this.#uploads.delete(message[1]);
          this.#decline(message[1]);
        } else this.#calls.get(message[1])?.cancel(message[2]);
        return;
      }
      case MessageType.CREDIT:
        this.#calls.get(message[1])?.addCredit(message[2]);
        return;
    }
  }

  #input([, id, bytes, last]: InputMessage): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return;
    upload.parts.push(bytes);
    if (!last) return;
    this.#uploads.delete(id);
    this.#run(upload.message, Buffer.concat(upload.parts));
  }

  /** The handler was not called, and will not be. */
  #decline(id: number): void {
    this.connection.send([MessageType.ERROR, id, 'canceled', 'The call ended before the handler was called.', null]);
  }

  #run(message: InvokeMessage, body: Uint8Array): void {
    const host = this.#host;
    const call = new Call(this, message);
    this.#calls.set(call.id, call);
    host.callStarted();
    const { current, maxFrame } = host;
    const event = new FnEvent(message, body, host.base, call);
    let result: unknown;
    try {
      result = current.run(call, host.handler!, event, event.params, call);
    } catch (error) {
      call.threw(error);
      return;
    }
    if (isThenable(result)) {
      result.then(
        (value) => current.run(call, answer, call, value, maxFrame),
        (error) => call.threw(error),
      );
    } else current.run(call, answer, call, result, maxFrame);
  }

  #closed(): void {
    this.#uploads.clear();
    for (const call of this.#calls.values()) call.cancel('client_closed');
    this.#host.closed(this);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
