import { Worker } from 'node:worker_threads';
import { FastFnError } from '@fastfn/core';
import { StoreBusyError } from '../store.js';
import type { OperationName, Operations, Reply, Request } from './engine.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

export interface ThreadClientOptions extends ThreadData {
  /** File of the thread's program. */
  readonly program: URL;
  onSetAside(file: string): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: FastFnError): void;
}

/** The thread needs little: rows are small, and there is one transaction at a time. MiB. */
const HEAP_MB = 256;

/** The file, as the rest of the process sees it: requests of one turn of the event loop travel together. */
export class ThreadClient {
  readonly #worker: Worker;
  #outgoing: Request[] = [];
  /** In the order of the requests: replies come in it too. */
  #waiting: Waiting[] = [];
  #dead: string | null = null;
  #closing: Promise<void> | null = null;
  readonly #ended: Promise<void>;

  private constructor(
    worker: Worker,
    private readonly onSetAside: (file: string) => void,
  ) {
    this.#worker = worker;
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => {
      this.#dead = `The thread of the jobs ended: ${error.message}. Restart FastFN.`;
    });
    worker.once('exit', () => this.#fail());
  }

  /**
   * Starts the thread and opens the file.
   * @throws StoreBusyError when another process has it; Error when it cannot be used at all.
   */
  static async open({ program, onSetAside, ...data }: ThreadClientOptions): Promise<ThreadClient> {
    const worker = new Worker(program, {
      workerData: data satisfies ThreadData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const opened = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'opened') resolve();
        if (message.kind !== 'failed') return;
        reject(message.reason === 'busy' ? new StoreBusyError(message.message) : new Error(message.message));
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The thread of the jobs ended while it started.')));
    });
    const client = new ThreadClient(worker, onSetAside);
    await opened;
    // A store keeps a process alive only while it has something to do.
    worker.unref();
    return client;
  }

  /** @throws FastFnError `jobs_unavailable`, `storage_full`, `jobs_full`. */
  ask<K extends OperationName>(operation: K, ...args: Parameters<Operations[K]>): Promise<ReturnType<Operations[K]>> {
    if (this.closed) {
      return Promise.reject(new FastFnError('jobs_unavailable', this.#dead ?? 'The server is stopping.'));
    }
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject }) === 1) this.#worker.ref();
      if (this.#outgoing.push({ operation, args }) === 1) setImmediate(() => this.#flush());
    });
  }

  /** Nothing can be asked any more. */
  get closed(): boolean {
    return this.#dead !== null || this.#closing !== null;
  }

  /**
   * Finishes what was asked, closes the file and ends the thread. Idempotent. The thread is never terminated: the library
   * takes the process with it when that hits it at work.
   */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#flush();
      this.#worker.ref();
      this.#send('close');
      await this.#ended;
    })();
    return this.#closing;
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const batch = this.#outgoing;
    this.#outgoing = [];
    this.#send(batch);
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    if (message.kind === 'set_aside') this.onSetAside(message.file);
    if (message.kind !== 'replies') return;
    const answered = this.#waiting.splice(0, message.replies.length);
    if (this.#waiting.length === 0 && this.#closing === null) this.#worker.unref();
    for (const [i, reply] of message.replies.entries()) settle(answered[i]!, reply);
  }

  #fail(): void {
    this.#dead ??= 'The file of the jobs is closed.';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new FastFnError('jobs_unavailable', this.#dead));
  }
}

function settle({ resolve, reject }: Waiting, reply: Reply): void {
  if (reply.ok) resolve(reply.value);
  else reject(new FastFnError(reply.code, reply.message, reply.headers && { headers: reply.headers }));
}
