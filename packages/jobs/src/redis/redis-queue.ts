import type { Job, JobCounts, JobFilter, JobResult, Logger, NewJob } from '@fastfn/core';
import { DelayedError, Queue, type Job as Trigger, WaitingError } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock } from '../clock.js';
import type { JobQueue, JobRun, JobWorker, QueuedJob, Verdict } from '../queue.js';
import { CallbackLoop } from './callback-loop.js';
import { type Connection, PREFIX } from './connection.js';
import type { JobRecords } from './job-records.js';
import { TriggerWorker } from './trigger-worker.js';

const QUEUE = 'jobs';
const CANCEL_CHANNEL = `${PREFIX}cancel`;
/** Between two tries to write to a Redis that is away. */
const RETRY_MS = 500;
/** Between two looks for jobs of which the queue library was never told, and for jobs that are too old. */
const SWEEP_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = 600_000;
/** What the queue library gets to close its connections in; then they are cut. */
const CLOSE_MS = 2_000;
/** The library's own counts of attempts and deaths: ours decide. */
const NEVER = 1_000_000;

export interface RedisQueueOptions {
  readonly connection: Connection;
  readonly records: JobRecords;
  /** A machine that is silent for this long has lost its jobs to the others. */
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The queue on Redis. What is known of a job lives in {@link JobRecords}; BullMQ says which machine is to look at which job
 * when, with nothing but its id, and gives it to another machine when that one's lease ran out. Such a trigger may come
 * twice or too early: what is recorded decides.
 */
export class RedisQueue implements JobQueue {
  readonly #queue: Queue;
  #worker: TriggerWorker | null = null;
  readonly #patient: Redis[] = [];
  #callbacks: CallbackLoop | null = null;
  readonly #running = new Map<string, AbortController>();
  #stopSweep = (): void => {};
  #stopped: Promise<void> | null = null;
  /** Set by {@link kill}. */
  #dead = false;

  constructor(private readonly options: RedisQueueOptions) {
    this.#queue = new Queue(QUEUE, {
      connection: options.connection.redis,
      prefix: PREFIX.slice(0, -1),
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts: NEVER,
        backoff: { type: 'fixed', delay: 1_000 },
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    // Whoever asks hears of it; the connection logs it.
    this.#queue.on('error', () => {});
  }

  /** Before anything else: what goes wrong while the library looks at Redis for the first time goes wrong for ever. */
  async open(): Promise<void> {
    await this.options.connection.ask(() => this.#queue.waitUntilReady());
  }

  async enqueue(job: QueuedJob): Promise<Job> {
    const made = await this.options.records.enqueue(job);
    if (made.status === 'queued') await this.#trigger(made);
    return made;
  }

  get(id: string): Promise<Job | null> {
    return this.options.records.get(id);
  }

  list(filter: JobFilter): Promise<readonly Job[]> {
    return this.options.records.list(filter);
  }

  request(id: string): Promise<NewJob | null> {
    return this.options.records.request(id);
  }

  result(id: string): Promise<JobResult | null> {
    return this.options.records.result(id);
  }

  async cancel(id: string): Promise<'canceled' | 'finished' | null> {
    const { records, connection, clock } = this.options;
    const before = await records.cancel(id, clock.now());
    if (before === null) return null;
    if (before !== 'queued' && before !== 'running') return 'finished';
    this.#running.get(id)?.abort();
    // A trigger that stays finds the job canceled; a machine that misses the word asks when its connection is back.
    if (before === 'queued') this.#queue.remove(id).catch(() => {});
    else connection.redis.publish(CANCEL_CHANNEL, id).catch(() => {});
    return 'canceled';
  }

  counts(): Promise<JobCounts> {
    return this.options.records.counts();
  }

  start(worker: JobWorker): void {
    const { connection, leaseMs } = this.options;
    const processing = connection.patient();
    this.#patient.push(processing, this.#listenForCancels());
    // The library makes a second one, to wait on, which it does not end while Redis is away.
    processing.duplicate = (over) => {
      const made = connection.patient(over);
      this.#patient.push(made);
      return made;
    };
    this.#worker = new TriggerWorker(QUEUE, (trigger, token) => this.#process(trigger, token!, worker), {
      connection: processing,
      prefix: PREFIX.slice(0, -1),
      concurrency: worker.concurrency,
      lockDuration: leaseMs,
      stalledInterval: Math.max(100, Math.round(leaseMs / 4)),
      maxStalledCount: NEVER,
      runRetryDelay: RETRY_MS,
    });
    this.#worker.on('error', () => {});
    this.#callbacks = new CallbackLoop(this.options, worker);
    this.#callbacks.look();
    this.#sweep(0);
  }

  stop(drainMs: number): Promise<void> {
    if (drainMs <= 0) this.#abortAll();
    this.#stopped ??= this.#stop(drainMs);
    return this.#stopped;
  }

  /** After {@link stop}. */
  async close(): Promise<void> {
    await this.#queue.close().catch(() => {});
  }

  /** Everything ends as with the death of the process: nothing is given back, nobody is told. */
  async kill(): Promise<void> {
    this.#dead = true;
    this.#stopped ??= Promise.resolve();
    this.#stopSweep();
    this.#callbacks?.kill();
    for (const redis of this.#patient) redis.disconnect();
    if (this.#worker !== null) await this.#within(this.#worker.close(true), CLOSE_MS);
    await this.#worker?.abandon();
  }

  async #stop(drainMs: number): Promise<void> {
    const { clock } = this.options;
    const worker = this.#worker;
    this.#stopSweep();
    const stopTimer = clock.after(drainMs, () => this.#abortAll());
    const callbacks = this.#callbacks?.stop();
    if (worker !== null) {
      // It asks for no more from now on, and waits for what runs.
      const closed = worker.close();
      while (this.#running.size > 0) await this.#ended();
      await this.#within(closed, CLOSE_MS);
      await worker.abandon();
    }
    await callbacks;
    stopTimer();
    for (const redis of this.#patient) redis.disconnect();
  }

  #onEnded = (): void => {};

  #ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnded = resolve;
    });
  }

  async #within(work: Promise<unknown>, ms: number): Promise<void> {
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.options.clock.after(ms, resolve);
    });
    await Promise.race([work.catch(() => {}), late]);
    cancel();
  }

  #abortAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  /** Tells the library. Its id makes a second time harmless. */
  async #trigger({ id, createdAt, dueAt }: Job): Promise<void> {
    const { connection, records } = this.options;
    // Jobs that are due when they are made run in the order they come in. A time that has passed is kept, for its order.
    const when = dueAt === createdAt ? {} : { timestamp: dueAt - 1, delay: 1 };
    await connection.ask(() => this.#queue.add('run', {}, { jobId: id, ...when }));
    records.triggered(id).catch(() => {});
  }

  /** A trigger came: the job runs, if what is recorded of it says so. Whatever is thrown here gives the trigger back. */
  async #process(trigger: Trigger, token: string, worker: JobWorker): Promise<void> {
    const id = trigger.id!;
    if (this.#stopped !== null) return this.#giveBack(trigger, token);
    const { clock, leaseMs } = this.options;
    // Redis was away for longer than the lease, and took us for dead: what runs here is not begun here a second time.
    if (this.#running.has(id)) return this.#putOff(trigger, token, clock.now() + leaseMs);
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const run = await this.#claim(id);
      if (run === null) return;
      if (run === 'stopped') return await this.#giveBack(trigger, token);
      if (typeof run === 'number') return await this.#putOff(trigger, token, run);
      const verdict = await worker.perform(run, controller.signal);
      await this.#settle(run, verdict);
      if (verdict.kind === 'finished') {
        if (run.job.callback !== null) this.#callbacks?.look();
      } else if (verdict.kind === 'again') await this.#putOff(trigger, token, verdict.dueAt);
      else await this.#giveBack(trigger, token);
    } finally {
      this.#running.delete(id);
      this.#onEnded();
    }
  }

  async #claim(id: string): Promise<JobRun | number | null | 'stopped'> {
    const { records, clock } = this.options;
    for (;;) {
      try {
        return await records.claim(id, clock.now());
      } catch {
        if (this.#stopped !== null) return 'stopped';
        await this.#pause();
      }
    }
  }

  /** Tries until Redis is back: nothing that ended is forgotten. After a stop, the job is run again elsewhere. */
  async #settle(run: JobRun, verdict: Verdict): Promise<void> {
    const { records, clock } = this.options;
    if (this.#dead) return new Promise(() => {});
    for (;;) {
      try {
        await records.settle(run, verdict, clock.now());
        return;
      } catch {
        if (this.#stopped !== null) throw new WaitingError();
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.options.clock.after(RETRY_MS, resolve));
  }

  /** To be looked at again later. A trigger that is no longer ours has been taken over by another machine. */
  async #putOff(trigger: Trigger, token: string, due: number): Promise<never> {
    await trigger.moveToDelayed(due, token).catch(() => {});
    throw new DelayedError();
  }

  /** For another machine, or the next process, at once. */
  async #giveBack(trigger: Trigger, token: string): Promise<never> {
    await this.#within(trigger.moveToWait(token), CLOSE_MS);
    throw new WaitingError();
  }

  #listenForCancels(): Redis {
    const { connection, records } = this.options;
    const subscriber = connection.patient();
    subscriber.on('message', (_, id: string) => this.#running.get(id)?.abort());
    subscriber.on('ready', async () => {
      const ids = [...this.#running.keys()];
      const stopped = ids.length === 0 ? [] : await records.canceled(ids).catch(() => []);
      for (const id of stopped) this.#running.get(id)?.abort();
    });
    subscriber.subscribe(CANCEL_CHANNEL).catch(() => {});
    return subscriber;
  }

  /** @param lastPrune epoch ms. */
  #sweep(lastPrune: number): void {
    const { records, clock } = this.options;
    const now = clock.now();
    const prune = Math.abs(now - lastPrune) >= PRUNE_EVERY_MS;
    const swept = (async () => {
      for (const id of await records.untriggered(now - SWEEP_EVERY_MS)) {
        const job = await records.get(id);
        if (job?.status === 'queued') await this.#trigger(job);
        else await records.triggered(id);
      }
      while (prune && this.#stopped === null && (await records.pruneByAge(now))) await this.#pause();
    })();
    const again = (): void => {
      if (this.#stopped !== null) return;
      this.#stopSweep = clock.after(SWEEP_EVERY_MS, () => this.#sweep(prune ? now : lastPrune));
    };
    swept.then(again, again);
  }
}
