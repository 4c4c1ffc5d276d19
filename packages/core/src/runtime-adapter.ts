import type { FunctionSpec } from './function-spec.js';
import type { Runtime } from './runtime.js';

/** Whether the tool of a language is there. */
export type ToolStatus =
  | { readonly ok: true; readonly path: string; readonly version: string }
  | {
      readonly ok: false;
      /** e.g. "python3 was not found on PATH". */
      readonly reason: string;
      /** e.g. "Install it: apt install python3 (Debian, Ubuntu), brew install python (macOS), or set FN_PYTHON_BIN." */
      readonly hint: string;
    };

export interface DaemonCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a function needs before a worker can start: installed dependencies, a compiled binary. */
export interface Prepared {
  /** What the daemon's `start` message names as `entry`: the handler itself, or a built binary. */
  readonly entry: string;
  /** Extra variables for the worker (`PYTHONPATH`, `NODE_PATH` …). */
  readonly env: Readonly<Record<string, string>>;
  /** Folders that the sandbox must let it read. */
  readonly readPaths: readonly string[];
}

/**
 * The host half of a language: finds its tool, prepares dependencies, says how to start its daemon. One per runtime;
 * a new language is a new one of these and a shim that speaks PROTOCOL.md.
 */
export interface RuntimeAdapter {
  readonly runtime: Runtime;
  /** Never throws. Called at start and by `doctor`. */
  detect(): Promise<ToolStatus>;
  /** Command that runs the daemon on the given socket. Called only after `detect` said ok. */
  daemonCommand(options: { readonly socket: string }): DaemonCommand;
  /**
   * Installs and builds. Called once per changed function; never twice at once for a folder.
   * @throws FastFnError `build_failed` or `dependency_failed`.
   */
  prepare?(fn: FunctionSpec, options: PrepareOptions): Promise<Prepared>;
  /**
   * Bounds and gathers preparations by itself: all may be asked for at once. Otherwise only as many run at a time as there
   * are processors.
   */
  readonly gathersPreparations?: boolean;
  /** Ends what preparations left running (an installation goes on when the call that began it is given up). Idempotent. */
  close?(): Promise<void>;
  /**
   * Files and folders beyond `ownFolder` and {@link Prepared.readPaths} that loading the function's code reads: what it
   * imports from elsewhere below root, package folders above it. The sandbox lets it read them. Absolute; must be quick,
   * and reads files only. `_`-private modules need not be named. SPEC §14.
   */
  codePaths?(fn: FunctionSpec, prepared: Prepared): readonly string[];
  /**
   * Calls one worker process can run at once when the worker itself does not say: 1 for php and sync python,
   * 0 (no limit) for node, go, rust.
   */
  readonly defaultConcurrency: number;
}

export interface PrepareOptions {
  readonly signal: AbortSignal;
  /** One line for the terminal. */
  progress(line: string): void;
  /**
   * Files below root that the build or installation reads beside the handler: when one changes, the function is prepared
   * again, also when this time it fails.
   */
  reads?(files: readonly string[]): void;
  /** Of those, files that the preparation writes itself (a lock file): until it ends, their change is nobody's edit. */
  writing?(files: readonly string[]): void;
  /** It has written them: as they are now, they are no edit. */
  wrote?(files: readonly string[]): void;
}
