import { Worker } from 'node:worker_threads';
import {
  type FromWorkerMessage,
  type Message,
  MessageType,
  type StartSpec,
  type ToWorkerMessage,
  type WorkerEvents,
  type WorkerExit,
  type WorkerLink,
} from '@fastfn/protocol';
import { FramePort } from './frame-port.js';
import { rehearse } from './rehearsal.js';
import type { Rehearsed, ThreadData, ThreadFailure, ToThread } from './thread-messages.js';

/** The JavaScript around Lua needs little; Lua's own memory is bounded by itself. MiB. */
const HEAP_MB = 128;
/** With Node's default, garbage of finished calls makes a thread 2 MB larger, and it is no quicker. */
const YOUNG_HEAP_MB = 2;
const STACK_MB = 4;

interface Ping {
  readonly sentAt: number;
  readonly resolve: (ms: number) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One thread with a Lua state. Serves no function at first, and one from {@link assign} on. It is a thread so that code which never
 * gives way can be ended from outside, and holds up nobody.
 */
export class LuaThread implements WorkerLink {
  readonly #worker: Worker;
  #frames: FramePort | null = null;
  #events: WorkerEvents | null = null;
  /** What comes before is the answer of nobody's calls. */
  #rehearsed = false;
  #flushScheduled = false;
  #stopping = false;
  #gone = false;
  #failure: ThreadFailure | null = null;
  readonly #pings = new Map<number, Ping>();
  #pingCount = 0;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;

  /**
   * @param program file of the thread's program
   * @param env what handlers may see of the environment, beside their own values
   */
  constructor(program: URL, data: ThreadData, env: Readonly<Record<string, string>>) {
    this.#worker = new Worker(program, {
      workerData: data,
      env,
      stdout: false,
      stderr: false,
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MB,
        maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
        stackSizeMb: STACK_MB,
      },
    });
    // A spare must not keep a program alive that has nothing else to do.
    this.#worker.unref();
    this.#worker.on('message', (message: Uint8Array | Rehearsed | ThreadFailure) => {
      if (message instanceof Uint8Array) {
        if (this.#rehearsed) this.#frames!.receive(message);
      } else if ('rehearsed' in message) this.#rehearsed = true;
      else this.#failure = message;
    });
    this.#worker.on('error', (error) => {
      this.#failure ??= { failed: error.message, memoryLimitMb: null };
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#onExit(code);
        resolve();
      });
    });
    rehearse(this.#worker);
  }

  /** True once it has ended by itself, before it was given a function. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Makes it the worker of a function. Once. */
  assign(spec: StartSpec, events: WorkerEvents): void {
    this.#events = events;
    this.#frames = new FramePort(this.#worker, spec.max_frame, (message) => this.#receive(message));
    const start: ToThread = { start: spec };
    this.#worker.postMessage(start);
    setImmediate(() => {
      if (!this.#gone) events.onStarted(process.pid);
    });
  }

  send(message: ToWorkerMessage): void {
    this.#add(message);
  }

  ping(timeoutMs: number): Promise<number> {
    if (this.#gone) return Promise.reject(new Error('The thread has ended.'));
    const n = ++this.#pingCount;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pings.delete(n);
        reject(new Error(`No answer within ${timeoutMs} ms.`));
      }, timeoutMs);
      timer.unref();
      this.#pings.set(n, { sentAt: performance.now(), resolve, reject, timer });
      this.#add([MessageType.PING, n]);
    });
  }

  /** Ends it at once: a Lua state has nothing to clean up that its thread's end would not. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    void this.#worker.terminate();
  }

  #add(message: Message): void {
    if (this.#gone || this.#frames === null) return;
    this.#frames.add(message);
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    if (!this.#gone) this.#frames!.flush();
  };

  #receive(message: Message): void {
    if (message[0] !== MessageType.PONG) {
      this.#events!.onMessage(message as FromWorkerMessage);
      return;
    }
    const ping = this.#pings.get(message[1]);
    if (ping === undefined) return;
    this.#pings.delete(message[1]);
    clearTimeout(ping.timer);
    ping.resolve(performance.now() - ping.sentAt);
  }

  /** Node hands out what the thread had posted before it says that it ended. */
  #onExit(code: number): void {
    this.#gone = true;
    for (const { reject, timer } of this.#pings.values()) {
      clearTimeout(timer);
      reject(new Error('The thread has ended.'));
    }
    this.#pings.clear();
    this.#events?.onGone(this.#exit(code));
  }

  #exit(code: number): WorkerExit {
    if (this.#failure === null)
      return { kind: 'exited', exitCode: code, signal: null, message: this.#stopping ? 'was ended' : null };
    const { failed, memoryLimitMb } = this.#failure;
    const message =
      memoryLimitMb === null ? `failed (${failed})` : `needed more than its ${memoryLimitMb} MiB of memory`;
    return { kind: 'exited', exitCode: code, signal: null, message, memoryLimitMb: memoryLimitMb ?? undefined };
  }
}
