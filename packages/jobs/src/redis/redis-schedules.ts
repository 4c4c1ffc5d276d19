import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import {
  isOver,
  type ScheduleClaim,
  type ScheduleStore,
  type ScheduleTaken,
  type StoredSchedule,
} from '../schedule-store.js';
import { type Connection, PREFIX } from './connection.js';

/** Between two tries to write to a Redis that is away. */
const RETRY_MS = 500;
/** Others may write at the same moment: read and written anew as often as this. */
const MAX_TRIES = 20;
/** A run recorded further ahead than this was recorded by a clock that was wrong. */
const MAX_AHEAD_MS = 3_600_000;

const SCHEDULES = `${PREFIX}schedules`;
const BEGUN = `${PREFIX}begun`;

/** Schedules in Redis: each is run by the machine that holds its lease, and what was run is never forgotten by an older state. */
export class RedisSchedules implements ScheduleStore {
  /** Leases held: schedule → token. */
  readonly #held = new Map<string, string>();
  #stopKeeping = (): void => {};
  #closed = false;

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {
    this.#keep();
  }

  async load(): Promise<ReadonlyMap<string, StoredSchedule>> {
    const states = await this.connection.ask(() => this.connection.redis.hgetall(SCHEDULES));
    return new Map(Object.entries(states).map(([key, state]) => [key, JSON.parse(state) as StoredSchedule]));
  }

  async save(key: string, state: StoredSchedule): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const raw = await this.#read(key);
      const stored = raw === '' ? null : (JSON.parse(raw) as StoredSchedule);
      const merged = JSON.stringify(merge(stored, state, this.clock.now()));
      if (merged === raw || (await this.connection.script('saveSchedule', key, raw, merged)) === 1) return;
    }
  }

  async claim(key: string, due: number | null): Promise<ScheduleClaim | ScheduleTaken> {
    const token = randomUUID();
    let state: StoredSchedule | null = null;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const raw = await this.#read(key);
      state = raw === '' ? null : (JSON.parse(raw) as StoredSchedule);
      if (due !== null && state !== null && isOver(state, due)) break;
      const times = Number(await this.connection.script('claimTick', key, raw, token, this.leaseMs, due ?? ''));
      if (times === 0) break;
      if (times < 0) continue;
      this.#held.set(key, token);
      return { taken: false, interruptions: times - 1, finish: (after) => this.#finish(key, token, after) };
    }
    return { taken: true, state };
  }

  async forget(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const { redis } = this.connection;
    await this.connection.ask(() => Promise.all([redis.hdel(SCHEDULES, ...keys), redis.hdel(BEGUN, ...keys)]));
  }

  async running(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const running = (await this.connection.script('runningTicks', ...keys)) as Buffer[];
    return new Set(running.map(String));
  }

  /** Leases that are held lapse. */
  close(): void {
    this.#closed = true;
    this.#stopKeeping();
  }

  /** Remembers first and gives back then, so that nobody finds the tick neither run nor running. */
  async #finish(key: string, token: string, state: StoredSchedule): Promise<void> {
    try {
      await this.save(key, state);
      await this.connection.script('endTick', key, token);
    } catch {
      if (!this.#closed) this.clock.after(RETRY_MS, () => void this.#finish(key, token, state));
      return;
    }
    if (this.#held.get(key) === token) this.#held.delete(key);
  }

  async #read(key: string): Promise<string> {
    return (await this.connection.ask(() => this.connection.redis.hget(SCHEDULES, key))) ?? '';
  }

  /** Says now and then that what runs here is still ours. */
  #keep(): void {
    this.#stopKeeping = this.clock.after(this.leaseMs / 3, () => {
      for (const [key, token] of this.#held) {
        this.connection.script('keepTick', key, token, this.leaseMs).catch(() => {});
      }
      if (!this.#closed) this.#keep();
    });
  }
}

/** What a machine remembers that did not hear of the last run keeps that run: otherwise it would be made again. */
function merge(stored: StoredSchedule | null, state: StoredSchedule, now: number): StoredSchedule {
  if (stored === null || stored.lastDue === null || stored.lastDue <= (state.lastDue ?? 0)) return state;
  if (stored.lastDue > now + MAX_AHEAD_MS) return state;
  if (stored.timing === state.timing) return stored;
  return {
    ...stored,
    next: state.next,
    retryDue: null,
    retryAttempt: 0,
    ...(state.timing && { timing: state.timing }),
  };
}
