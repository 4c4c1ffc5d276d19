import type { Runtime } from './runtime.js';

/** One daemon socket, for `/_fn/health`. SPEC §11. */
export interface SocketStatus {
  /** From 1. */
  readonly index: number;
  /** `unix:/path/to.sock`. */
  readonly uri: string;
  readonly up: boolean;
  readonly reason: string | null;
  readonly pid: number | null;
}

export interface RuntimeStatus {
  readonly routing: 'round_robin' | 'single' | 'in_process';
  readonly up: boolean;
  readonly reason: string | null;
  readonly sockets: readonly SocketStatus[];
  readonly workers: number;
  /** What confines its functions (`strict_fs`); null or missing: no daemon has told yet. */
  readonly sandbox?: SandboxStatus | null;
}

/** SPEC §14. */
export interface SandboxStatus {
  /** Enforced by the kernel, by the language's own library, or not at all. */
  readonly level: 'kernel' | 'runtime' | 'off';
  /** What is weaker than it could be and why, for people. */
  readonly missing: readonly string[];
}

export interface WorkerStatus {
  readonly pid: number;
  readonly state: 'starting' | 'idle' | 'busy' | 'draining' | 'stopping';
}

export interface FunctionStatus {
  readonly key: string;
  readonly runtime: Runtime;
  readonly name: string;
  readonly version: string;
  /** `stale`: kept warm once, its last ping is overdue. */
  readonly state: 'warm' | 'stale' | 'cold';
  readonly workers: readonly WorkerStatus[];
  readonly active: number;
  readonly queued: number;
  readonly queueDrops: { readonly overflow: number; readonly timeout: number };
  /** Why calls are refused at the moment: build failed, crash loop, missing tool. */
  readonly problem: string | null;
}

export interface PoolStatus {
  readonly runtimes: Readonly<Partial<Record<Runtime, RuntimeStatus>>>;
  readonly functions: readonly FunctionStatus[];
}

/** Counters since start, for `/_fn/metrics`. */
export interface PoolCounters {
  readonly coldStarts: number;
  readonly crashes: number;
  readonly timeouts: number;
}
