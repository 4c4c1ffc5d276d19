import { Worker } from 'bullmq';

/** The library's worker, which can also be ended while Redis is away. */
export class TriggerWorker extends Worker {
  /** Stops the timers that `close` leaves running when it gets no answer from Redis. */
  abandon(): Promise<void> {
    return this.lockManager.close();
  }
}
