import type { FastFnError, Runtime } from '@fastfn/core';
import { lockFolder } from './folder-lock.js';
import { type DependencyState, readState, writeState } from './state.js';

/** Others may be installing in the folder when a server stops: it waits for them no longer than this, ms. */
const CLOSE_GRACE_MS = 1_000;

/** How it went with the packages of a folder, in a language whose compiler fetches them while it builds. */
export interface BuildReport {
  /** Name of the manifest in the folder. */
  readonly manifest: string;
  /** Name of the lock file in the folder; null: there is none. */
  readonly lock: string | null;
  /** {@link contentHash} of manifest, lock and the tool's version, as they were when the build began. */
  readonly hash: string;
  readonly durationMs: number;
  readonly outcome: BuildOutcome;
}

export type BuildOutcome =
  /** It has begun: told until it ends, or for ever when it is given up. */
  | { readonly status: 'installing' }
  | {
      /** `present`: nothing had to be built. */
      readonly status: 'ok' | 'present';
      /** As `name@1.2`. */
      readonly resolved: readonly string[];
      /** Of those, what the code imports and the manifest does not name. */
      readonly inferred: readonly string[];
    }
  | { readonly status: 'failed'; readonly error: FastFnError };

/**
 * Writes the state file for compilers that are their own installers (cargo, go). They lock their caches themselves and
 * several may build from one folder at once, so nothing waits for this: a state is written when the folder's lock is free,
 * and not at all where it cannot be (a read-only image, a folder that is gone). One per runtime adapter; SPEC §13.
 */
export class BuildStates {
  readonly #runtime: Runtime;
  readonly #abort = new AbortController();
  /** The last write of each folder, in the order of the reports. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Never throws. @param folder absolute, with the manifest */
  record(folder: string, report: BuildReport): void {
    if (this.#abort.signal.aborted || saysNothingNew(readState(folder, this.#runtime), report)) return;
    const before = this.#writes.get(folder) ?? Promise.resolve();
    const done = before.then(() => this.#write(folder, report)).catch(() => {});
    this.#writes.set(folder, done);
    void done.then(() => {
      if (this.#writes.get(folder) === done) this.#writes.delete(folder);
    });
  }

  /** Resolves when all that was recorded is on disk, or cannot be. Idempotent. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), CLOSE_GRACE_MS);
    await Promise.all(this.#writes.values());
    clearTimeout(timer);
    this.#abort.abort();
  }

  async #write(folder: string, report: BuildReport): Promise<void> {
    const lock = await lockFolder(folder, { signal: this.#abort.signal });
    try {
      const before = readState(folder, this.#runtime);
      if (saysNothingNew(before, report)) return;
      writeState(folder, this.#runtime, stateAfter(this.#runtime, before, report));
    } finally {
      lock.release();
    }
  }
}

function saysNothingNew(state: DependencyState | null, { hash, outcome }: BuildReport): boolean {
  const isQuiet = outcome.status === 'present' || outcome.status === 'installing';
  return isQuiet && state?.hash === hash && isGood(state);
}

function isGood({ last_status }: DependencyState): boolean {
  return last_status === 'ok' || last_status === 'present';
}

function stateAfter(runtime: Runtime, before: DependencyState | null, report: BuildReport): DependencyState {
  const { manifest, lock, hash, durationMs, outcome } = report;
  const facts = { runtime, manifest, lock, hash, sources: {}, unresolved: [] };
  const times = { duration_ms: Math.round(durationMs), updated_at: new Date().toISOString() };
  if (outcome.status === 'failed' || outcome.status === 'installing') {
    const { mode = 'manifest', inferred = [], resolved = [] } = before ?? {};
    const last_error = outcome.status === 'failed' ? outcome.error.message : null;
    return { ...facts, mode, inferred, resolved, ...times, last_status: outcome.status, last_error };
  }
  // Several handlers are built from one manifest, each with what it imports.
  const others = before !== null && before.hash === hash && isGood(before) ? before : null;
  const inferred = merged(others?.inferred, outcome.inferred);
  return {
    ...facts,
    mode: inferred.length > 0 ? 'mixed' : 'manifest',
    inferred,
    resolved: merged(others?.resolved, outcome.resolved),
    ...times,
    last_status: outcome.status,
    last_error: null,
  };
}

/** Of two versions of one package the later report's counts. */
function merged(before: readonly string[] = [], now: readonly string[]): string[] {
  const byName = new Map([...before, ...now].map((one) => [one.slice(0, one.lastIndexOf('@')) || one, one]));
  return [...byName.values()].sort();
}
