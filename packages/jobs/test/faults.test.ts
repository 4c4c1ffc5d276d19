import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { FastFnError } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import type { JobWorker, Verdict } from '../src/queue.js';
import { Engine } from '../src/sqlite/engine.js';
import { StoreBusyError } from '../src/store.js';
import { FakeClock, settle } from './support/fake-clock.js';
import { makeCall, makeJob } from './support/make-job.js';
import { useSqlite } from './support/sqlite-subject.js';
import { eventually } from './support/wait.js';

const lines: string[] = [];
const sqlite = useSqlite({ log: (_, message) => lines.push(message), output() {} });

const OPTIONS = { retention: { maxFinished: 100_000, maxAgeMs: 86_400_000 }, maxQueued: 100_000 };

function worker(perform: JobWorker['perform'], concurrency = 2): JobWorker {
  return { concurrency, deliveries: 1, perform, deliver: async () => ({ kind: 'delivered' }) };
}

function done(bytes = 0): Verdict {
  const result = {
    status: 200,
    headers: [],
    body: Buffer.alloc(bytes),
    truncated: false,
    size: bytes,
    latencyMs: 1,
  };
  return { kind: 'finished', status: 'done', result, lastError: null };
}

describe('a full disk', () => {
  test('refuses new jobs with a code, and loses none that was accepted', async () => {
    const file = join(sqlite.folder(), 'jobs.db');
    const small = await sqlite.open(file, { maxPages: 100 });
    const call = makeCall({ body: Buffer.alloc(5000) });
    const attempts = await Promise.allSettled(
      Array.from({ length: 120 }, (_, i) => small.queue.enqueue(makeJob({ id: `job_${i}`, call }))),
    );
    const accepted = attempts.filter(({ status }) => status === 'fulfilled').length;
    const refused = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
    expect(accepted).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ code: 'storage_full', status: 507 });
    // Reading goes on.
    expect((await small.queue.counts()).queued).toBe(accepted);
    expect(await small.queue.list({ limit: 500 })).toHaveLength(accepted);
    await small.close();

    const roomy = await sqlite.open(file);
    const seen = new Set<string>();
    roomy.queue.start(
      worker(async ({ job }) => {
        seen.add(job.id);
        return done();
      }, 10),
    );
    await eventually(() => seen.size === accepted);
  });

  test('a result that finds no room is kept until there is some', async () => {
    const file = join(sqlite.folder(), 'jobs.db');
    const clock = new FakeClock(Date.now());
    const store = await sqlite.open(file, { maxPages: 60, clock });
    const later = clock.now() + 1_000_000;
    await store.queue.enqueue(makeJob({ id: 'job_big', dueAt: 0 }));
    // Nearly full.
    const filler = makeCall({ body: Buffer.alloc(20_000) });
    let filled = 0;
    for (; filled < 100; filled++) {
      const error = await store.queue
        .enqueue(makeJob({ id: `job_${filled}`, call: filler, dueAt: later }))
        .catch((reason: FastFnError) => reason);
      if (error instanceof FastFnError) break;
    }
    let runs = 0;
    store.queue.start(
      worker(async () => {
        runs++;
        return done(60_000);
      }),
    );
    await eventually(() => runs === 1);
    for (let i = 0; i < 3; i++) {
      await clock.advance(1000);
      expect((await store.queue.get('job_big'))!.status).toBe('running');
    }
    expect((await store.queue.counts()).queued).toBe(filled);
    await store.close();
    const next = await sqlite.open(file);
    // It was never written as done, so it runs again: at least once.
    next.queue.start(worker(async () => done(60_000)));
    await eventually(async () => (await next.queue.get('job_big'))!.status === 'done');
    expect((await next.queue.counts()).queued).toBe(filled);
  });
});

describe('a broken file', () => {
  async function filled(): Promise<string> {
    const file = join(sqlite.folder(), 'jobs.db');
    const store = await sqlite.open(file);
    const call = makeCall({ body: Buffer.alloc(3000, 'x') });
    await Promise.all(Array.from({ length: 300 }, (_, i) => store.queue.enqueue(makeJob({ id: `job_${i}`, call }))));
    await store.close();
    return file;
  }

  test.each<[string, (content: Buffer) => Buffer]>([
    ['half written', (content) => content.subarray(0, content.length / 2)],
    ['with a hole', (content) => content.fill(7, 20_000, 60_000)],
    ['of something else', () => Buffer.from('{"not": "a database"}'.repeat(100))],
  ])('%s is put aside and reported, and a new one begun', async (_, spoil) => {
    const file = await filled();
    const spoilt = spoil(readFileSync(file));
    writeFileSync(file, spoilt);
    const store = await sqlite.open(file);
    expect(await store.queue.list({ limit: 1 })).toEqual([]);
    await store.queue.enqueue(makeJob({ id: 'job_new' }));
    const aside = readdirSync(join(file, '..')).find((name) => name.startsWith('jobs.db.broken-'))!;
    // Looking at it counts up in its header.
    expect(readFileSync(join(file, '..', aside)).subarray(100)).toEqual(spoilt.subarray(100));
    expect(lines.at(-1)).toContain(aside);
  });

  test('an empty one is a new one', async () => {
    const file = join(sqlite.folder(), 'jobs.db');
    writeFileSync(file, '');
    const store = await sqlite.open(file);
    await store.queue.enqueue(makeJob());
    expect(readdirSync(join(file, '..')).filter((name) => name.includes('broken'))).toEqual([]);
  });

  test('one that breaks while it is in use is put aside as well', async () => {
    const file = join(sqlite.folder(), 'jobs.db');
    const asides: string[] = [];
    const engine = new Engine({ file, ...OPTIONS }, (aside) => asides.push(aside));
    const call = makeCall({ body: Buffer.alloc(8000) });
    const jobs = Array.from({ length: 1500 }, (_, i) => makeJob({ id: `job_${i}`, call }));
    engine.run(jobs.map((job) => ({ operation: 'enqueue', args: [job] })));
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 7), 0, undefined, 4096);
    closeSync(handle);
    const replies = jobs.map(({ id }) => engine.run([{ operation: 'request', args: [id] }])[0]!);
    expect(replies).toContainEqual(expect.objectContaining({ ok: false, code: 'jobs_unavailable' }));
    expect(asides).toHaveLength(1);
    expect(engine.run([{ operation: 'enqueue', args: [makeJob({ id: 'job_after' })] }])).toMatchObject([{ ok: true }]);
    engine.close();
  });
});

describe('who may open it', () => {
  test('one at a time, in this process and in others; then the next', async () => {
    const file = join(sqlite.folder(), 'jobs.db');
    const first = await sqlite.open(file);
    await first.queue.enqueue(makeJob());
    await expect(sqlite.open(file)).rejects.toThrow(StoreBusyError);
    await expect(sqlite.open(file)).rejects.toThrow(/in use by another FastFN server\. Stop it, or/);
    await first.close();
    const second = await sqlite.open(file);
    expect(await second.queue.get('job_x')).not.toBeNull();
  });

  test('a file of a newer FastFN is left alone', async () => {
    const file = join(sqlite.folder(), 'jobs.db');
    const engine = new Engine({ file, ...OPTIONS }, () => {});
    engine.close();
    const content = readFileSync(file);
    content.writeUInt32BE(99, 60); // user_version
    writeFileSync(file, content);
    await expect(sqlite.open(file)).rejects.toThrow(/written by a newer FastFN/);
    expect(readFileSync(file).subarray(100)).toEqual(content.subarray(100));
  });

  test('a place that cannot be written', async () => {
    const folder = sqlite.folder();
    writeFileSync(join(folder, 'file'), '');
    await expect(sqlite.open(join(folder, 'file/jobs.db'))).rejects.toThrow(/cannot be written \(/);
  });
});

test('what is asked before the end is done, what is asked after it is refused with a code', async () => {
  const file = join(sqlite.folder(), 'jobs.db');
  const store = await sqlite.open(file);
  const waiting = store.queue.enqueue(makeJob());
  const closed = store.close();
  await expect(store.queue.get('job_x')).rejects.toMatchObject({ code: 'jobs_unavailable' });
  expect(await waiting).toMatchObject({ status: 'queued' });
  await closed;
  expect(await (await sqlite.open(file)).queue.get('job_x')).toMatchObject({ status: 'queued' });
});

test('finished jobs that are too old go at the start and from time to time', async () => {
  const file = join(sqlite.folder(), 'jobs.db');
  const clock = new FakeClock(Date.now());
  const retention = { maxFinished: 1000, maxAgeMs: 60_000 };
  const store = await sqlite.open(file, { clock, retention });
  await store.queue.enqueue(makeJob({ id: 'job_old' }));
  await store.queue.cancel('job_old');
  store.queue.start(worker(async () => done()));
  await settle();
  expect(await store.queue.get('job_old')).not.toBeNull();
  await clock.advance(700_000);
  await eventually(async () => (await store.queue.get('job_old')) === null);
  expect(existsSync(file)).toBe(true);
});

test('a clock set forward over the due time of a job is noticed within seconds', async () => {
  const clock = new FakeClock(Date.now());
  const store = await sqlite.open(join(sqlite.folder(), 'jobs.db'), { clock });
  const ran: number[] = [];
  store.queue.start(
    worker(async () => {
      ran.push(clock.now());
      return done();
    }),
  );
  const due = clock.now() + 3_600_000;
  await store.queue.enqueue(makeJob({ id: 'job_later', dueAt: due }));
  // Answered after the claim that follows a new job.
  await store.queue.counts();
  await settle();
  clock.jump(3_600_000);
  await clock.advance(6_000);
  await eventually(() => ran.length === 1);
});

test('a clock set back: what is queued is not held up', async () => {
  const clock = new FakeClock(Date.now());
  const store = await sqlite.open(join(sqlite.folder(), 'jobs.db'), { clock });
  const ran: string[] = [];
  const gate: { open?: (verdict: Verdict) => void } = {};
  store.queue.start(
    worker(async ({ job }) => {
      ran.push(job.id);
      if (job.id !== 'job_1') return done();
      return new Promise((resolve) => {
        gate.open = resolve;
      });
    }, 1),
  );
  await store.queue.enqueue(makeJob({ id: 'job_1', createdAt: clock.now() }));
  await eventually(() => ran.length === 1);
  await store.queue.enqueue(makeJob({ id: 'job_2', createdAt: clock.now() }));
  clock.jump(-3_600_000);
  gate.open!(done());
  await eventually(() => ran.length === 2);
});
