import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRuntime, type Runtime } from '@fastfn/core';
import { writeWhole } from './write-whole.js';

/** Beside the manifest. SPEC §13. */
export const STATE_FILE = '.fastfn-deps-state.json';

/** What is known of the dependencies that one language has in one folder. */
export interface DependencyState {
  readonly runtime: Runtime;
  /** Where the list of packages came from: the manifest and hints, the code's imports, or both. */
  readonly mode: 'manifest' | 'inferred' | 'mixed';
  /** Name of the manifest beside this file; null: there is none. */
  readonly manifest: string | null;
  /** Name of the lock file beside this file; null: there is none. */
  readonly lock: string | null;
  /** Packages that imports asked for, and no manifest. */
  readonly inferred: readonly string[];
  /** What is installed, as `name==1.2` or `name@1.2`. */
  readonly resolved: readonly string[];
  /** Imports for which no package was found. */
  readonly unresolved: readonly string[];
  /** What single handlers ask for beside the manifest (hints, imports that may not be written there), by their path below. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Of the last installation, ms. */
  readonly duration_ms: number;
  /** `installing`: it runs now, or was interrupted. `present`: all was there already. */
  readonly last_status: 'ok' | 'present' | 'failed' | 'installing';
  readonly last_error: string | null;
  /** ISO 8601. */
  readonly updated_at: string;
  /** Of manifest, lock, hints and the tool's version: while it stays, nothing is installed. */
  readonly hash: string;
}

/**
 * The file itself: the state of the folder's first language at its top, where people look; those of further languages
 * under their names.
 */
interface StateFile extends DependencyState {
  readonly other_runtimes?: Partial<Record<Runtime, DependencyState>>;
}

/** Null when there is none, or none that can be read: then everything is looked at anew. */
export function readState(folder: string, runtime: Runtime): DependencyState | null {
  return readStates(folder).get(runtime) ?? null;
}

/** Takes over the state of one language, or removes it, and leaves the others'. Only for who holds the folder's lock. */
export function writeState(folder: string, runtime: Runtime, state: DependencyState | null): void {
  const states = readStates(folder);
  if (state === null) states.delete(runtime);
  else states.set(runtime, state);
  const file = join(folder, STATE_FILE);
  const [first, ...others] = states.values();
  if (first === undefined) {
    rmSync(file, { force: true });
    return;
  }
  const rest = others.length > 0 ? { other_runtimes: Object.fromEntries(others.map((one) => [one.runtime, one])) } : {};
  writeWhole(file, `${JSON.stringify({ ...first, ...rest }, null, 2)}\n`);
}

function readStates(folder: string): Map<Runtime, DependencyState> {
  const states = new Map<Runtime, DependencyState>();
  try {
    const { other_runtimes, ...first } = JSON.parse(readFileSync(join(folder, STATE_FILE), 'utf8')) as StateFile;
    for (const state of [first, ...Object.values(other_runtimes ?? {})]) {
      if (isState(state)) states.set(state.runtime, state);
    }
  } catch {
    // Not there, cut off, or someone else's: as if nothing was known.
  }
  return states;
}

function isState(value: unknown): value is DependencyState {
  const state = value as Partial<DependencyState> | null;
  return (
    typeof state === 'object' &&
    state !== null &&
    isRuntime(state.runtime) &&
    typeof state.hash === 'string' &&
    typeof state.last_status === 'string' &&
    [state.inferred, state.resolved, state.unresolved].every(Array.isArray) &&
    typeof state.sources === 'object' &&
    state.sources !== null
  );
}
