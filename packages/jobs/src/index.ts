export type { CallbackMessage, PostCallback } from './callback/deliver.js';
export { callbackSecret } from './callback/secret-file.js';
export { type Clock, systemClock } from './clock.js';
export { createJobService, type JobServiceOptions } from './job-service.js';
export { LazyStore } from './lazy-store.js';
export {
  type Delivery,
  type JobQueue,
  type JobRun,
  type JobWorker,
  MAX_INTERRUPTIONS,
  type QueuedJob,
  type Retention,
  type Verdict,
} from './queue.js';
export { openRedisStore, type RedisStore, type RedisStoreOptions } from './redis-store.js';
export { Scheduler, type SchedulerOptions } from './schedule/scheduler.js';
export type { ScheduleClaim, ScheduleStore, ScheduleTaken, StoredSchedule } from './schedule-store.js';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
export { type OpenStore, type Store, StoreBusyError } from './store.js';
export { createJobWorker, type JobWorkerOptions } from './worker.js';
