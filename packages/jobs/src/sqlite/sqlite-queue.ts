import type { Job, JobCounts, JobFilter, JobResult, NewJob } from '@fastfn/core';
import type { Clock } from '../clock.js';
import type { Delivery, JobQueue, JobRun, JobWorker, QueuedJob, Verdict } from '../queue.js';
import type { DueCallback } from './job-table.js';
import type { ThreadClient } from './thread-client.js';

/** The clock may jump: nobody waits for longer than this without looking at it again. */
const MAX_WAIT_MS = 5_000;
/** Between two tries to write what the disk has no room for. */
const RETRY_WRITE_MS = 1_000;
/** Between two looks for jobs that are too old. */
const PRUNE_EVERY_MS = 600_000;

/** The queue in the file: a claim loop that looks when something was added, when something ended, and when something is due. */
export class SqliteQueue implements JobQueue {
  #worker: JobWorker | null = null;
  readonly #running = new Map<string, AbortController>();
  readonly #delivering = new Map<string, AbortController>();
  #claiming = false;
  #looking = false;
  #stopClaimTimer = (): void => {};
  #stopCallbackTimer = (): void => {};
  #stopPruneTimer = (): void => {};
  #stopped: Promise<void> | null = null;
  /** Told when something that ran has ended. */
  #onIdle = (): void => {};

  constructor(
    private readonly client: ThreadClient,
    private readonly clock: Clock,
  ) {}

  async enqueue(job: QueuedJob): Promise<Job> {
    const made = await this.client.ask('enqueue', job);
    this.#claim();
    return made;
  }

  get(id: string): Promise<Job | null> {
    return this.client.ask('get', id);
  }

  async list(filter: JobFilter): Promise<readonly Job[]> {
    return this.client.ask('list', filter);
  }

  request(id: string): Promise<NewJob | null> {
    return this.client.ask('request', id);
  }

  result(id: string): Promise<JobResult | null> {
    return this.client.ask('result', id);
  }

  async cancel(id: string): Promise<'canceled' | 'finished' | null> {
    const before = await this.client.ask('cancel', id, this.clock.now());
    if (before === null) return null;
    if (before !== 'queued' && before !== 'running') return 'finished';
    this.#running.get(id)?.abort();
    return 'canceled';
  }

  counts(): Promise<JobCounts> {
    return this.client.ask('counts');
  }

  start(worker: JobWorker): void {
    this.#worker = worker;
    this.#claim();
    this.#lookForCallbacks();
    this.#prune();
  }

  stop(drainMs: number): Promise<void> {
    if (drainMs <= 0) this.#abortAll();
    this.#stopped ??= this.#stop(drainMs);
    return this.#stopped;
  }

  async #stop(drainMs: number): Promise<void> {
    this.#worker = null;
    this.#stopClaimTimer();
    this.#stopCallbackTimer();
    this.#stopPruneTimer();
    for (const controller of this.#delivering.values()) controller.abort();
    const cancelTimer = this.clock.after(drainMs, () => this.#abortAll());
    while (this.#running.size > 0 || this.#delivering.size > 0 || this.#claiming) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    cancelTimer();
  }

  #abortAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  #claim(): void {
    const worker = this.#worker;
    const free = worker === null ? 0 : worker.concurrency - this.#running.size;
    if (worker === null || free <= 0 || this.#claiming) return;
    this.#claiming = true;
    this.#stopClaimTimer();
    this.client.ask('claim', free, this.clock.now()).then(
      ({ runs, nextDue }) => {
        this.#claiming = false;
        for (const run of runs) void this.#run(run, worker);
        if (nextDue !== null) this.#claimAt(nextDue);
        this.#onIdle();
      },
      () => {
        // No room on the disk, or the file is gone: the caller of `enqueue` hears of it, here only time helps.
        this.#claiming = false;
        this.#claimAt(this.clock.now() + RETRY_WRITE_MS);
        this.#onIdle();
      },
    );
  }

  #claimAt(due: number): void {
    if (this.#worker === null || this.client.closed) return;
    const wait = Math.min(Math.max(0, due - this.clock.now()), MAX_WAIT_MS);
    this.#stopClaimTimer();
    // What is due now is waiting for a place: the end of a run looks for it.
    if (wait === 0 && this.#running.size >= this.#worker.concurrency) return;
    this.#stopClaimTimer = this.clock.after(wait, () => this.#claim());
  }

  async #run(run: JobRun, worker: JobWorker): Promise<void> {
    const { id } = run.job;
    const controller = new AbortController();
    this.#running.set(id, controller);
    // Claimed while the queue was being stopped: it was not begun, so it goes back as it came.
    const verdict: Verdict =
      this.#worker === null ? { kind: 'interrupted' } : await worker.perform(run, controller.signal);
    const written = this.#write(() => this.client.ask('settle', id, verdict, this.clock.now()));
    if (verdict.kind === 'finished' && run.job.callback !== null) {
      // In the same transaction as the verdict, or a later one.
      this.#lookForCallbacks();
    }
    await written;
    this.#running.delete(id);
    this.#claim();
    this.#onIdle();
  }

  /** Tries until there is room. What is to be written is kept in memory meanwhile, and its place among the running is not given away. */
  async #write(write: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'storage_full' || this.#worker === null) return;
        await new Promise<void>((resolve) => this.clock.after(RETRY_WRITE_MS, resolve));
      }
    }
  }

  #lookForCallbacks(): void {
    const worker = this.#worker;
    const free = worker === null ? 0 : worker.deliveries - this.#delivering.size;
    if (worker === null || free <= 0 || this.#looking) return;
    this.#looking = true;
    this.#stopCallbackTimer();
    this.client.ask('dueCallbacks', free, this.clock.now(), [...this.#delivering.keys()]).then(
      ({ due, nextDue }) => {
        this.#looking = false;
        for (const callback of due) void this.#deliver(callback, worker);
        if (nextDue === null || this.#worker === null) return;
        const wait = Math.min(Math.max(0, nextDue - this.clock.now()), MAX_WAIT_MS);
        if (wait === 0 && this.#delivering.size >= worker.deliveries) return;
        this.#stopCallbackTimer = this.clock.after(wait, () => this.#lookForCallbacks());
      },
      () => {
        this.#looking = false;
        if (this.#worker === null || this.client.closed) return;
        this.#stopCallbackTimer = this.clock.after(RETRY_WRITE_MS, () => this.#lookForCallbacks());
      },
    );
  }

  async #deliver({ job, result }: DueCallback, worker: JobWorker): Promise<void> {
    if (this.#worker === null) return;
    const controller = new AbortController();
    this.#delivering.set(job.id, controller);
    const delivery: Delivery = await worker.deliver(job, result, controller.signal);
    // Broken off by the stop: the next process makes it again.
    if (!controller.signal.aborted) await this.#write(() => this.client.ask('settleDelivery', job.id, delivery));
    this.#delivering.delete(job.id);
    this.#lookForCallbacks();
    this.#onIdle();
  }

  #prune(): void {
    const again = (ms: number): void => {
      if (this.#worker !== null && !this.client.closed)
        this.#stopPruneTimer = this.clock.after(ms, () => this.#prune());
    };
    this.client.ask('pruneByAge', this.clock.now()).then(
      (more) => again(more ? 50 : PRUNE_EVERY_MS),
      () => again(PRUNE_EVERY_MS),
    );
  }
}
