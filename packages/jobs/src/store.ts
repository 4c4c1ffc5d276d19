import type { JobQueue } from './queue.js';
import type { ScheduleStore } from './schedule-store.js';

/** Where jobs and the state of schedules live: a file of this machine, or a server that several machines share. */
export interface Store {
  readonly queue: JobQueue;
  readonly schedules: ScheduleStore;
  /** Several servers may have it open at once. */
  readonly shared: boolean;
  /** After `queue.stop`. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a store. A store that can be opened later, perhaps, rejects with {@link StoreBusyError}; any other rejection says
 * that it cannot be used.
 */
export type OpenStore = () => Promise<Store>;

/** Another process has the store, or its server cannot be reached yet: worth another try. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError';
}
