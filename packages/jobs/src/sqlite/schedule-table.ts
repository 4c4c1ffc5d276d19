import type { StoredSchedule } from '../schedule-store.js';
import type { Sql } from './sql.js';

/** State of schedules, one row for each. */
export class ScheduleTable {
  constructor(private readonly sql: Sql) {}

  load(): [string, StoredSchedule][] {
    return this.sql
      .all('SELECT key, state FROM schedules')
      .map(({ key, state }) => [key as string, JSON.parse(state as string) as StoredSchedule]);
  }

  save(key: string, state: StoredSchedule): void {
    this.sql.run('INSERT OR REPLACE INTO schedules (key, state) VALUES (?, ?)', [key, JSON.stringify(state)]);
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.sql.run('DELETE FROM schedules WHERE key = ?', [key]);
  }
}
