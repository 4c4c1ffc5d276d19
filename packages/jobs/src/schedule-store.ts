import type { ScheduleState } from '@fastfn/core';

/** Keeps the state of schedules over restarts, and lets one machine at a time run a schedule. Keys are `FunctionSpec.key`. */
export interface ScheduleStore {
  /** Everything that is remembered. */
  load(): Promise<ReadonlyMap<string, StoredSchedule>>;
  /** Remembers the state of a schedule that is not running. The last writer wins. */
  save(key: string, state: StoredSchedule): Promise<void>;
  /**
   * Takes the right to run a schedule: for one tick, and against every other machine of the store. The right lasts until
   * {@link ScheduleClaim.finish}; that of a machine that died lapses by itself.
   * @param due epoch ms of the tick or retry; null: by hand, whatever has run before.
   * @returns what is remembered instead, when it is running, when this tick (or a later one) has been run already, or when
   * what is remembered says that it is not due yet: machines that count an interval from different starts share one.
   */
  claim(key: string, due: number | null): Promise<ScheduleClaim | ScheduleTaken>;
  /** Those of these that are running, on whatever machine. */
  running(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Functions that lost their schedule, or are gone. */
  forget(keys: readonly string[]): Promise<void>;
}

export interface StoredSchedule extends ScheduleState {
  /** Due time of the last tick that was run; null: none yet. */
  readonly lastDue: number | null;
  /** The timing that `next` was worked out for. */
  readonly timing?: string;
}

export interface ScheduleClaim {
  readonly taken: false;
  /** How often this tick or retry was begun before by a process that died in it. */
  readonly interruptions: number;
  /** Gives the right back and remembers. Never rejects: a state that cannot be stored is tried again later. */
  finish(state: StoredSchedule): Promise<void>;
}

export interface ScheduleTaken {
  readonly taken: true;
  /** As the machine that has it remembers; null: nothing yet. */
  readonly state: StoredSchedule | null;
}

/** Whether a tick or retry needs no run any more, or not yet, by what is remembered. The rule of every {@link ScheduleStore.claim}. */
export function isOver({ lastDue, next, retryDue }: StoredSchedule, due: number): boolean {
  if (lastDue !== null && lastDue >= due) return true;
  return next !== null && due < next && due !== retryDue;
}
