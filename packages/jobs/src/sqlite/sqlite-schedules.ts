import type { Clock } from '../clock.js';
import {
  isOver,
  type ScheduleClaim,
  type ScheduleStore,
  type ScheduleTaken,
  type StoredSchedule,
} from '../schedule-store.js';
import type { ThreadClient } from './thread-client.js';

/** Between two tries to write what the disk has no room for. */
const RETRY_WRITE_MS = 1_000;

/** A tick, by its due time, and how often a process has begun it. */
interface Begun {
  readonly due: number;
  readonly times: number;
}

interface SavedSchedule extends StoredSchedule {
  readonly begun?: Begun;
}

/**
 * Schedules in the file. Only this process has it, so a claim is a note in memory: a tick whose process died was never
 * written as run, and is found missed by the next.
 */
export class SqliteSchedules implements ScheduleStore {
  readonly #claimed = new Set<string>();
  /** Last state of each, as saved. */
  readonly #states = new Map<string, StoredSchedule>();
  /** Ticks that were begun, as on the disk: the state of a run that ended is written without. */
  readonly #begun = new Map<string, Begun>();
  /** States that are not on the disk yet. */
  readonly #unsaved = new Set<string>();
  #stopTimer: (() => void) | null = null;

  constructor(
    private readonly client: ThreadClient,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<ReadonlyMap<string, StoredSchedule>> {
    for (const [key, { begun, ...state }] of (await this.client.ask('loadSchedules')) as [string, SavedSchedule][]) {
      if (this.#states.has(key)) continue;
      this.#states.set(key, state);
      if (begun !== undefined) this.#begun.set(key, begun);
    }
    return new Map(this.#states);
  }

  async save(key: string, state: StoredSchedule): Promise<void> {
    this.#states.set(key, state);
    await this.client.ask('saveSchedule', key, this.#saved(key, state));
  }

  async claim(key: string, due: number | null): Promise<ScheduleClaim | ScheduleTaken> {
    const state = this.#states.get(key) ?? null;
    if (this.#claimed.has(key) || (due !== null && state !== null && isOver(state, due))) return { taken: true, state };
    this.#claimed.add(key);
    return {
      taken: false,
      interruptions: due === null || state === null ? 0 : await this.#begin(key, due, state),
      finish: async (after) => {
        this.#claimed.delete(key);
        this.#begun.delete(key);
        this.#states.set(key, after);
        this.#unsaved.add(key);
        await this.#saveAll();
      },
    };
  }

  async running(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(keys.filter((key) => this.#claimed.has(key)));
  }

  async forget(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#begun.delete(key);
      this.#states.delete(key);
      this.#unsaved.delete(key);
    }
    await this.client.ask('forgetSchedules', keys);
  }

  close(): void {
    this.#stopTimer?.();
  }

  /** Writes down that a tick begins. @returns how often it has begun before. */
  async #begin(key: string, due: number, state: StoredSchedule): Promise<number> {
    const before = this.#begun.get(key);
    const times = before?.due === due ? before.times : 0;
    this.#begun.set(key, { due, times: times + 1 });
    // A full disk keeps no tick from running.
    await this.client.ask('saveSchedule', key, this.#saved(key, state)).catch(() => {});
    return times;
  }

  #saved(key: string, state: StoredSchedule): SavedSchedule {
    const begun = this.#begun.get(key);
    return begun === undefined ? state : { ...state, begun };
  }

  async #saveAll(): Promise<void> {
    const writes = [...this.#unsaved].map(async (key) => {
      const state = this.#states.get(key);
      if (state === undefined) return;
      this.#unsaved.delete(key);
      try {
        await this.client.ask('saveSchedule', key, this.#saved(key, state));
      } catch {
        this.#unsaved.add(key);
      }
    });
    await Promise.all(writes);
    if (this.#unsaved.size === 0 || this.#stopTimer !== null) return;
    this.#stopTimer = this.clock.after(RETRY_WRITE_MS, () => {
      this.#stopTimer = null;
      void this.#saveAll();
    });
  }
}
