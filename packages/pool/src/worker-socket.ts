import {
  type Connection,
  connect,
  type FromWorkerMessage,
  type OutputStreamNumber,
  ProtocolError,
  type StartSpec,
  type ToWorkerMessage,
} from '@fastfn/protocol';
import { killGroup } from './daemon-process.js';
import type { WorkerEvents, WorkerExit, WorkerLink } from './worker-host.js';

/** After a kill through the daemon: how long it may take before we kill the process ourselves. */
const KILL_PATIENCE_MS = 25;

/** After a process has ended: how long its socket may stay open (something it forked may hold it). */
const CLOSE_PATIENCE_MS = 100;

/** A worker whose socket has closed is usually about to end by itself; after this it is ended. */
const EXIT_PATIENCE_MS = 250;

/** The same when what it said last was garbage; half a frame, though, is what any process leaves that was killed. */
const FAULT_PATIENCE_MS = 50;

export interface WorkerSocketOptions {
  readonly id: string;
  readonly spec: StartSpec;
  readonly events: WorkerEvents;
  /** The process is on this machine and ours to kill: the daemon is one that we started. */
  readonly local: boolean;
  /** For the handshake: a worker may be loading its code before it answers. */
  readonly loadTimeoutMs: number;
  /** Passes STOP to the daemon. */
  stop(id: string, graceMs: number): void;
  /** It is over; `id` is free. */
  onGone(id: string): void;
}

/**
 * The line to one worker process behind a daemon: started and ended by the daemon's word, called over a socket of its own.
 * Over only when the process has ended **and** everything it had written was read, so that an answer given in a worker's
 * last moment is not lost.
 */
export class WorkerSocket implements WorkerLink {
  readonly #options: WorkerSocketOptions;
  #connection: Connection | null = null;
  #connecting = false;
  #closed = false;
  /** Not all that it sent was read. */
  #unheard = false;
  #pid = 0;
  /** Set as soon as we know that the process is gone, or must be taken for gone. */
  #exit: WorkerExit | null = null;
  /** Why we had to end it. */
  #reason: Pick<WorkerExit, 'kind' | 'message'> | null = null;
  #gone = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: WorkerSocketOptions) {
    this.#options = options;
  }

  send(message: ToWorkerMessage): void {
    this.#connection?.send(message);
  }

  get received(): number {
    return this.#connection?.received ?? 0;
  }

  ping(timeoutMs: number): Promise<number> {
    if (this.#connection === null) return Promise.reject(new ProtocolError('connection_closed', 'Not connected.'));
    return this.#connection.ping(timeoutMs);
  }

  stop(graceMs: number): void {
    if (this.#gone) return;
    // What was said to the worker goes first: it is another socket.
    this.#connection?.flush();
    this.#options.stop(this.#options.id, graceMs);
    if (graceMs === 0) this.#arm(KILL_PATIENCE_MS, () => this.#killSelf());
  }

  /** STARTED. */
  async onStarted(pid: number): Promise<void> {
    const { spec, events, loadTimeoutMs } = this.#options;
    this.#pid = pid;
    events.onStarted(pid);
    this.#connecting = true;
    try {
      this.#connection = await connect(spec.socket, {
        side: 'gateway',
        hello: { pid: process.pid },
        maxFrameBytes: spec.max_frame,
        handshakeTimeoutMs: loadTimeoutMs,
        onMessage: (message) => events.onMessage(message as FromWorkerMessage),
        onClose: (error) => this.#onClose(error),
      });
      this.#connecting = false;
      if (this.#gone) this.#connection.destroy();
    } catch (error) {
      this.#connecting = false;
      if (this.#exit !== null) this.#finish();
      else
        this.#break(0, { kind: 'unreachable', message: `did not accept a connection (${(error as Error).message})` });
    }
  }

  /** START_FAILED. */
  onRefused(code: string, message: string): void {
    this.#exit = {
      kind: 'refused',
      exitCode: null,
      signal: null,
      message: `could not be started (${code}: ${message})`,
    };
    this.#finish();
  }

  /** EXITED. */
  onExited(exitCode: number | null, signal: string | null): void {
    this.#end({ kind: this.#reason?.kind ?? 'exited', exitCode, signal, message: this.#reason?.message ?? null });
  }

  /** LOG. */
  onLog(stream: OutputStreamNumber, text: string): void {
    this.#options.events.onLog(stream, text);
  }

  /** The daemon is gone. Its workers end with it; those we can reach we end ourselves. */
  onHostLost(reason: string): void {
    if (this.#gone || this.#exit !== null) return;
    this.#options.events.onLosing();
    if (this.#options.local && this.#pid > 0) killGroup(this.#pid);
    this.#end({ kind: 'host_lost', exitCode: null, signal: null, message: `was lost: ${reason}` });
  }

  #end(exit: WorkerExit): void {
    if (this.#gone) return;
    this.#exit = exit;
    const open = this.#connecting || (this.#connection !== null && !this.#closed);
    if (open) this.#arm(CLOSE_PATIENCE_MS, () => this.#finish());
    else this.#finish();
  }

  #onClose(error: Error | null): void {
    this.#closed = true;
    this.#unheard = !this.#connection?.heardAll;
    if (this.#exit !== null) this.#finish();
    else if (error instanceof ProtocolError && error.code !== 'connection_closed') {
      this.#break(FAULT_PATIENCE_MS, { kind: 'exited', message: `broke the protocol (${error.message})` });
    } else this.#break(EXIT_PATIENCE_MS, { kind: 'exited', message: null });
  }

  /** The line is no good: unless the process ends by itself, with a code of its own, it is ended for `reason`. */
  #break(patienceMs: number, reason: Pick<WorkerExit, 'kind' | 'message'>): void {
    if (this.#gone) return;
    this.#options.events.onLosing();
    const end = (): void => {
      this.#reason = reason;
      this.#options.stop(this.#options.id, 0);
      this.#arm(KILL_PATIENCE_MS, () => this.#killSelf());
    };
    if (patienceMs === 0) end();
    else this.#arm(patienceMs, end);
  }

  /** The daemon did not kill it in time. */
  #killSelf(): void {
    if (this.#options.local && this.#pid > 0) killGroup(this.#pid);
    this.#arm(EXIT_PATIENCE_MS, () => {
      this.#end({ kind: 'exited', exitCode: null, signal: 'SIGKILL', message: this.#reason?.message ?? null });
    });
  }

  #arm(ms: number, action: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
  }

  #finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#connection?.destroy();
    this.#options.onGone(this.#options.id);
    this.#options.events.onGone(this.#unheard ? { ...this.#exit!, unheard: true } : this.#exit!);
  }
}
