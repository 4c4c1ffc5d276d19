import { availableParallelism } from 'node:os';
import type {
  FastFnError,
  FunctionSpec,
  Invocation,
  InvocationHandle,
  InvocationInfo,
  Invoker,
  Logger,
  PoolCounters,
  PoolStatus,
  ResponseSink,
  Runtime,
  RuntimeAdapter,
  RuntimeStatus,
  ToolStatus,
} from '@fastfn/core';
import { silentLogger } from '@fastfn/core';
import { DEFAULT_MAX_FRAME_BYTES } from '@fastfn/protocol';
import { ambientEnv } from './ambient-env.js';
import type { BackoffOptions } from './backoff.js';
import type { Daemon } from './daemon.js';
import { DaemonGroup } from './daemon-group.js';
import { Deadlines } from './deadlines.js';
import { runtimeUnavailable, shuttingDown, starting, unknownFunction } from './errors.js';
import type { PoolEvent } from './events.js';
import { FunctionPool, type FunctionPoolServices } from './function-pool.js';
import type { Packet } from './lending/channel.js';
import { type GatewaySeat, Lender } from './lending/lender.js';
import { MemoryWatch } from './memory-watch.js';
import { OwnFiles } from './own-files.js';
import { Preparer } from './preparer.js';
import { SandboxPlanner } from './sandbox/planner.js';
import { SocketDir } from './socket-dir.js';
import { functionPart } from './start-spec.js';
import type { WorkerHost } from './worker-host.js';

export interface PoolOptions {
  readonly adapters: readonly RuntimeAdapter[];
  /** Those in use; undefined: one for each adapter. A function of another runtime answers 503. */
  readonly runtimes?: readonly Runtime[];
  /** How many daemons of a runtime to run; 1 when not named. */
  readonly daemons?: Partial<Readonly<Record<Runtime, number>>>;
  /** `FN_RUNTIME_SOCKETS`: daemons that were started elsewhere. For these runtimes none is started here. */
  readonly externalSockets?: Partial<Readonly<Record<Runtime, readonly string[]>>>;
  /** Runtimes that run inside this process, and what starts their workers. */
  readonly inProcess?: Partial<Readonly<Record<Runtime, WorkerHost>>>;
  /** Absolute. Undefined: a new private folder under the system's temp folder. */
  readonly socketDir?: string;
  readonly maxFrameBytes?: number;
  /** `FN_HEALTH_INTERVAL`. */
  readonly healthIntervalMs?: number;
  /** How long a call waits for installing and building before it answers 503 `warming_up`. */
  readonly buildTimeoutMs?: number;
  /** How long code may take to load before its worker counts as crashed. */
  readonly loadTimeoutMs?: number;
  /** How long {@link Pool.close} waits for running calls. */
  readonly drainMs?: number;
  /** Between failing starts, of daemons and workers. */
  readonly backoff?: BackoffOptions;
  readonly processEnv?: NodeJS.ProcessEnv;
  /** Values for `event.secrets`, for the names that the function asks for. */
  readonly secrets?: (fn: FunctionSpec) => Readonly<Record<string, string>>;
  /** `FN_STRICT_FS_ALLOW`: what every function may read and write besides its own. Absolute. */
  readonly strictFsAllow?: readonly string[];
  /** What no function may reach, not even in its own folder: the server's state and settings. Absolute. */
  readonly guarded?: readonly string[];
  readonly logger?: Logger;
  readonly onEvent?: (event: PoolEvent) => void;
  /** Calls were admitted by another process: no limit is applied here. */
  readonly admittedElsewhere?: boolean;
  /** A call that was taken in has really ended. */
  readonly onCallEnded?: (invocation: Invocation) => void;
}

export interface UpdateOptions {
  /** Keys of functions whose code changed, though their spec did not. */
  readonly restart?: ReadonlySet<string>;
}

/** Runs functions in processes of their own. SPEC §5. */
export interface Pool extends Invoker {
  /**
   * Looks for the tools and starts the daemons of those runtimes that have functions; the others' when they get one.
   * Resolves when each is up or has failed for the first time. A missing tool is no error: its functions answer 503.
   * @throws UsageError `daemon_socket_in_use`
   */
  start(): Promise<void>;
  /**
   * Takes over a new set of functions. What did not change keeps its workers; what did gets new ones, and old ones finish
   * their calls; what is gone ends.
   */
  update(functions: readonly FunctionSpec[], options?: UpdateOptions): void;
  /** Absolute paths of the files that the workers of a function have loaded, its handler first. */
  filesOf(key: string): readonly string[];
  /** Absolute paths of files that are not there, and that matter to the function as soon as they are (a manifest). */
  absentOf(key: string): readonly string[];
  /** Keys of the functions whose workers have loaded a file, or whose preparation read it; none for what that wrote itself. */
  functionsUsing(file: string): string[];
  /** {@link functionsUsing} of many files, in one pass over the functions. */
  functionsUsingAny(files: ReadonlySet<string>): string[];
  /** Starts a worker of the function when there is none. */
  prewarm(key: string): void;
  /**
   * Lends workers to a gateway in another process, which has a borrowing pool.
   * @param send takes packets for that pool, in order.
   */
  lendTo(send: (packet: Packet) => void): GatewaySeat;
  /** A new path for a socket in the private folder that the pool keeps, as long as it is open. */
  newSocketPath(): string;
  status(): PoolStatus;
  counters(): PoolCounters;
  /** What is known of the tools so far. */
  toolStatus(): Partial<Record<Runtime, ToolStatus>>;
  /** Takes no new calls, lets running ones finish for `drainMs`, ends every process, removes every file. Idempotent. */
  close(): Promise<void>;
  /** {@link close} without waiting for anyone; also while it waits. */
  killAll(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DEFAULTS = { healthIntervalMs: 2000, buildTimeoutMs: 20_000, loadTimeoutMs: 60_000, drainMs: 10_000 };

/** Distance of two rounds of housekeeping (idle workers, keep-warm, load timeouts), ms. */
const SWEEP_MS = 100;

/**
 * Makes a pool; no process runs before `start()`.
 * @throws UsageError `socket_path_too_long`, `socket_dir_unusable`
 */
export function createPool(options: PoolOptions): Pool {
  return new ProcessPool(options);
}

class ProcessPool implements Pool {
  readonly #options: PoolOptions;
  readonly #sockets: SocketDir;
  readonly #deadlines = new Deadlines();
  readonly #memory = new MemoryWatch();
  readonly #ownFiles = new OwnFiles();
  readonly #preparer: Preparer;
  readonly #lender: Lender;
  readonly #sandbox: SandboxPlanner;
  readonly #groups = new Map<Runtime, DaemonGroup>();
  /** Languages whose weaker sandbox was told of. */
  readonly #told = new Set<Runtime>();
  #functions = new Map<string, FunctionPool>();
  /** Removed functions that have not finished. */
  readonly #retired = new Set<FunctionPool>();
  readonly #services: FunctionPoolServices;
  readonly #counters = { coldStarts: 0, crashes: 0, timeouts: 0 };
  readonly #sweepTimer: NodeJS.Timeout;
  readonly #logger: Logger;
  #state: 'new' | 'started' | 'closing' = 'new';
  #workerCount = 0;
  /** Calls that have not ended. */
  #inFlight = 0;
  #onIdle: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  #stopWaiting: () => void = () => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    const { backoff, buildTimeoutMs = DEFAULTS.buildTimeoutMs, loadTimeoutMs = DEFAULTS.loadTimeoutMs } = options;
    const { maxFrameBytes = DEFAULT_MAX_FRAME_BYTES, processEnv = process.env, logger = silentLogger } = options;
    const emit = options.onEvent ?? (() => {});
    this.#logger = logger;
    this.#sockets = new SocketDir(options.socketDir);
    const cores = availableParallelism();
    this.#preparer = new Preparer({ logger, emit, maxParallel: Math.max(2, cores), ownFiles: this.#ownFiles });

    const env = { ...ambientEnv(processEnv), FN_MAX_FRAME_BYTES: String(maxFrameBytes) };
    for (const adapter of options.adapters) {
      const { runtime } = adapter;
      if (options.runtimes !== undefined && !options.runtimes.includes(runtime)) continue;
      const count = options.daemons?.[runtime] ?? 1;
      this.#groups.set(
        runtime,
        new DaemonGroup({
          adapter,
          sockets: Array.from({ length: count }, (_, i) => this.#sockets.daemonSocket(runtime, i + 1, count)),
          external: options.externalSockets?.[runtime] ?? [],
          inProcess: options.inProcess?.[runtime] ?? null,
          env,
          maxFrameBytes,
          loadTimeoutMs,
          healthIntervalMs: options.healthIntervalMs ?? DEFAULTS.healthIntervalMs,
          backoff,
          logger,
          onChange: (group) => this.#hostsChanged(group),
          onDaemon: (group, daemon) => this.#daemonChanged(group, daemon),
        }),
      );
    }

    this.#sandbox = new SandboxPlanner({
      allow: options.strictFsAllow ?? [],
      guarded: options.guarded ?? [],
      env: processEnv,
      empty: this.#sockets.empty,
    });
    this.#lender = new Lender({ counters: this.#counters, find: (key) => this.#find(key) });
    this.#services = {
      logger,
      lender: this.#lender,
      admittedElsewhere: options.admittedElsewhere ?? false,
      deadlines: this.#deadlines,
      sockets: this.#sockets,
      sandbox: this.#sandbox,
      memory: this.#memory,
      preparer: this.#preparer,
      counters: this.#counters,
      cores,
      buildTimeoutMs,
      loadTimeoutMs,
      backoff,
      part: (spec) =>
        functionPart(spec, {
          processEnv,
          secrets: options.secrets?.(spec) ?? {},
          maxFrameBytes,
          gatewayPid: process.pid,
        }),
      nextWorkerId: () => `w${++this.#workerCount}`,
      emit,
      callBegan: () => {
        this.#inFlight++;
      },
      callEnded: ({ invocation }) => {
        options.onCallEnded?.(invocation);
        if (--this.#inFlight === 0) this.#onIdle?.();
      },
    };
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweepTimer.unref();
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    await Promise.all([...this.#groups.values()].map((group) => group.detect()));
    // Functions may have come while the tools were looked for.
    await Promise.all([...this.#groupsInUse()].map((group) => group.start()));
  }

  update(functions: readonly FunctionSpec[], { restart }: UpdateOptions = {}): void {
    if (this.#state === 'closing') return;
    this.#sandbox.update(functions);
    const before = this.#functions;
    const next = new Map<string, FunctionPool>();
    for (const spec of functions) {
      const group = this.#groups.get(spec.runtime);
      if (group === undefined) continue;
      const pool = before.get(spec.key);
      if (pool === undefined) next.set(spec.key, new FunctionPool(spec, group, this.#services));
      else {
        pool.update(spec, restart?.has(spec.key) ?? false);
        next.set(spec.key, pool);
      }
    }
    this.#functions = next;
    for (const [key, pool] of before) {
      if (next.has(key)) continue;
      this.#retired.add(pool);
      pool.retire();
    }
    if (this.#state !== 'started') return;
    for (const group of this.#groupsInUse()) {
      group.start().catch((error: Error) => this.#logger.log('error', `[${group.runtime}] ${error.message}`));
    }
  }

  invoke(invocation: Invocation, sink: ResponseSink): InvocationHandle {
    const pool = this.#functions.get(invocation.fn.key);
    if (pool !== undefined && this.#state === 'started') return pool.invoke(invocation, sink);
    const { key, runtime } = invocation.fn;
    sink.onError(this.#refusal(key, runtime), NOT_SERVED);
    return NOTHING_TO_CANCEL;
  }

  filesOf(key: string): readonly string[] {
    return [...(this.#functions.get(key)?.workforce.files ?? [])];
  }

  absentOf(key: string): readonly string[] {
    return [...(this.#functions.get(key)?.workforce.absent ?? [])];
  }

  functionsUsing(file: string): string[] {
    return this.functionsUsingAny(new Set([file]));
  }

  functionsUsingAny(files: ReadonlySet<string>): string[] {
    const foreign = new Set([...files].filter((file) => !this.#ownFiles.isOurs(file)));
    const keys: string[] = [];
    if (foreign.size === 0) return keys;
    for (const [key, { workforce }] of this.#functions) {
      if (shareAny(foreign, workforce.files) || shareAny(foreign, workforce.absent)) keys.push(key);
    }
    return keys;
  }

  prewarm(key: string): void {
    if (this.#state === 'started') this.#functions.get(key)?.workforce.prewarm();
  }

  lendTo(send: (packet: Packet) => void): GatewaySeat {
    return this.#lender.seat(send);
  }

  newSocketPath(): string {
    return this.#sockets.workerSocket();
  }

  status(): PoolStatus {
    const runtimes: Partial<Record<Runtime, RuntimeStatus>> = {};
    const functions = [...this.#functions.values()];
    for (const [runtime, group] of this.#groups) {
      let workers = 0;
      for (const pool of [...functions, ...this.#retired])
        if (pool.spec.runtime === runtime) workers += pool.workforce.all.length;
      runtimes[runtime] = group.status(workers);
    }
    return { runtimes, functions: functions.map((pool) => pool.status) };
  }

  counters(): PoolCounters {
    return { ...this.#counters };
  }

  toolStatus(): Partial<Record<Runtime, ToolStatus>> {
    const tools: Partial<Record<Runtime, ToolStatus>> = {};
    for (const [runtime, group] of this.#groups) if (group.tool !== null) tools[runtime] = group.tool;
    return tools;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  killAll(): Promise<void> {
    const closing = this.close();
    this.#stopWaiting();
    return closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    const pools = [...this.#functions.values(), ...this.#retired];
    for (const pool of pools) pool.workforce.close();
    await this.#drained();
    for (const pool of pools) pool.abort(shuttingDown());
    const groups = [...this.#groups.values()];
    const results = await Promise.allSettled(groups.flatMap((group) => [group.close(), group.adapter.close?.()]));
    await this.#preparer.idle();
    clearInterval(this.#sweepTimer);
    this.#deadlines.close();
    this.#memory.close();
    this.#sockets.close();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Resolves when no call is left, or when waiting has been long enough. */
  #drained(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.drainMs ?? DEFAULTS.drainMs);
      this.#stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#onIdle = this.#stopWaiting;
    });
  }

  #find(key: string): FunctionPool | FastFnError {
    const pool = this.#functions.get(key);
    if (pool !== undefined && this.#state === 'started') return pool;
    return this.#refusal(key, key.slice(0, key.indexOf('/')) as Runtime);
  }

  #refusal(key: string, runtime: Runtime): FastFnError {
    if (this.#state === 'closing') return shuttingDown();
    if (this.#state === 'new') return starting();
    if (this.#groups.has(runtime)) return unknownFunction(key);
    return runtimeUnavailable(
      runtime,
      `The runtime ${runtime} is not enabled.`,
      'Add it to FN_RUNTIMES, or unset that.',
    );
  }

  #groupsInUse(): Set<DaemonGroup> {
    const groups = new Set<DaemonGroup>();
    for (const pool of this.#functions.values()) groups.add(this.#groups.get(pool.spec.runtime)!);
    return groups;
  }

  #hostsChanged(group: DaemonGroup): void {
    if (this.#state === 'closing') return;
    for (const pool of [...this.#functions.values(), ...this.#retired]) {
      if (pool.spec.runtime === group.runtime) pool.hostsChanged();
    }
  }

  /** Says once of a language that the kernel does not confine it: it is the default, and expected. */
  #tellSandbox({ runtime, sandbox }: DaemonGroup): void {
    if (sandbox === null || sandbox.level === 'kernel' || this.#told.has(runtime)) return;
    this.#told.add(runtime);
    const how =
      sandbox.level === 'off'
        ? 'strict_fs cannot be enforced here: functions reach all files that the user of this server does'
        : "strict_fs is enforced by the language's own library, not by the kernel";
    this.#logger.log('warn', `[Sandbox] ${runtime}: ${how}. ${sandbox.missing.join(' ')}`, { runtime });
  }

  #daemonChanged(group: DaemonGroup, daemon: Daemon): void {
    const { runtime } = group;
    if (daemon.up) this.#tellSandbox(group);
    const { index, pid, reason, up } = daemon.status;
    this.#services.emit(
      up
        ? { type: 'daemon_up', runtime, index, pid }
        : { type: 'daemon_down', runtime, index, reason: reason ?? 'unknown' },
    );
  }

  #sweep(): void {
    const now = Date.now();
    for (const pool of this.#functions.values()) pool.sweep(now);
    for (const pool of this.#retired) {
      pool.sweep(now);
      if (pool.over) this.#retired.delete(pool);
    }
  }
}

/** Of a function that has no pool. */
const NOT_SERVED: InvocationInfo = {
  state: 'cold',
  warmed: false,
  queued: false,
  routing: 'single',
  socketIndex: 0,
  workerPid: 0,
};

const NOTHING_TO_CANCEL: InvocationHandle = { cancel() {}, credit() {} };

function shareAny(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [fewer, more] = one.size < other.size ? [one, other] : [other, one];
  for (const entry of fewer) if (more.has(entry)) return true;
  return false;
}
