import type { Job, JobResult } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { type Delivery, type JobRun, type JobWorker, MAX_INTERRUPTIONS, type Verdict } from '../../src/queue.js';
import type { Store } from '../../src/store.js';
import { makeJob } from '../support/make-job.js';
import { eventually } from '../support/wait.js';

/** A store under test. */
export interface Subject {
  readonly store: Store;
  /** The process that runs its jobs dies without a word; gives the store as the next process opens it, not yet started. */
  crash(): Promise<Store>;
  /** A proper stop, and the next process. */
  reopen(): Promise<Store>;
}

export interface SubjectOptions {
  readonly maxQueued?: number;
  readonly maxFinished?: number;
}

const OK: JobResult = {
  status: 200,
  headers: ['content-type', 'application/octet-stream'],
  body: Buffer.from([0, 255, 10, 0]),
  truncated: true,
  size: 9,
  latencyMs: 1.5,
};
const DONE: Verdict = { kind: 'finished', status: 'done', result: OK, lastError: null };

/** What every store must do, whatever it is made of. `makeSubject` registers its own cleaning up. */
export function queueContract(name: string, makeSubject: (options?: SubjectOptions) => Promise<Subject>): void {
  describe(`${name}: queue`, () => {
    test('a job is queued, then running, then done with its result', async () => {
      const { store } = await makeSubject();
      const { queue } = store;
      const gate = makeGate<Verdict>();
      const made = await queue.enqueue(makeJob({ id: 'job_1' }));
      expect(made).toMatchObject({ id: 'job_1', status: 'queued', attempt: 0, resultStatus: null, lastError: null });
      expect(await queue.get('job_1')).toEqual(made);
      expect(await queue.result('job_1')).toBeNull();
      queue.start(worker(() => gate.promise));
      await statusOf(store, 'job_1', 'running');
      gate.open(DONE);
      const done = await statusOf(store, 'job_1', 'done');
      expect(done).toMatchObject({ attempt: 0, resultStatus: 200, lastError: null, createdAt: made.createdAt });
      expect(await queue.result('job_1')).toEqual({ ...OK, body: expect.anything() });
      expect(Buffer.from((await queue.result('job_1'))!.body)).toEqual(OK.body);
    });

    test('the call arrives as it was given, bytes and all', async () => {
      const { store } = await makeSubject();
      const job = makeJob({ id: 'job_bytes', maxAttempts: 3, retryDelayMs: 77 });
      const call = {
        ...job.call,
        body: Buffer.from([0xff, 0x00, 0x80]),
        search: 'a=1&a=%C3%BC',
        params: { id: 'ü/1' },
        headers: { host: 'x', 'x-latin': 'é' },
        user: { name: 'Ada', tags: [null, 1] },
      };
      await store.queue.enqueue({ ...job, call });
      const runs: JobRun[] = [];
      store.queue.start(worker((run) => done(runs.push(run))));
      await statusOf(store, job.id, 'done');
      expect(runs).toHaveLength(1);
      const [run] = runs as [JobRun];
      expect({ ...run.call, body: Buffer.from(run.call.body) }).toEqual(call);
      expect(run).toMatchObject({
        retryDelayMs: 77,
        failures: 0,
        postponed: 0,
        job: { status: 'running', attempt: 0 },
      });
      const request = (await store.queue.request(job.id))!;
      expect({ ...request.call, body: Buffer.from(request.call.body) }).toEqual(call);
      expect(request).toMatchObject({ maxAttempts: 3, retryDelayMs: 77, callbackUrl: null, open: false });
    });

    test('the same id twice is one job', async () => {
      const { store } = await makeSubject();
      await store.queue.enqueue(makeJob({ id: 'job_twin' }));
      await store.queue.enqueue(makeJob({ id: 'job_twin' }));
      expect(await store.queue.list({ limit: 10 })).toHaveLength(1);
    });

    test('what is unknown is null', async () => {
      const { store } = await makeSubject();
      expect(await store.queue.get('job_no')).toBeNull();
      expect(await store.queue.result('job_no')).toBeNull();
      expect(await store.queue.request('job_no')).toBeNull();
      expect(await store.queue.cancel('job_no')).toBeNull();
    });

    test('lists are newest first, bounded and filtered', async () => {
      const { store } = await makeSubject();
      for (let i = 0; i < 5; i++) await store.queue.enqueue(makeJob({ id: `job_${i}`, createdAt: Date.now() + i }));
      await store.queue.cancel('job_2');
      const ids = async (limit: number, status?: Job['status']) =>
        (await store.queue.list({ limit, ...(status && { status }) })).map(({ id }) => id);
      expect(await ids(10)).toEqual(['job_4', 'job_3', 'job_2', 'job_1', 'job_0']);
      expect(await ids(2)).toEqual(['job_4', 'job_3']);
      expect(await ids(10, 'queued')).toEqual(['job_4', 'job_3', 'job_1', 'job_0']);
      expect(await ids(10, 'canceled')).toEqual(['job_2']);
      expect(await ids(10, 'running')).toEqual([]);
      expect(await store.queue.counts()).toEqual({ queued: 4, running: 0, done: 0, failed: 0, canceled: 1 });
    });

    test('jobs start by their due time, and not before it', async () => {
      const { store } = await makeSubject();
      const now = Date.now();
      await store.queue.enqueue(makeJob({ id: 'job_late', dueAt: now + 300 }));
      await store.queue.enqueue(makeJob({ id: 'job_second', dueAt: now - 1000 }));
      await store.queue.enqueue(makeJob({ id: 'job_first', dueAt: now - 2000 }));
      const started: { id: string; at: number }[] = [];
      store.queue.start(worker(({ job }) => done(started.push({ id: job.id, at: Date.now() })), 1));
      await statusOf(store, 'job_late', 'done');
      expect(started.map(({ id }) => id)).toEqual(['job_first', 'job_second', 'job_late']);
      expect(started[2]!.at).toBeGreaterThanOrEqual(now + 300);
    });

    test('no more run at once than allowed, and all get their turn', async () => {
      const { store } = await makeSubject();
      let running = 0;
      let most = 0;
      store.queue.start(
        worker(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          return DONE;
        }, 3),
      );
      await Promise.all(Array.from({ length: 25 }, (_, i) => store.queue.enqueue(makeJob({ id: `job_${i}` }))));
      await eventually(async () => (await store.queue.counts()).done === 25);
      expect(most).toBeLessThanOrEqual(3);
    });

    test('a failed run is made again when the verdict says, with the next attempt', async () => {
      const { store } = await makeSubject();
      const runs: JobRun[] = [];
      const at: number[] = [];
      store.queue.start(
        worker(async (run) => {
          runs.push(run);
          at.push(Date.now());
          if (runs.length === 3) return { kind: 'finished', status: 'failed', result: OK, lastError: 'third' };
          return {
            kind: 'again',
            because: 'failed',
            dueAt: Date.now() + 100,
            resultStatus: 503,
            lastError: `no ${runs.length}`,
          };
        }),
      );
      await store.queue.enqueue(makeJob({ id: 'job_retry', maxAttempts: 3 }));
      const failed = await statusOf(store, 'job_retry', 'failed');
      expect(runs.map(({ job, failures }) => [job.attempt, failures])).toEqual([
        [0, 0],
        [1, 1],
        [2, 2],
      ]);
      expect(runs[1]!.job).toMatchObject({ resultStatus: 503, lastError: 'no 1' });
      expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(95);
      expect(failed).toMatchObject({ attempt: 2, resultStatus: 200, lastError: 'third' });
      expect(await store.queue.result('job_retry')).not.toBeNull();
    });

    test('a run that was put off counts for nothing', async () => {
      const { store } = await makeSubject();
      const runs: JobRun[] = [];
      store.queue.start(
        worker(async (run) => {
          runs.push(run);
          if (runs.length > 2) return DONE;
          return { kind: 'again', because: 'postponed', dueAt: Date.now(), resultStatus: 429, lastError: 'full' };
        }),
      );
      await store.queue.enqueue(makeJob({ id: 'job_off' }));
      await statusOf(store, 'job_off', 'done');
      expect(runs.map(({ job, failures, postponed }) => [job.attempt, failures, postponed])).toEqual([
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 2],
      ]);
    });

    test('a canceled queued job never starts', async () => {
      const { store } = await makeSubject();
      const started: string[] = [];
      await store.queue.enqueue(makeJob({ id: 'job_a' }));
      expect(await store.queue.cancel('job_a')).toBe('canceled');
      expect(await store.queue.cancel('job_a')).toBe('finished');
      await store.queue.enqueue(makeJob({ id: 'job_b' }));
      store.queue.start(worker(({ job }) => done(started.push(job.id)), 1));
      await statusOf(store, 'job_b', 'done');
      expect(started).toEqual(['job_b']);
      expect(await store.queue.get('job_a')).toMatchObject({ status: 'canceled' });
      expect(await store.queue.cancel('job_b')).toBe('finished');
    });

    test('canceling a running job aborts its signal, and its verdict is ignored', async () => {
      const { store } = await makeSubject();
      const ended = makeGate<void>();
      store.queue.start(
        worker(async (_, signal) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          ended.open();
          return DONE;
        }),
      );
      await store.queue.enqueue(makeJob({ id: 'job_run' }));
      await statusOf(store, 'job_run', 'running');
      expect(await store.queue.cancel('job_run')).toBe('canceled');
      expect(await store.queue.get('job_run')).toMatchObject({ status: 'canceled' });
      await ended.promise;
      // Whatever the verdict does is done when another job has come and gone.
      await store.queue.enqueue(makeJob({ id: 'job_next' }));
      await eventually(async () => (await store.queue.get('job_next'))!.status === 'running');
      expect(await store.queue.get('job_run')).toMatchObject({ status: 'canceled' });
      expect(await store.queue.result('job_run')).toBeNull();
      await store.queue.cancel('job_next');
    });

    test('stop lets what runs end, and starts nothing new', async () => {
      const { store } = await makeSubject();
      const gate = makeGate<Verdict>();
      store.queue.start(worker(() => gate.promise, 1));
      await store.queue.enqueue(makeJob({ id: 'job_1' }));
      await store.queue.enqueue(makeJob({ id: 'job_2', dueAt: Date.now() + 1 }));
      await statusOf(store, 'job_1', 'running');
      const stopped = store.queue.stop(10_000);
      gate.open(DONE);
      await stopped;
      expect(await store.queue.get('job_1')).toMatchObject({ status: 'done' });
      expect(await store.queue.get('job_2')).toMatchObject({ status: 'queued' });
    });

    test('what does not end in time is broken off and queued again, for the next process', async () => {
      const subject = await makeSubject();
      subject.store.queue.start(
        worker(async (_, signal) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          return { kind: 'interrupted' };
        }),
      );
      await subject.store.queue.enqueue(makeJob({ id: 'job_slow' }));
      await statusOf(subject.store, 'job_slow', 'running');
      await subject.store.queue.stop(0);
      const store = await subject.reopen();
      const runs: JobRun[] = [];
      store.queue.start(worker((run) => done(runs.push(run))));
      await statusOf(store, 'job_slow', 'done');
      expect(runs.map(({ job, failures }) => [job.attempt, failures])).toEqual([[1, 0]]);
    });

    test('jobs of a process that died are run by the next: waiting ones, delayed ones, running ones', async () => {
      const subject = await makeSubject();
      subject.store.queue.start(worker(() => new Promise(() => {}), 1));
      await subject.store.queue.enqueue(makeJob({ id: 'job_running' }));
      await statusOf(subject.store, 'job_running', 'running');
      await subject.store.queue.enqueue(makeJob({ id: 'job_waiting' }));
      await subject.store.queue.enqueue(makeJob({ id: 'job_delayed', dueAt: Date.now() + 50 }));
      const store = await subject.crash();
      const runs = new Map<string, number>();
      store.queue.start(worker(({ job }) => done(runs.set(job.id, job.attempt))));
      for (const id of ['job_running', 'job_waiting', 'job_delayed']) await statusOf(store, id, 'done');
      expect(Object.fromEntries(runs)).toEqual({ job_running: 1, job_waiting: 0, job_delayed: 0 });
    });

    test('a job that was made by a clock far ahead does not wait for that time, unless it was to', async () => {
      const subject = await makeSubject();
      const ahead = Date.now() + 3_600_000;
      await subject.store.queue.enqueue(makeJob({ id: 'job_now', createdAt: ahead }));
      await subject.store.queue.enqueue(makeJob({ id: 'job_then', createdAt: ahead, runAt: ahead, dueAt: ahead }));
      const store = await subject.reopen();
      store.queue.start(worker(async () => DONE));
      await statusOf(store, 'job_now', 'done');
      expect(await store.queue.get('job_then')).toMatchObject({ status: 'queued' });
    });

    test('a job that is running whenever its process dies is failed in the end', async () => {
      const subject = await makeSubject();
      let { store } = subject;
      await store.queue.enqueue(makeJob({ id: 'job_killer', callbackUrl: 'http://example.com/' }));
      for (let i = 0; i <= MAX_INTERRUPTIONS; i++) {
        store.queue.start(worker(() => new Promise(() => {})));
        await eventually(async () => (await store.queue.get('job_killer'))!.attempt === i);
        await statusOf(store, 'job_killer', 'running');
        store = await subject.crash();
      }
      const delivered: Job[] = [];
      store.queue.start(
        worker(
          () => new Promise(() => {}),
          2,
          async (job) => {
            delivered.push(job);
            return { kind: 'delivered' };
          },
        ),
      );
      const failed = await statusOf(store, 'job_killer', 'failed');
      expect(failed.lastError).toContain(`${MAX_INTERRUPTIONS + 1} times`);
      await eventually(() => delivered.length === 1);
    });

    test('a callback is delivered until it succeeds, over the death of the process too', async () => {
      const subject = await makeSubject();
      let attempts: number[] = [];
      const deliver = async (job: Job): Promise<Delivery> => {
        attempts.push(job.callback!.attempts);
        return attempts.length < 2 ? { kind: 'again', dueAt: Date.now(), error: 'refused' } : new Promise(() => {});
      };
      subject.store.queue.start(worker(async () => DONE, 2, deliver));
      await subject.store.queue.enqueue(makeJob({ id: 'job_cb', callbackUrl: 'https://example.com/done' }));
      await eventually(() => attempts.length === 2);
      expect(attempts).toEqual([0, 1]);
      const between = await subject.store.queue.get('job_cb');
      expect(between).toMatchObject({
        status: 'done',
        callback: { url: 'https://example.com/done', status: 'waiting', attempts: 1, lastError: 'refused' },
      });
      const store = await subject.crash();
      attempts = [];
      const results: (JobResult | null)[] = [];
      store.queue.start(
        worker(
          async () => DONE,
          2,
          async (job, result) => {
            attempts.push(job.callback!.attempts);
            results.push(result);
            return { kind: 'delivered' };
          },
        ),
      );
      await eventually(async () => (await store.queue.get('job_cb'))!.callback!.status === 'delivered');
      expect(attempts).toHaveLength(1);
      expect(results[0]).toMatchObject({ status: 200 });
    });

    test('a callback that is given up is remembered as failed, and a canceled job has none', async () => {
      const { store } = await makeSubject();
      const delivered: string[] = [];
      store.queue.start(
        worker(
          async () => DONE,
          2,
          async ({ id }) => {
            delivered.push(id);
            return { kind: 'failed', error: 'nobody there' };
          },
        ),
      );
      const later = Date.now() + 60_000;
      await store.queue.enqueue(makeJob({ id: 'job_no', callbackUrl: 'https://example.com/', dueAt: later }));
      await store.queue.cancel('job_no');
      await store.queue.enqueue(makeJob({ id: 'job_cb', callbackUrl: 'https://example.com/' }));
      await eventually(async () => (await store.queue.get('job_cb'))!.callback!.status === 'failed');
      expect((await store.queue.get('job_cb'))!.callback).toMatchObject({ attempts: 1, lastError: 'nobody there' });
      expect(delivered).toEqual(['job_cb']);
    });

    test('finished jobs are kept up to a number, the oldest go first; waiting ones stay', async () => {
      const { store } = await makeSubject({ maxFinished: 3 });
      const later = Date.now() + 60_000;
      await store.queue.enqueue(makeJob({ id: 'job_waits', dueAt: later }));
      store.queue.start(worker(async () => DONE, 1));
      for (let i = 0; i < 8; i++) {
        await store.queue.enqueue(makeJob({ id: `job_${i}` }));
        await eventually(async () => (await store.queue.get(`job_${i}`))?.status !== 'queued');
        await eventually(async () => (await store.queue.get(`job_${i}`))?.status !== 'running');
      }
      await eventually(async () => (await store.queue.list({ limit: 50 })).length <= 4);
      expect((await store.queue.list({ limit: 50 })).map(({ id }) => id)).toEqual([
        'job_7',
        'job_6',
        'job_5',
        'job_waits',
      ]);
      expect(await store.queue.result('job_0')).toBeNull();
    });

    test('a full queue refuses, and takes again when there is room', async () => {
      const { store } = await makeSubject({ maxQueued: 2 });
      await store.queue.enqueue(makeJob({ id: 'job_1' }));
      await store.queue.enqueue(makeJob({ id: 'job_2' }));
      await expect(store.queue.enqueue(makeJob({ id: 'job_3' }))).rejects.toMatchObject({ code: 'jobs_full' });
      await store.queue.cancel('job_1');
      await store.queue.enqueue(makeJob({ id: 'job_3' }));
      expect(await store.queue.counts()).toMatchObject({ queued: 2 });
    });

    test('ten thousand queued jobs are all run', async () => {
      const { store } = await makeSubject();
      const ids = Array.from({ length: 10_000 }, (_, i) => `job_${i}`);
      await Promise.all(ids.map((id) => store.queue.enqueue(makeJob({ id }))));
      expect((await store.queue.counts()).queued).toBe(10_000);
      const seen = new Set<string>();
      store.queue.start(worker(({ job }) => done(seen.add(job.id)), 50));
      await eventually(() => seen.size === 10_000, 60_000);
    }, 90_000);
  });
}

function worker(
  perform: (run: JobRun, signal: AbortSignal) => Promise<Verdict>,
  concurrency = 2,
  deliver: JobWorker['deliver'] = async () => ({ kind: 'delivered' }),
): JobWorker {
  return { concurrency, deliveries: 2, perform, deliver };
}

async function done(_noted: unknown): Promise<Verdict> {
  return DONE;
}

function statusOf(store: Store, id: string, status: Job['status']): Promise<Job> {
  return eventually(async () => {
    const job = await store.queue.get(id);
    return job?.status === status ? job : false;
  });
}

function makeGate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
