import { readFileSync } from 'node:fs';
import type { StartSpec, WorkerEvents, WorkerHost, WorkerLink } from '@fastfn/protocol';
import { LuaThread } from './lua-thread.js';

export interface LuaHostOptions {
  /** File of wasmoon's WebAssembly module. */
  readonly wasmFile: string;
  /** File of the thread's program. */
  readonly program: URL;
  /** What handlers may see of the environment, beside their own values. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * From a function being loaded until the next spare is started, ms. Starting a thread takes the processor, and half a millisecond of
 * this one's turn: not while somebody waits for a first call.
 */
const SPARE_DELAY_MS = 10;

/**
 * Starts Lua workers: threads of this process. One is always kept ready, so that a function's first call waits for its code and not
 * for a thread.
 */
export class LuaHost implements WorkerHost {
  readonly index = 1;
  readonly #options: LuaHostOptions;
  readonly #threads = new Set<LuaThread>();
  #wasm: WebAssembly.Module | null = null;
  #spare: LuaThread | null = null;
  #spareTimer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: LuaHostOptions) {
    this.#options = options;
  }

  get up(): boolean {
    return !this.#closed;
  }

  prepare(): void {
    if (this.#spareTimer !== null) clearTimeout(this.#spareTimer);
    this.#spareTimer = null;
    if (!this.#closed) this.#spare ??= this.#start();
  }

  startWorker(_id: string, spec: StartSpec, events: WorkerEvents): WorkerLink {
    const thread = this.#spare?.gone === false ? this.#spare : this.#start();
    this.#spare = null;
    thread.assign(spec, {
      onStarted: (pid) => events.onStarted(pid),
      onMessage: (message) => {
        events.onMessage(message);
        if (this.#spare === null) this.#prepareSoon();
      },
      onLog: (stream, text) => events.onLog(stream, text),
      onLosing: () => events.onLosing(),
      onGone: (exit) => events.onGone(exit),
    });
    return thread;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#spareTimer !== null) clearTimeout(this.#spareTimer);
    this.#spareTimer = null;
    const threads = [...this.#threads];
    for (const thread of threads) thread.stop();
    await Promise.all(threads.map((thread) => thread.ended));
  }

  #prepareSoon(): void {
    if (!this.#closed) this.#spareTimer ??= setTimeout(() => this.prepare(), SPARE_DELAY_MS).unref();
  }

  #start(): LuaThread {
    const { wasmFile, program, env } = this.#options;
    this.#wasm ??= new WebAssembly.Module(readFileSync(wasmFile));
    const thread = new LuaThread(program, { wasm: this.#wasm }, env);
    this.#threads.add(thread);
    void thread.ended.then(() => this.#threads.delete(thread));
    return thread;
  }
}
