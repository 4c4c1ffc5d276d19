import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import { type OutputStreamNumber, STDERR, STDOUT, type StartSpec } from '@fastfn/protocol';
import { readLines, type WorkerReport, writeLine } from './control.js';
import type { Reaper } from './reaper.js';

const WORKER = fileURLToPath(new URL('./worker.cjs', import.meta.url));

/** What the loader stands on; see LOADING.md. */
const NODE_FLAGS = ['--experimental-vm-modules', '--experimental-import-meta-resolve'];

/** How long after a worker's end its pipes may stay open (a child that left the process group holds them). */
const DRAIN_MS = 200;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Why a worker could not be started. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Receives what a worker printed outside any call. */
export type OnOutput = (stream: OutputStreamNumber, text: string) => void;

export interface WorkerSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Private folder where it may make a socket for its rehearsal. */
  readonly folder: string;
  /** Have it load the TypeScript compiler before it knows its function. */
  readonly typescript: boolean;
  /** Goes before Node's command. */
  readonly launcher: readonly string[];
}

/** One worker process, from the daemon's side: leader of its own process group. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  #spec: StartSpec | null = null;
  #onOutput: OnOutput = (_stream, text) => process.stderr.write(text);
  #killTimer: NodeJS.Timeout | null = null;
  /** Resolves after the process was reaped and its socket file removed. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Resolves when the code is loaded, or never will be. Never rejects. */
  readonly loaded: Promise<void>;
  readonly #listening: Promise<void>;

  constructor({ env, folder, typescript, launcher }: WorkerSettings, reaper: Reaper) {
    const node = [process.execPath, ...NODE_FLAGS, WORKER, folder, ...(typescript ? ['--typescript'] : [])];
    const [command, ...args] = [...launcher, ...node];
    this.#child = spawn(command!, args, {
      detached: true,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const child = this.#child;
    this.#control = child.stdio[3] as Duplex;
    this.#control.on('error', () => {});
    if (child.pid !== undefined) reaper.add(child.pid);

    this.#pump(child.stdout!, STDOUT);
    this.#pump(child.stderr!, STDERR);

    this.exited = this.#watchExit(reaper);
    let loaded!: () => void;
    this.loaded = new Promise((resolve) => {
      loaded = resolve;
    });
    this.#listening = new Promise((resolve, reject) => {
      readLines<WorkerReport>(this.#control, (report) => {
        if (report.type === 'listening') resolve();
        else if (report.type === 'loaded') loaded();
        else reject(new StartFailure(report.code, report.message));
      });
      void this.exited.then(({ code, signal }) => {
        loaded();
        reject(
          new StartFailure('worker_exited', `The worker ended before it listened (${signal ?? `exit code ${code}`}).`),
        );
      });
    });
    this.#listening.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it can be given a function. */
  get alive(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Makes this the worker of a function. Resolves when its socket accepts connections.
   * @throws StartFailure; the process is ending then
   */
  async start(spec: StartSpec, onOutput: OnOutput): Promise<void> {
    this.#spec = spec;
    this.#onOutput = onOutput;
    writeLine(this.#control, spec);
    try {
      await this.#listening;
    } catch (error) {
      this.stop(0);
      throw error;
    }
  }

  /** Ends the process and its children: SIGTERM, then SIGKILL after `graceMs`; at once with 0. */
  stop(graceMs: number): void {
    if (graceMs <= 0) {
      this.#signal('SIGKILL');
      return;
    }
    this.#signal('SIGTERM');
    this.#killTimer ??= setTimeout(() => this.#signal('SIGKILL'), graceMs);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Gone already.
    }
  }

  async #watchExit(reaper: Reaper): Promise<Exit> {
    const child = this.#child;
    const closed = once(child, 'close').catch(() => {});
    const exit = await new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      // The process could not even be made.
      child.once('error', () => {
        if (child.pid === undefined) resolve({ code: null, signal: null });
      });
    });
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    if (child.pid !== undefined) {
      // Its children outlive it otherwise.
      this.#signal('SIGKILL');
      reaper.remove(child.pid);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        closed,
        new Promise((resolve) => {
          timer = setTimeout(resolve, DRAIN_MS);
        }),
      ]);
      clearTimeout(timer);
    }
    this.#control.destroy();
    if (this.#spec !== null) await rm(this.#spec.socket, { force: true }).catch(() => {});
    return exit;
  }

  #pump(stream: Readable, number: OutputStreamNumber): void {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (bytes: Buffer) => {
      const text = decoder.write(bytes);
      if (text !== '') this.#onOutput(number, text);
    });
    stream.on('error', () => {});
  }
}
