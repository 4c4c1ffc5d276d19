import type { Logger } from '@fastfn/core';
import { type Clock, systemClock } from './clock.js';
import type { Retention } from './queue.js';
import { type Store, StoreBusyError } from './store.js';

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with user, password and database as needed. */
  readonly url: string;
  /** Jobs that may wait at once, over all machines. */
  readonly maxQueued: number;
  readonly retention: Retention;
  /** What a machine was running is taken over by another when it has been silent for this long. */
  readonly leaseMs: number;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A store that can also end as a process that is killed ends: for tests. */
export interface RedisStore extends Store {
  kill(): Promise<void>;
}

/**
 * Opens the store that several machines share. The libraries for it are loaded here, so that nobody else pays for them.
 * @throws StoreBusyError when Redis cannot be reached: that may pass.
 */
export async function openRedisStore({
  url,
  maxQueued,
  retention,
  leaseMs,
  logger,
  clock = systemClock,
}: RedisStoreOptions): Promise<RedisStore> {
  const [{ Connection }, { JobRecords }, { RedisQueue }, { RedisSchedules }] = await Promise.all([
    import('./redis/connection.js'),
    import('./redis/job-records.js'),
    import('./redis/redis-queue.js'),
    import('./redis/redis-schedules.js'),
  ]);
  const connection = await Connection.open(url, logger);
  const records = new JobRecords(connection, { maxQueued, retention });
  const queue = new RedisQueue({ connection, records, leaseMs, clock, logger });
  try {
    await queue.open();
  } catch (error) {
    connection.close();
    throw new StoreBusyError((error as Error).message);
  }
  const schedules = new RedisSchedules(connection, clock, leaseMs);
  return {
    queue,
    schedules,
    shared: true,
    async close() {
      schedules.close();
      await queue.close();
      connection.close();
    },
    async kill() {
      schedules.close();
      connection.close();
      await queue.kill();
    },
  };
}
