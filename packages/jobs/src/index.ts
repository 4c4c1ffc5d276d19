export { type Clock, systemClock } from './clock.js';
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
export type { ScheduleClaim, ScheduleStore, ScheduleTaken, StoredSchedule } from './schedule-store.js';
export { type OpenStore, type Store, StoreBusyError } from './store.js';
