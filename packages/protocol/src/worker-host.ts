import type { FromWorkerMessage, OutputStreamNumber, StartSpec, ToWorkerMessage } from './messages.js';

/**
 * Where workers of one runtime come from: a daemon, or an engine inside this process (then the only host of its runtime).
 * The pool speaks the messages of PROTOCOL.md §4 with a worker and does not know where it lives. Here and not in the pool,
 * because a runtime that brings an engine implements it.
 */
export interface WorkerHost {
  /** From 1. */
  readonly index: number;
  /** Can start workers now. */
  readonly up: boolean;
  /** Of a host inside this process: a function will need it, so it may get ready. Called once, before any worker. */
  prepare?(): void;
  /**
   * Starts a worker. Whatever happens is told to `events`, never before this returns.
   * @param id unique in this process.
   */
  startWorker(id: string, spec: StartSpec, events: WorkerEvents): WorkerLink;
  /** Of a host inside this process: frees what it holds, after its workers have ended. Idempotent. */
  close?(): Promise<void>;
}

/** The line to one worker. */
export interface WorkerLink {
  /** Bytes that have come over it; missing when nothing can be on its way. */
  readonly received?: number;
  /** Only between READY and {@link WorkerEvents.onGone}; ignored else. */
  send(message: ToWorkerMessage): void;
  /** Resolves with the round trip in ms. @throws when no answer came in time. */
  ping(timeoutMs: number): Promise<number>;
  /** Ends the worker: at once when 0, else it may finish for so long. May be called again with less. */
  stop(graceMs: number): void;
}

export interface WorkerEvents {
  onStarted(pid: number): void;
  onMessage(message: FromWorkerMessage): void;
  /** What it printed outside of any call. */
  onLog(stream: OutputStreamNumber, text: string): void;
  /** The worker cannot be reached any more, or is going to be lost: hand it no more calls. `onGone` follows. */
  onLosing(): void;
  /** Exactly once, as the last event: the process has ended and all it sent was delivered. */
  onGone(exit: WorkerExit): void;
}

export interface WorkerExit {
  /**
   * - `exited`: the process ended, by itself or killed;
   * - `refused`: the host made no process (START_FAILED);
   * - `unreachable`: the process was there, but its socket did not accept;
   * - `host_lost`: the daemon is gone, and the worker with it.
   */
  readonly kind: 'exited' | 'refused' | 'unreachable' | 'host_lost';
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** A phrase that follows "the process …"; null: exit code and signal say it all. */
  readonly message: string | null;
  /** What it sent was not read to its end: any call in it may have begun, or ended. */
  readonly unheard?: boolean;
  /** Set when it ended because it needed more memory than this, MiB. */
  readonly memoryLimitMb?: number;
}
