import type { FastFnError, Runtime, RuntimeAdapter, RuntimeStatus, ToolStatus } from '@fastfn/core';
import type { SandboxReport } from '@fastfn/protocol';
import { Daemon, type DaemonOptions } from './daemon.js';
import { runtimeUnavailable } from './errors.js';
import { weakest } from './sandbox/level.js';
import type { WorkerHost } from './worker-host.js';

export interface DaemonGroupOptions
  extends Pick<DaemonOptions, 'env' | 'maxFrameBytes' | 'loadTimeoutMs' | 'healthIntervalMs' | 'backoff' | 'logger'> {
  readonly adapter: RuntimeAdapter;
  /** Sockets of our own daemons, one each. */
  readonly sockets: readonly string[];
  /** Daemons started elsewhere; when there are any, none is started here. */
  readonly external: readonly string[];
  /** The one host of a runtime that runs inside this process; it has no daemons then. */
  readonly inProcess: WorkerHost | null;
  /** Hosts came or went: look again. */
  onChange(group: DaemonGroup): void;
  onDaemon(group: DaemonGroup, daemon: Daemon): void;
}

/** Confined by the engine, which has no system calls of its own. */
const IN_PROCESS: SandboxReport = { level: 'runtime', abi: 0, hides: true, missing: [] };

/** The daemons of one runtime, as one: which are up, whether calls can be served, and why not. */
export class DaemonGroup {
  readonly runtime: Runtime;
  readonly adapter: RuntimeAdapter;
  /** All there are, up or not, in order of their index. */
  readonly hosts: readonly WorkerHost[];
  readonly #options: DaemonGroupOptions;
  readonly #daemons: Daemon[] = [];
  #tool: ToolStatus | null = null;
  #detecting: Promise<ToolStatus> | null = null;
  #starting: Promise<void> | null = null;
  #pending = true;
  #confined: SandboxReport | null = null;
  #closed = false;

  constructor(options: DaemonGroupOptions) {
    const { adapter, external, sockets, inProcess } = options;
    this.runtime = adapter.runtime;
    this.adapter = adapter;
    this.#options = options;
    if (inProcess !== null) {
      this.hosts = [inProcess];
      return;
    }
    const elsewhere = external.length > 0;
    this.#daemons = (elsewhere ? external : sockets).map((socket, i) => this.#daemon(socket, i + 1, elsewhere));
    this.hosts = this.#daemons;
  }

  get routing(): 'round_robin' | 'single' | 'in_process' {
    if (this.#options.inProcess !== null) return 'in_process';
    return this.hosts.length > 1 ? 'round_robin' : 'single';
  }

  /** Its daemons were started elsewhere, with a tool that need not be here. */
  get isElsewhere(): boolean {
    return this.#options.external.length > 0;
  }

  /** The weakest of what daemons announce and workers have; null: none has told yet. */
  get sandbox(): SandboxReport | null {
    if (this.routing === 'in_process') return weakest([this.#confined ?? IN_PROCESS]);
    return weakest([...this.#daemons.map((daemon) => daemon.sandbox), this.#confined]);
  }

  /** What a worker has. */
  confined(report: SandboxReport): void {
    this.#confined = weakest([this.#confined, report]);
  }

  /** Those that can start workers now, in order. */
  get up(): readonly WorkerHost[] {
    return this.#closed ? [] : this.hosts.filter((host) => host.up);
  }

  /** Null before {@link detect} is through. */
  get tool(): ToolStatus | null {
    return this.#tool;
  }

  /** None is up, but their first try is not decided yet: callers may wait. */
  get pending(): boolean {
    return this.#pending && this.up.length === 0;
  }

  /** The first try of every daemon is decided: what is started now is spread over all there will be. */
  get settled(): boolean {
    return !this.#pending;
  }

  /** Looks for the tool, once. Never rejects. */
  detect(): Promise<ToolStatus> {
    this.#detecting ??= this.adapter.detect().then((tool) => {
      this.#tool = tool;
      if (!tool.ok) this.#pending = false;
      return tool;
    });
    return this.#detecting;
  }

  /**
   * Starts the daemons, all at once. Resolves when each is up or has failed for the first time. A missing tool is no
   * error: {@link refusal} tells of it.
   * @throws UsageError `daemon_socket_in_use`
   */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Why no call can be served; null when one can, or when it is worth waiting. */
  refusal(): FastFnError | null {
    if (this.up.length > 0 || this.pending) return null;
    const { runtime } = this;
    if (this.#tool !== null && !this.#tool.ok && this.#options.external.length === 0) {
      return runtimeUnavailable(runtime, this.#tool.reason, this.#tool.hint);
    }
    const reasons = this.#daemons.map((daemon) => daemon.status.reason).filter((reason) => reason !== null);
    const which =
      reasons.length > 1 ? `All ${reasons.length} ${runtime} daemons are down` : `The ${runtime} daemon is down`;
    const next =
      this.#options.external.length > 0
        ? 'Start it again, or correct FN_RUNTIME_SOCKETS; FastFN keeps trying to reach it.'
        : reasons.length > 1
          ? 'They are being restarted.'
          : 'It is being restarted.';
    return runtimeUnavailable(runtime, `${which}: ${reasons[0] ?? 'it was not started'}.`, next);
  }

  status(workers: number): RuntimeStatus {
    const tool = this.#tool;
    const missing = tool !== null && !tool.ok && this.#options.external.length === 0;
    const asleep = this.#starting === null && !missing;
    return {
      routing: this.routing,
      up: this.up.length > 0 || asleep,
      reason: missing ? `${tool.reason} ${tool.hint}` : asleep ? 'No function needs it yet.' : this.#downReason(),
      sandbox: this.sandbox,
      sockets: missing ? [] : this.#daemons.map((daemon) => daemon.status),
      workers,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pending = false;
    await Promise.all(this.hosts.map((host) => host.close?.()));
  }

  async #start(): Promise<void> {
    const tool = this.#options.external.length > 0 ? null : await this.detect();
    if (this.#closed) return;
    try {
      if (tool?.ok) this.#options.inProcess?.prepare?.();
      if (tool === null || tool.ok) await Promise.all(this.#daemons.map((daemon) => daemon.start()));
    } finally {
      this.#pending = false;
      this.#options.onChange(this);
    }
  }

  #daemon(socket: string, index: number, external: boolean): Daemon {
    const { env, maxFrameBytes, loadTimeoutMs, healthIntervalMs, backoff, logger } = this.#options;
    return new Daemon({
      runtime: this.runtime,
      index,
      socket,
      command: external ? null : () => this.adapter.daemonCommand({ socket }),
      env,
      maxFrameBytes,
      loadTimeoutMs,
      healthIntervalMs,
      backoff,
      logger,
      onChange: (daemon) => {
        this.#options.onDaemon(this, daemon);
        this.#options.onChange(this);
      },
    });
  }

  #downReason(): string | null {
    return this.up.length > 0 || this.pending ? null : (this.#daemons[0]?.status.reason ?? null);
  }
}
