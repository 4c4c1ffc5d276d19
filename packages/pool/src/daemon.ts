import { rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import type { DaemonCommand, Logger, Runtime, SocketStatus } from '@fastfn/core';
import type { SandboxReport, StartSpec } from '@fastfn/protocol';
import { Backoff, type BackoffOptions } from './backoff.js';
import { DaemonProcess } from './daemon-process.js';
import { DaemonSession } from './daemon-session.js';
import { socketInUse } from './errors.js';
import type { WorkerEvents, WorkerHost, WorkerLink } from './worker-host.js';

/** How long workers that were told to end may take, before the daemon has to end with them. */
const WORKERS_GRACE_MS = 1500;

/** How long a daemon may take to end itself. */
const STOP_GRACE_MS = 2000;

/** Unanswered pings in a row that make a daemon count as dead. One may be our own fault: a loop that was busy. */
const MAX_MISSED_PINGS = 2;

/** Up for this long, a daemon's next fall counts as its first. */
const STABLE_MS = 10_000;

export interface DaemonOptions {
  readonly runtime: Runtime;
  /** From 1. */
  readonly index: number;
  readonly socket: string;
  /** How to run it, asked at each try; null: it was started elsewhere, we only connect. */
  readonly command: (() => DaemonCommand) | null;
  readonly env: Readonly<Record<string, string>>;
  readonly maxFrameBytes: number;
  readonly loadTimeoutMs: number;
  /** Ping interval, and how long a PONG may take. */
  readonly healthIntervalMs: number;
  readonly backoff?: BackoffOptions;
  readonly logger: Logger;
  /** `up` changed, or the first try failed. */
  onChange(daemon: Daemon): void;
}

type State = 'idle' | 'starting' | 'up' | 'down' | 'closed';

/**
 * Keeps one daemon alive: runs it (or connects to one that was started elsewhere), pings it, and begins again with back-off
 * when it falls. SPEC §5.
 */
export class Daemon implements WorkerHost {
  readonly index: number;
  readonly #options: DaemonOptions;
  readonly #backoff: Backoff;
  #state: State = 'idle';
  #reason: string | null = 'No function needs it yet.';
  #process: DaemonProcess | null = null;
  #session: DaemonSession | null = null;
  #upSince = 0;
  #missedPings = 0;
  #retryTimer: NodeJS.Timeout | null = null;
  #healthTimer: NodeJS.Timeout | null = null;
  #attempt: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.index = options.index;
    this.#backoff = new Backoff(options.backoff);
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  /** On its first try. */
  get starting(): boolean {
    return this.#state === 'starting' && this.#backoff.failures === 0;
  }

  /** What its workers can have, as it says itself. */
  get sandbox(): SandboxReport | null {
    return this.#session?.peer.sandbox ?? null;
  }

  get status(): SocketStatus {
    return {
      index: this.index,
      uri: `unix:${this.#options.socket}`,
      up: this.up,
      reason: this.#reason,
      pid: this.#process?.pid ?? this.#session?.peer.pid ?? null,
    };
  }

  /**
   * Makes the first try. Resolves when it is up, or has failed and will be tried again.
   * @throws UsageError `daemon_socket_in_use`
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle') return this.#attempt ?? undefined;
    if (this.#options.command !== null) await removeStale(this.#options.socket);
    await this.#try();
  }

  /** WorkerHost. The daemon must be up. */
  startWorker(id: string, spec: StartSpec, events: WorkerEvents): WorkerLink {
    return this.#session!.start(id, spec, events);
  }

  /** Idempotent; resolves when the process is gone. Its workers have been told to end; those that did not, end with it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #try(): Promise<void> {
    this.#state = 'starting';
    this.#attempt = this.#run()
      .then(() => {
        if (this.#state === 'closed') return;
        this.#state = 'up';
        const { runtime, logger } = this.#options;
        if (this.#backoff.failures > 0) logger.log('info', `[${runtime}] daemon ${this.index} is up again`);
        this.#reason = null;
        this.#upSince = Date.now();
        this.#missedPings = 0;
        this.#watch();
        this.#options.onChange(this);
      })
      .catch((error: unknown) => this.#fall(error instanceof Error ? error.message : String(error)));
    return this.#attempt;
  }

  async #run(): Promise<void> {
    const { command, socket, env, maxFrameBytes, loadTimeoutMs } = this.#options;
    if (command !== null) {
      const process = await DaemonProcess.spawn({ command: command(), env, onLog: (line) => this.#log(line) });
      this.#process = process;
      void process.exited.then((phrase) => {
        if (this.#process === process) this.#fall(`The daemon ${phrase}`);
      });
    }
    // While it was being started somebody may have closed us.
    if (this.#state === 'closed') return;
    const session = await DaemonSession.open({
      socket,
      maxFrameBytes,
      loadTimeoutMs,
      local: command !== null,
      onLog: (text) => this.#log(text),
      onClose: (reason) => {
        if (this.#session === session) this.#fall(reason);
      },
    });
    this.#session = session;
    if (session.closed) throw new Error('The daemon closed the connection.');
  }

  /** Not up any more, or not become so: clears away what is left and plans the next try. */
  #fall(reason: string): void {
    if (this.#state === 'closed' || this.#state === 'down') return;
    const { runtime, logger } = this.#options;
    const process = this.#process;
    const session = this.#session;
    if (this.#state === 'up' && Date.now() - this.#upSince >= STABLE_MS) this.#backoff.reset();
    this.#state = 'down';
    this.#reason = reason;
    this.#process = null;
    this.#session = null;
    if (this.#healthTimer !== null) clearInterval(this.#healthTimer);
    session?.destroy(reason);
    process?.kill();
    const delay = this.#backoff.fail(Date.now());
    logger.log('error', `[${runtime}] daemon ${this.index} is down: ${reason}; next try in ${delay} ms`);
    this.#options.onChange(this);
    this.#retryTimer = setTimeout(() => {
      void (async () => {
        // Its socket must not be taken for the next one's.
        await process?.exited;
        if (this.#options.command !== null) await removeStale(this.#options.socket);
        if (this.#state === 'down') await this.#try();
      })().catch((error: Error) => {
        // Somebody else listens on our path now.
        this.#state = 'starting';
        this.#fall(error.message);
      });
    }, delay);
    this.#retryTimer.unref();
  }

  #watch(): void {
    const { healthIntervalMs } = this.#options;
    this.#healthTimer = setInterval(() => {
      const session = this.#session;
      session?.ping(healthIntervalMs).then(
        () => {
          this.#missedPings = 0;
        },
        () => {
          if (this.#session !== session || ++this.#missedPings < MAX_MISSED_PINGS) return;
          this.#fall(`The daemon did not answer ${MAX_MISSED_PINGS} pings.`);
        },
      );
    }, healthIntervalMs);
    this.#healthTimer.unref();
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    this.#reason = 'The server is stopping.';
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    if (this.#healthTimer !== null) clearInterval(this.#healthTimer);
    await this.#attempt;
    const process = this.#process;
    const session = this.#session;
    this.#process = null;
    this.#session = null;
    try {
      // A daemon that goes first leaves processes that nobody has seen end.
      await session?.emptied(WORKERS_GRACE_MS);
      await process?.stop(STOP_GRACE_MS);
      await session?.close();
    } finally {
      if (this.#options.command !== null) rmSync(this.#options.socket, { force: true });
    }
  }

  #log(line: string): void {
    this.#options.logger.log('info', `[${this.#options.runtime}] ${line}`);
  }
}

/**
 * Removes a socket file that nobody listens on.
 * @throws UsageError `daemon_socket_in_use`
 */
async function removeStale(path: string): Promise<void> {
  const live = await new Promise<boolean>((resolve) => {
    const socket = connectSocket(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  if (live) throw socketInUse(path);
  rmSync(path, { force: true });
}
