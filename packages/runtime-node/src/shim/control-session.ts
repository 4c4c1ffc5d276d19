import type { Socket } from 'node:net';
import {
  Connection,
  MAX_OUTPUT_FRAME_BYTES,
  MessageType,
  type OutputStreamNumber,
  type PayloadMessage,
  type SandboxReport,
  type StartSpec,
} from '@fastfn/protocol';
import type { Spare } from './spare.js';
import { piecesOf } from './utf8.js';
import type { Exit, StartFailure, WorkerProcess } from './worker-process.js';

/** With more than this waiting for the gateway, output of workers is counted and thrown away. */
const MAX_PENDING_BYTES = 1_048_576;

/** How long workers have to end when the gateway that started them is gone. */
const ORPHAN_GRACE_MS = 1000;

/** A gateway's control connection, and the workers that it started. PROTOCOL.md §3. */
export class ControlSession {
  readonly #connection: Connection;
  readonly #spare: Spare;
  readonly #workers = new Map<string, WorkerProcess>();
  readonly #onGone: () => void;
  #closed = false;

  /** @param onGone the connection is closed and its workers have ended */
  constructor(
    socket: Socket,
    options: { spare: Spare; sandbox: SandboxReport; maxFrameBytes: number | undefined; onGone(): void },
  ) {
    this.#spare = options.spare;
    this.#onGone = options.onGone;
    this.#connection = new Connection(socket, {
      side: 'daemon',
      hello: { runtime: 'node', pid: process.pid, tool: `Node.js ${process.versions.node}`, sandbox: options.sandbox },
      maxFrameBytes: options.maxFrameBytes,
      onMessage: (message) => this.#receive(message),
      onClose: () => void this.close(ORPHAN_GRACE_MS),
    });
  }

  /** Ends all workers, then the connection. Idempotent. */
  async close(graceMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop(graceMs);
    await Promise.all(workers.map((worker) => worker.exited));
    await this.#connection.close();
    this.#onGone();
  }

  #receive(message: PayloadMessage): void {
    if (message[0] === MessageType.START) void this.#start(message[1], message[2]);
    else if (message[0] === MessageType.STOP) this.#workers.get(message[1])?.stop(message[2]);
  }

  async #start(name: string, spec: StartSpec): Promise<void> {
    if (this.#closed) return;
    if (this.#workers.has(name)) {
      this.#connection.send([
        MessageType.START_FAILED,
        name,
        'duplicate_worker',
        `A worker named ${name} runs already.`,
      ]);
      return;
    }
    let worker: WorkerProcess;
    try {
      worker = await this.#startProcess(name, spec);
    } catch (error) {
      this.#workers.delete(name);
      const { code, message } = error as StartFailure;
      this.#connection.send([MessageType.START_FAILED, name, code, message]);
      return;
    }
    this.#connection.send([MessageType.STARTED, name, worker.pid!]);
    this.#connection.flush();
    const { code, signal }: Exit = await worker.exited;
    this.#workers.delete(name);
    this.#connection.send([MessageType.EXITED, name, code, signal]);
  }

  /** A spare may die just when it is taken: as no code of the function ran, another process may try. */
  async #startProcess(name: string, spec: StartSpec): Promise<WorkerProcess> {
    for (let attempt = 1; ; attempt++) {
      const worker = this.#spare.take(spec);
      this.#workers.set(name, worker);
      try {
        await worker.start(spec, this.#logOf(name));
        return worker;
      } catch (error) {
        if (attempt === 2 || this.#closed || (error as StartFailure).code !== 'worker_exited') throw error;
      }
    }
  }

  #logOf(name: string): (stream: OutputStreamNumber, text: string) => void {
    const dropped = [0, 0, 0];
    return (stream, text) => {
      const connection = this.#connection;
      if (connection.pendingBytes > MAX_PENDING_BYTES) {
        dropped[stream]! += Buffer.byteLength(text);
        return;
      }
      if (dropped[stream]! > 0) {
        connection.send([MessageType.LOG, name, stream, `… ${dropped[stream]} more bytes dropped\n`]);
        dropped[stream] = 0;
      }
      for (const piece of piecesOf(text, MAX_OUTPUT_FRAME_BYTES))
        connection.send([MessageType.LOG, name, stream, piece]);
    };
  }
}
