import {
  type Connection,
  connect,
  type FromWorkerMessage,
  MessageType,
  ProtocolError,
  type StartSpec,
  type ToWorkerMessage,
} from '@fastfn/protocol';
import type { WorkerEvents, WorkerExit, WorkerHost, WorkerLink } from '../worker-host.js';
import type { WorkerInfo } from './packets.js';

/** After a worker has ended: how long its socket may stay open (something it forked may hold it). */
const CLOSE_PATIENCE_MS = 100;

/** A worker whose line has closed has usually ended, and the primary is about to say so; after this it is told. */
const GONE_PATIENCE_MS = 500;

export interface WorkerLineOptions {
  readonly info: WorkerInfo;
  /** It has to be ended: a call in it does not end, or its line broke. */
  onKill(why: 'timeout' | 'broken'): void;
}

/**
 * A gateway's own line to a worker that the primary started: calls go over it directly. That the worker has ended is the
 * primary's to say; what it had written is read first, so that an answer given in a worker's last moment is not lost.
 */
export class WorkerLine implements WorkerHost, WorkerLink {
  readonly index: number;
  readonly up = true;
  readonly #options: WorkerLineOptions;
  #events!: WorkerEvents;
  #connection: Connection | null = null;
  /** Sent before the line was open. */
  #early: ToWorkerMessage[] = [];
  #exit: WorkerExit | null = null;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #gone = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: WorkerLineOptions) {
    this.#options = options;
    this.index = options.info.host;
  }

  /** WorkerHost. The worker runs already: the line says that it is ready as soon as it is used. */
  startWorker(_id: string, _spec: StartSpec, events: WorkerEvents): WorkerLink {
    this.#events = events;
    return this;
  }

  /** Called once the worker object is there. */
  open(): void {
    const { pid, concurrency, ahead, socket, max_frame: maxFrameBytes } = this.#options.info;
    this.#events.onStarted(pid);
    this.#events.onMessage([MessageType.READY, { pid, concurrency, ahead, files: [], load_ms: 0 }]);
    connect(socket, {
      side: 'gateway',
      hello: { pid: process.pid },
      maxFrameBytes,
      onMessage: (message) => this.#events.onMessage(message as FromWorkerMessage),
      onClose: () => this.#closed(),
    }).then(
      (connection) => {
        this.#connection = connection;
        if (this.#gone) {
          connection.destroy();
          return;
        }
        if (this.#state === 'connecting') this.#state = 'open';
        for (const message of this.#early) connection.send(message);
        this.#early = [];
        connection.flush();
      },
      () => this.#closed(),
    );
  }

  send(message: ToWorkerMessage): void {
    if (this.#connection !== null) this.#connection.send(message);
    else if (this.#state === 'connecting') this.#early.push(message);
  }

  ping(timeoutMs: number): Promise<number> {
    if (this.#connection === null) return Promise.reject(new ProtocolError('connection_closed', 'Not connected.'));
    return this.#connection.ping(timeoutMs);
  }

  stop(graceMs: number): void {
    if (this.#gone || graceMs > 0) return;
    this.#connection?.flush();
    this.#options.onKill('timeout');
  }

  /** The primary says that the worker has ended. */
  exited(exit: WorkerExit): void {
    if (this.#gone || this.#exit !== null) return;
    this.#exit = exit;
    if (this.#state === 'closed') this.#finish();
    else this.#arm(CLOSE_PATIENCE_MS, () => this.#finish());
  }

  /** Cuts the line; nobody is told. */
  destroy(): void {
    this.#gone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#connection?.destroy();
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    if (this.#gone) return;
    if (this.#exit !== null) this.#finish();
    else {
      this.#events.onLosing();
      this.#arm(GONE_PATIENCE_MS, () => this.#options.onKill('broken'));
    }
  }

  #arm(ms: number, action: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
  }

  #finish(): void {
    if (this.#gone) return;
    this.destroy();
    this.#events.onGone(this.#exit!);
  }
}
