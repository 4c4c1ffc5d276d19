import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { FastFnError, Runtime } from '@fastfn/core';
import { asDependencyError } from './errors.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { runTool, type ToolCommand, type ToolResult } from './run-tool.js';
import { type DependencyState, readState, writeState } from './state.js';

/** Installations of one language at a time: they are bound by disk and network, and by the memory that npm takes. */
const MAX_PARALLEL = 2;

/** Functions that share a folder ask one after the other; what has just failed is not tried for each of them. */
const FAILURE_HOLDS_MS = 5_000;

/** What one language wants in one folder. */
export interface InstallRequest {
  readonly runtime: Runtime;
  /** Absolute: where the manifest is, or would be. State and lock are kept there. */
  readonly folder: string;
  /** Absolute functions root, for names in messages. */
  readonly root: string;
  /**
   * What has to be done as things are now. Asked once to see whether anything is to do, and again when the folder is
   * locked: another process may have done it. Null: this folder has no dependencies and no memory of any.
   * @throws FastFnError `dependency_failed`: a manifest that cannot be read
   */
  plan(state: DependencyState | null): InstallPlan | null | Promise<InstallPlan | null>;
}

export interface InstallPlan {
  /** {@link contentHash} of manifest, lock, hints and the tool's version. */
  readonly hash: string;
  /**
   * The same without what the installation itself writes: two plans with the same one want the same, also when the lock
   * has been written in between. Default: `hash`.
   */
  readonly wanted?: string;
  /** What was installed is still there. When it is and the hash is unchanged, nothing is done. */
  readonly isPresent: boolean;
  /**
   * Installs. Everything else (state, lock, errors) is the installer's business.
   * @throws FastFnError `dependency_failed`
   */
  install(run: InstallRun): Promise<InstallOutcome>;
}

export interface InstallRun {
  /** Aborted when nobody waits for the result any more and something else is wanted, and on {@link Installer.close}. */
  readonly signal: AbortSignal;
  /** An earlier installation was interrupted: what lies there may be half of it. */
  readonly unfinished: boolean;
  progress(line: string): void;
  /** Watched files that the tool is about to write: until the end, their change is nobody's edit. */
  writing(files: readonly string[]): void;
  /** {@link runTool} under our lock and signal; also ended when another server takes over after our sudden death. */
  tool(command: Omit<ToolCommand, 'signal' | 'onStart'>): Promise<ToolResult>;
}

/** What goes into the state file. */
export interface InstallOutcome
  extends Pick<DependencyState, 'mode' | 'manifest' | 'lock' | 'inferred' | 'resolved' | 'unresolved' | 'sources'> {
  /** As {@link InstallPlan.hash}, computed again: lock and manifest may have been written. */
  readonly hash: string;
  /** Nothing had to be done after all. */
  readonly present?: boolean;
  /** Watched files that it wrote. */
  readonly wrote: readonly string[];
  /** There is nothing left to install: the state is forgotten. */
  readonly empty?: boolean;
}

export interface EnsureOptions {
  /** Gives up waiting. The installation itself goes on, for whoever asks next. */
  readonly signal: AbortSignal;
  progress(line: string): void;
  /** Watched files that the installation is about to write. */
  writing?(files: readonly string[]): void;
  /** Watched files that the installation wrote: as they are now, they are nobody's edit. */
  wrote?(files: readonly string[]): void;
}

interface Running {
  readonly wanted: string;
  /** {@link identityOf} the folder that it installs in. */
  readonly identity: string | null;
  readonly folder: string;
  readonly abort: AbortController;
  readonly waiters: Set<EnsureOptions>;
  readonly writing: Set<string>;
  readonly done: Promise<DependencyState | null>;
}

/**
 * Has dependencies installed: never twice at once in a folder, over processes too, and not at all while manifest, lock,
 * hints and tool are the same. One per runtime adapter; SPEC §13.
 */
export class Installer {
  /** By folder: one installer has one language. */
  readonly #running = new Map<string, Running>();
  readonly #failed = new Map<string, { readonly hash: string; readonly error: FastFnError; readonly at: number }>();
  readonly #turns: (() => void)[] = [];
  #installing = 0;
  #closed = false;

  /**
   * @returns the state; null when the folder has no dependencies.
   * @throws FastFnError `dependency_failed`; what `signal` was aborted with
   */
  async ensure(request: InstallRequest, options: EnsureOptions): Promise<DependencyState | null> {
    const { folder, runtime } = request;
    for (;;) {
      options.signal.throwIfAborted();
      const running = this.#running.get(folder);
      const state = readState(folder, runtime);
      const plan = await request.plan(state);
      if (plan === null) return null;
      if (running !== undefined && running === this.#running.get(folder)) {
        const isReplaced = running.identity !== identityOf(folder);
        if (running.wanted === wantedBy(plan) && !isReplaced) return await this.#join(running, options);
        // What it installs is not wanted any more, unless others still wait for it; in a folder that is gone it never is.
        if (isReplaced || running.waiters.size === 0) running.abort.abort();
        await this.#settled(running, options.signal);
        continue;
      }
      if (running !== this.#running.get(folder)) continue;
      if (isDone(state, plan)) return state;
      const failed = this.#failed.get(folder);
      if (failed?.hash === plan.hash && Date.now() - failed.at < FAILURE_HOLDS_MS) throw failed.error;
      return await this.#join(this.#begin(request, plan), options);
    }
  }

  /** Ends what runs. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#running.values()];
    for (const { abort } of all) abort.abort();
    await Promise.allSettled(all.map(({ done }) => done));
  }

  async #join(running: Running, options: EnsureOptions): Promise<DependencyState | null> {
    running.waiters.add(options);
    if (running.writing.size > 0) options.writing?.([...running.writing]);
    try {
      return await untilAborted(running.done, options.signal);
    } finally {
      running.waiters.delete(options);
      // Nobody will ask again for the folder of a function that was deleted.
      if (running.waiters.size === 0 && running.identity !== identityOf(running.folder)) running.abort.abort();
    }
  }

  /** Its end, whatever it was. @throws when aborted */
  async #settled({ done }: Running, signal: AbortSignal): Promise<void> {
    await untilAborted(
      done.then(
        () => {},
        () => {},
      ),
      signal,
    );
  }

  #begin(request: InstallRequest, plan: InstallPlan): Running {
    const { folder } = request;
    const abort = new AbortController();
    if (this.#closed) abort.abort();
    const waiters = new Set<EnsureOptions>();
    const writing = new Set<string>();
    this.#failed.delete(folder);
    // Not before who asked is among those who are told of progress.
    const install = Promise.resolve().then(() =>
      this.#inTurn(() => this.#install(request, abort.signal, waiters, writing)),
    );
    const done = install.catch((cause: unknown) => {
      const error = asDependencyError(nameOf(request), cause);
      if (!abort.signal.aborted) this.#failed.set(folder, { hash: plan.hash, error, at: Date.now() });
      throw error;
    });
    const identity = identityOf(folder);
    const running: Running = { wanted: wantedBy(plan), folder, identity, abort, waiters, writing, done };
    this.#running.set(folder, running);
    const forget = (): void => {
      if (this.#running.get(folder) === running) this.#running.delete(folder);
    };
    done.then(forget, forget);
    return running;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#installing >= MAX_PARALLEL) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#installing++;
    try {
      return await work();
    } finally {
      this.#installing--;
      this.#turns.shift()?.();
    }
  }

  async #install(
    request: InstallRequest,
    signal: AbortSignal,
    waiters: ReadonlySet<EnsureOptions>,
    writing: Set<string>,
  ): Promise<DependencyState | null> {
    const { folder, runtime } = request;
    const progress = (line: string): void => {
      for (const waiter of waiters) waiter.progress(line);
    };
    let lock: FolderLock;
    try {
      lock = await lockFolder(folder, {
        signal,
        onWait: (pid) => progress(`waiting: process ${pid} installs in the same folder`),
      });
    } catch (error) {
      // An image, or somebody else's folder: what is there will do.
      const state = readState(folder, runtime);
      if (isReadOnly(error) && (await request.plan(state))?.isPresent) return state;
      throw error;
    }
    try {
      const state = readState(folder, runtime);
      const plan = await request.plan(state);
      if (plan === null || isDone(state, plan)) return state;
      const began = performance.now();
      const duration = (): number => Math.round(performance.now() - began);
      writeState(folder, runtime, {
        ...(state ?? emptyState(runtime)),
        hash: plan.hash,
        last_status: 'installing',
        last_error: null,
        updated_at: new Date().toISOString(),
      });
      try {
        const outcome = await plan.install({
          signal,
          unfinished: state?.last_status === 'installing',
          progress,
          writing: (files) => {
            for (const file of files) writing.add(file);
            for (const waiter of waiters) waiter.writing?.(files);
          },
          tool: (command) => lockedTool(lock, { ...command, signal }),
        });
        signal.throwIfAborted();
        const { wrote, present, empty, ...facts } = outcome;
        const done: DependencyState | null = empty
          ? null
          : {
              runtime,
              ...facts,
              duration_ms: duration(),
              last_status: present ? 'present' : 'ok',
              last_error: null,
              updated_at: new Date().toISOString(),
            };
        writeState(folder, runtime, done);
        for (const file of wrote) writing.add(file);
        return done;
      } catch (cause) {
        // Ended by us: it stays `installing`, and is begun anew.
        if (!signal.aborted) {
          const { message } = asDependencyError(nameOf(request), cause);
          recordFailure(folder, { ...readState(folder, runtime)!, duration_ms: duration() }, message);
        }
        throw cause;
      }
    } finally {
      if (writing.size > 0) for (const waiter of waiters) waiter.wrote?.([...writing]);
      lock.release();
    }
  }
}

async function lockedTool(lock: FolderLock, command: ToolCommand): Promise<ToolResult> {
  try {
    return await runTool({ ...command, onStart: (pid) => lock.toolRuns(pid) });
  } finally {
    lock.toolRuns(null);
  }
}

function isReadOnly(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Changes when a folder is deleted and made again; null: it is not there. */
function identityOf(folder: string): string | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}:${stat.birthtimeMs}`;
}

function wantedBy(plan: InstallPlan): string {
  return plan.wanted ?? plan.hash;
}

function isDone(state: DependencyState | null, plan: InstallPlan): boolean {
  if (state === null || state.hash !== plan.hash || !plan.isPresent) return false;
  return state.last_status === 'ok' || state.last_status === 'present';
}

function recordFailure(folder: string, state: DependencyState, message: string): void {
  try {
    const updated_at = new Date().toISOString();
    writeState(folder, state.runtime, { ...state, last_status: 'failed', last_error: message, updated_at });
  } catch {
    // A full disk may be why it failed; `installing` stays, and means the same: not done.
  }
}

function emptyState(runtime: Runtime): DependencyState {
  return {
    runtime,
    mode: 'manifest',
    manifest: null,
    lock: null,
    inferred: [],
    resolved: [],
    unresolved: [],
    sources: {},
    duration_ms: 0,
    last_status: 'installing',
    last_error: null,
    updated_at: '',
    hash: '',
  };
}

/** The folder as the user calls it. */
function nameOf({ root, folder }: InstallRequest): string {
  return relative(root, folder) || 'the functions root';
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
