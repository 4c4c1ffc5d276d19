import type { Clock } from '../clock.js';
import type { Delivery, JobWorker } from '../queue.js';
import type { JobRecords } from './job-records.js';

export interface CallbackLoopOptions {
  readonly records: JobRecords;
  /** What a machine took and does not keep is another's after this. */
  readonly leaseMs: number;
  readonly clock: Clock;
}

/** Other machines finish jobs too: at most this long until somebody with a free hand looks. */
const LOOK_EVERY_MS = 1_000;
const RETRY_MS = 500;

/** Delivers callbacks that are due, each on one machine at a time. */
export class CallbackLoop {
  readonly #delivering = new Map<string, AbortController>();
  #looking = false;
  #lookAgain = false;
  #ended: (() => void) | null = null;
  #stopped = false;
  #stopTimer = (): void => {};
  #stopKeeping = (): void => {};

  constructor(
    private readonly options: CallbackLoopOptions,
    private readonly worker: JobWorker,
  ) {
    this.#keep();
  }

  /** Something may be due. */
  look(): void {
    if (this.#looking) this.#lookAgain = true;
    else void this.#look();
  }

  /** Breaks off what is under way, for the next process. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.kill();
    for (const controller of this.#delivering.values()) controller.abort();
    while (this.#delivering.size > 0) {
      await new Promise<void>((resolve) => {
        this.#ended = resolve;
      });
    }
  }

  kill(): void {
    this.#stopped = true;
    this.#stopTimer();
    this.#stopKeeping();
  }

  async #look(): Promise<void> {
    const { records, clock, leaseMs } = this.options;
    const free = this.worker.deliveries - this.#delivering.size;
    if (this.#stopped || free <= 0) return;
    this.#looking = true;
    this.#lookAgain = false;
    this.#stopTimer();
    const now = clock.now();
    const ids = await records.takeCallbacks(now, free, now + leaseMs).catch(() => []);
    for (const id of ids) void this.#deliver(id);
    this.#looking = false;
    if (this.#stopped) return;
    if (this.#lookAgain) this.look();
    else this.#stopTimer = clock.after(LOOK_EVERY_MS, () => this.look());
  }

  async #deliver(id: string): Promise<void> {
    const { records, clock } = this.options;
    const controller = new AbortController();
    this.#delivering.set(id, controller);
    try {
      const [job, result] = await Promise.all([records.get(id), records.result(id)]);
      if (job === null || job.callback === null || this.#stopped) return;
      const delivery = await this.worker.deliver(job, result, controller.signal);
      if (controller.signal.aborted) await records.releaseCallback(id, clock.now());
      else await this.#settle(id, delivery);
    } catch {
      // Redis is away: the delivery is made again when what was taken lapses.
    } finally {
      this.#delivering.delete(id);
      this.#ended?.();
      this.look();
    }
  }

  async #settle(id: string, delivery: Delivery): Promise<void> {
    const { records, clock } = this.options;
    for (;;) {
      try {
        await records.settleCallback(id, delivery, clock.now());
        return;
      } catch (error) {
        if (this.#stopped) throw error;
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      }
    }
  }

  /** Says now and then that what is being delivered here is still ours. */
  #keep(): void {
    const { records, clock, leaseMs } = this.options;
    this.#stopKeeping = clock.after(leaseMs / 3, () => {
      const ids = [...this.#delivering.keys()];
      if (ids.length > 0) records.keepCallbacks(ids, clock.now() + leaseMs).catch(() => {});
      if (!this.#stopped) this.#keep();
    });
  }
}
