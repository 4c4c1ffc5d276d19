import type { Logger } from '@fastfn/core';
import { type Clock, systemClock } from './clock.js';
import type { Retention } from './queue.js';
import { SqliteQueue } from './sqlite/sqlite-queue.js';
import { SqliteSchedules } from './sqlite/sqlite-schedules.js';
import { ThreadClient } from './sqlite/thread-client.js';
import type { Store } from './store.js';

export interface SqliteStoreOptions {
  /** Absolute; made when missing. */
  readonly file: string;
  /** Jobs that may wait at once. */
  readonly maxQueued: number;
  readonly retention: Retention;
  /** Largest size of the file, in pages of 4 KiB; default: as large as the disk allows. */
  readonly maxPages?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** File of the thread's program; default: the one of this package. */
  readonly program?: URL;
}

/**
 * Opens the embedded store: one file, one owner.
 * @throws StoreBusyError when another process has the file; Error when it cannot be used.
 */
export async function openSqliteStore({
  file,
  maxQueued,
  retention,
  maxPages,
  logger,
  clock = systemClock,
  // From src and from dist alike: both lie one level below the package.
  program = new URL('../dist/sqlite/thread.js', import.meta.url),
}: SqliteStoreOptions): Promise<Store> {
  const client = await ThreadClient.open({
    file,
    maxQueued,
    retention,
    ...(maxPages !== undefined && { maxPages }),
    program,
    onSetAside: (aside) =>
      logger.log(
        'error',
        `[Jobs] ${file} was broken. It is now ${aside}, and a new one was begun: jobs in it are lost.`,
      ),
  });
  const schedules = new SqliteSchedules(client, clock);
  return {
    queue: new SqliteQueue(client, clock),
    schedules,
    shared: false,
    close: async () => {
      schedules.close();
      await client.close();
    },
  };
}
