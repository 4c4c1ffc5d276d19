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

/**
 * Schedules in the file. Only this process has it, so a claim is a note in memory: a tick whose process died was never
 * written as run, and is found missed by the next.
 */
export class SqliteSchedules implements ScheduleStore {
  readonly #claimed = new Set<string>();
  /** Last state of each, as saved. */
  readonly #states = new Map<string, StoredSchedule>();
  /** States that are not on the disk yet. */
  readonly #unsaved = new Set<string>();
  #stopTimer: (() => void) | null = null;

  constructor(
    private readonly client: ThreadClient,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<ReadonlyMap<string, StoredSchedule>> {
    for (const [key, state] of await this.client.ask('loadSchedules')) {
      if (!this.#states.has(key)) this.#states.set(key, state);
    }
    return new Map(this.#states);
  }

  async save(key: string, state: StoredSchedule): Promise<void> {
    this.#states.set(key, state);
    await this.client.ask('saveSchedule', key, state);
  }

  async claim(key: string, due: number | null): Promise<ScheduleClaim | ScheduleTaken> {
    const state = this.#states.get(key) ?? null;
    if (this.#claimed.has(key) || (due !== null && state !== null && isOver(state, due))) return { taken: true, state };
    this.#claimed.add(key);
    return {
      taken: false,
      finish: async (after) => {
        this.#claimed.delete(key);
        this.#states.set(key, after);
        this.#unsaved.add(key);
        await this.#saveAll();
      },
    };
  }

  async forget(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#states.delete(key);
      this.#unsaved.delete(key);
    }
    await this.client.ask('forgetSchedules', keys);
  }

  close(): void {
    this.#stopTimer?.();
  }

  async #saveAll(): Promise<void> {
    const writes = [...this.#unsaved].map(async (key) => {
      const state = this.#states.get(key);
      if (state === undefined) return;
      this.#unsaved.delete(key);
      try {
        await this.client.ask('saveSchedule', key, state);
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
