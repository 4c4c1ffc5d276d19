import type { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, realpathSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type Listener, type LoadErrorInfo, listen, type SandboxReport, type StartSpec } from '@fastfn/protocol';
import type { Call } from './call.js';
import type { WorkerReport } from './control.js';
import { formatError, LoadFailure } from './errors.js';
import { type EventBase, eventBase } from './event.js';
import { loadHandler } from './load.js';
import { LoadedFiles } from './loader/index.js';
import type { Handler } from './pick.js';
import type { Sandbox } from './sandbox/index.js';
import { Session, type SessionHost } from './session.js';

/** How long a worker that could not load waits for somebody to tell. */
const LOAD_ERROR_WAIT_MS = 10_000;

/** Calls that were on their way while a worker said that it leaves are still served, when they come within this time. */
const LINGER_MS = 1000;

/** Serves one function on one socket until it is told to end. */
export class WorkerServer implements SessionHost {
  readonly base: EventBase;
  readonly current: AsyncLocalStorage<Call>;
  readonly root: string;
  readonly maxFrame: number;
  handler: Handler | null = null;
  draining = false;
  readonly #spec: StartSpec;
  readonly #sandbox: Sandbox;
  readonly #files: LoadedFiles;
  readonly #sessions = new Set<Session>();
  #listener: Listener | null = null;
  #active = 0;
  #loadMs = 0;
  #level: SandboxReport | undefined;
  #loadError: LoadErrorInfo | null = null;
  /** What to exit with once no call runs; null: go on. */
  #exitWhenIdle: number | null = null;
  #lingering: NodeJS.Timeout | null = null;

  constructor(spec: StartSpec, current: AsyncLocalStorage<Call>, sandbox: Sandbox) {
    this.#spec = spec;
    this.#sandbox = sandbox;
    this.current = current;
    this.root = realpath(spec.root);
    this.maxFrame = spec.max_frame;
    this.base = eventBase(spec);
    this.#files = new LoadedFiles(this.root, spec.root);
  }

  /** Listens, then loads. Never rejects: what goes wrong is reported where somebody hears it. */
  async start(report: (message: WorkerReport) => void): Promise<void> {
    const { socket, folder, process_env, env } = this.#spec;
    try {
      enterEnvironment({ ...process_env, ...env });
      process.chdir(folder);
      process.title = `fastfn node ${this.#spec.context.function_name ?? this.#spec.entry}`;
      this.#listener = await listen(socket, { onConnection: (connection) => this.#connected(connection) });
    } catch (error) {
      report({
        type: 'failed',
        code: (error as NodeJS.ErrnoException).code ?? 'handler_error',
        message: (error as Error).message,
      });
      return;
    }
    this.#level = this.#sandbox.enter(this.#spec.sandbox);
    report({ type: 'listening' });
    process.on('uncaughtException', (error) => this.#strayError(error, true));
    process.on('unhandledRejection', (reason) => this.#strayError(reason, false));
    process.on('exit', () => {
      for (const session of this.#sessions) session.connection.flush();
    });
    await this.#load();
    report({ type: 'loaded' });
  }

  /** Finishes the running calls, takes no new ones, exits 0. */
  drain(): void {
    this.draining = true;
    this.#exitWhenIdle ??= 0;
    this.#exitIfIdle();
  }

  callStarted(): void {
    this.#active++;
  }

  callEnded(): void {
    this.#active--;
    if (this.#exitWhenIdle !== null) this.#exitIfIdle();
  }

  closed(session: Session): void {
    this.#sessions.delete(session);
  }

  async #load(): Promise<void> {
    const began = performance.now();
    try {
      const handler = await loadHandler(this.#spec, realpath(this.#spec.entry), this.root, this.#files);
      this.#loadMs = performance.now() - began;
      this.handler = handler;
      for (const session of this.#sessions) this.#ready(session);
      this.#files.watch((files) => {
        for (const session of this.#sessions) session.files(files);
      });
    } catch (error) {
      const failure =
        error instanceof LoadFailure
          ? error
          : new LoadFailure('handler_error', 'The worker could not load the function.');
      // The entry is always named: mending it must reload, also when it could not even be read.
      this.#files.add(this.#spec.entry);
      this.#loadError = {
        code: failure.code,
        message: failure.message,
        debug: failure.debug,
        files: this.#files.list(),
      };
      if (failure.cause !== undefined) process.stderr.write(`${formatError(failure.cause)}\n`);
      setTimeout(() => process.exit(1), LOAD_ERROR_WAIT_MS);
      for (const session of this.#sessions) this.#refuse(session, this.#loadError);
    }
  }

  #connected(socket: Socket): void {
    const session = new Session(socket, this);
    this.#sessions.add(session);
    if (this.handler !== null) this.#ready(session);
    else if (this.#loadError !== null) this.#refuse(session, this.#loadError);
  }

  #ready(session: Session): void {
    session.ready({
      pid: process.pid,
      concurrency: 0,
      files: this.#files.list(),
      load_ms: this.#loadMs,
      sandbox: this.#level,
    });
  }

  #refuse(session: Session, error: LoadErrorInfo): void {
    void session.refuse(error).then(() => process.exit(1));
  }

  /**
   * An exception or rejection that nobody caught. It fails the call whose code threw it, if that still runs, and is
   * printed. After an exception the state of the process is unknown: it goes on with the calls it has, asks for no more,
   * and ends. A rejection leaves nothing half done, and the worker goes on.
   */
  #strayError(error: unknown, fatal: boolean): void {
    const call = this.current.getStore();
    if (call !== undefined && !call.over) call.threw(error);
    else process.stderr.write(`${fatal ? 'Uncaught exception' : 'Unhandled rejection'}: ${formatError(error)}\n`);
    if (!fatal || this.handler === null) return;
    if (this.#lingering !== null || this.#exitWhenIdle !== null) return;
    for (const session of this.#sessions) session.leaving();
    this.#lingering = setTimeout(() => {
      this.#exitWhenIdle ??= 1;
      this.#exitIfIdle();
    }, LINGER_MS);
  }

  #exitIfIdle(): void {
    if (this.#active > 0) return;
    const code = this.#exitWhenIdle ?? 0;
    this.draining = true;
    const drained = [...this.#sessions].map((session) => session.connection.close());
    void Promise.all([this.#listener?.close(), ...drained]).then(() => process.exit(code));
  }
}

/**
 * Lays the function's variables over what the daemon passed on. Some that only a starting process reads are the
 * daemon's business (see `needsFreshProcess`).
 */
function enterEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) process.env[name] = value;
  const temp = process.env.TMPDIR;
  if (temp !== undefined) mkdirSync(temp, { recursive: true });
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
