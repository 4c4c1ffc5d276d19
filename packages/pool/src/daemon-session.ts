import {
  type Connection,
  connect,
  type FromDaemonMessage,
  MessageType,
  type PeerInfo,
  ProtocolError,
  type StartSpec,
} from '@fastfn/protocol';
import type { WorkerEvents, WorkerLink } from './worker-host.js';
import { WorkerSocket } from './worker-socket.js';

export interface DaemonSessionOptions {
  readonly socket: string;
  readonly maxFrameBytes: number;
  readonly loadTimeoutMs: number;
  /** The daemon is one that we started, so its workers are ours to kill. */
  readonly local: boolean;
  /** A line the daemon itself reports. */
  onLog(text: string): void;
  /** The connection is closed; its workers are told after this. */
  onClose(reason: string): void;
}

/** One control connection: starts workers and passes on what the daemon says of them. PROTOCOL.md §3. */
export class DaemonSession {
  readonly peer: PeerInfo;
  readonly #connection: Connection;
  readonly #options: DaemonSessionOptions;
  readonly #workers: Map<string, WorkerSocket>;
  #onEmpty: (() => void) | null = null;

  private constructor(
    connection: Connection,
    peer: PeerInfo,
    workers: Map<string, WorkerSocket>,
    options: DaemonSessionOptions,
  ) {
    this.#connection = connection;
    this.peer = peer;
    this.#workers = workers;
    this.#options = options;
  }

  /** Connects and shakes hands. @throws Error saying why not. */
  static async open(options: DaemonSessionOptions): Promise<DaemonSession> {
    const workers = new Map<string, WorkerSocket>();
    let open = false;
    let greeted: ((peer: PeerInfo) => void) | null = null;
    let failed: ((error: Error) => void) | null = null;
    const hello = new Promise<PeerInfo>((resolve, reject) => {
      greeted = resolve;
      failed = reject;
    });
    // It may be rejected before anyone waits for it.
    hello.catch(() => {});
    const connection = await connect(options.socket, {
      side: 'gateway',
      hello: { pid: process.pid },
      maxFrameBytes: options.maxFrameBytes,
      onHello: (peer) => greeted?.(peer),
      onMessage: (message) => receive(workers, message as FromDaemonMessage, options),
      onClose: (error) => {
        const reason = error?.message ?? 'the daemon closed the connection';
        failed?.(error ?? new Error(reason));
        if (open) options.onClose(reason);
        lose(workers, reason);
      },
    });
    const peer = await hello;
    if (peer.role !== 'daemon') {
      connection.destroy();
      throw new Error(`A ${peer.role} answered, not a daemon.`);
    }
    open = true;
    return new DaemonSession(connection, peer, workers, options);
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  start(id: string, spec: StartSpec, events: WorkerEvents): WorkerLink {
    const { local, loadTimeoutMs } = this.#options;
    const worker = new WorkerSocket({
      id,
      spec,
      events,
      local,
      loadTimeoutMs,
      stop: (worker, graceMs) => this.#connection.send([MessageType.STOP, worker, graceMs]),
      onGone: (gone) => {
        this.#workers.delete(gone);
        if (this.#workers.size === 0) this.#onEmpty?.();
      },
    });
    this.#workers.set(id, worker);
    this.#connection.send([MessageType.START, id, spec]);
    // Somebody waits for this worker: do not wait for the end of the turn.
    this.#connection.flush();
    return worker;
  }

  /** @throws ProtocolError `ping_timeout`, `connection_closed` */
  ping(timeoutMs: number): Promise<number> {
    return this.#connection.ping(timeoutMs);
  }

  /** Resolves when no worker is left, or after `timeoutMs`. */
  emptied(timeoutMs: number): Promise<void> {
    if (this.#workers.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The daemon stops its workers when the connection is gone. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Cuts the line; workers are told `reason` before this returns. */
  destroy(reason: string): void {
    this.#connection.destroy(new ProtocolError('connection_closed', reason));
    lose(this.#workers, reason);
  }
}

function lose(workers: ReadonlyMap<string, WorkerSocket>, reason: string): void {
  for (const worker of [...workers.values()]) worker.onHostLost(reason);
}

function receive(
  workers: ReadonlyMap<string, WorkerSocket>,
  message: FromDaemonMessage,
  { onLog }: DaemonSessionOptions,
): void {
  switch (message[0]) {
    case MessageType.STARTED:
      void workers.get(message[1])?.onStarted(message[2]);
      break;
    case MessageType.START_FAILED:
      workers.get(message[1])?.onRefused(message[2], message[3]);
      break;
    case MessageType.EXITED:
      workers.get(message[1])?.onExited(message[2], message[3]);
      break;
    case MessageType.LOG: {
      const worker = message[1] === null ? undefined : workers.get(message[1]);
      if (worker) worker.onLog(message[2], message[3]);
      else onLog(message[3]);
    }
  }
}
