import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, tree, useServer } from '@fastfn/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeRedis, type RedisServer, startRedis } from '../packages/jobs/test/support/redis-server.js';
import { type CliServer, startCli } from './support/cli.js';

/** Several servers, each with a port and a state folder of its own, on one Redis. SPEC §10. */

/** Writes down who ran what: into a folder that all servers of a test share. */
const NOTE = `const { appendFileSync } = require('node:fs');
exports.handler = async (event) => {
  const { n, ms = 0 } = event.body ? JSON.parse(event.body) : {};
  const note = (what) => appendFileSync(event.env.NOTES, JSON.stringify({ what, n, at: Date.now(), server: event.env.SERVER, ...event.context.job }) + '\\n');
  note('start');
  await new Promise((resolve) => setTimeout(resolve, ms));
  note('end');
  return { n };
};`;

interface Note {
  readonly what: 'start' | 'end';
  readonly n?: number;
  /** Epoch ms. */
  readonly at: number;
  readonly server: string;
  readonly attempt?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = Record<string, any>;

describeRedis('servers on one Redis', () => {
  let redis: RedisServer;
  let database = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  /** As many servers as asked for, on an empty database. */
  async function fleet(count: number, schedule?: object) {
    const shared = tree({ 'notes.log': '' }).root;
    const notesFile = join(shared, 'notes.log');
    const url = `${redis.url}/${database++}`;
    const start = (name: string): Promise<CliServer> => {
      const { root } = tree({
        'note/handler.js': NOTE,
        'note/fn.config.json': JSON.stringify({
          invoke: { methods: ['GET', 'POST'] },
          strict_fs: false,
          timeout_ms: 60_000,
          ...(schedule && { schedule }),
        }),
        'note/fn.env.json': JSON.stringify({ NOTES: notesFile, SERVER: name }),
      });
      return startCli(['run', '.'], root, {
        FN_REDIS_URL: url,
        FN_JOBS_LEASE_SECONDS: '2',
        FN_CONSOLE_RATE_LIMIT_MAX: '0',
      });
    };
    const servers = await Promise.all(Array.from({ length: count }, (_, i) => start(`s${i}`)));
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    });
    const notes = (): Note[] =>
      readFileSync(notesFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Note);
    const create = async (on: CliServer, body: object): Promise<string> => {
      const response = await fetch(`${on.url}/_fn/jobs`, {
        method: 'POST',
        body: JSON.stringify({ name: 'note', method: 'POST', body }),
      });
      const job = (await response.json()) as Answer;
      expect(response.status, JSON.stringify(job)).toBe(201);
      return job.id;
    };
    const get = async (on: CliServer, id: string) => (await (await fetch(`${on.url}/_fn/jobs/${id}`)).json()) as Answer;
    return { servers, notes, create, get };
  }

  test.each([2, 3])(
    '%i servers: each job runs on exactly one, seen from all',
    async (count) => {
      const { servers, notes, create, get } = await fleet(count);
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, n) => create(servers[n % count]!, { n, ms: n % 5 === 0 ? 50 : 1 })),
      );
      for (const id of ids) await eventually(async () => (await get(servers.at(-1)!, id)).status === 'done', 60_000);
      const starts = notes().filter(({ what }) => what === 'start');
      expect(starts.map(({ n }) => n).sort((a, b) => a! - b!)).toEqual(ids.map((_, n) => n));
      // Who takes a job is a race that one of three may lose every time; that all take their part is shown below.
      expect(new Set(starts.map(({ server }) => server)).size).toBeGreaterThan(1);
      for (const { url } of servers) {
        const { jobs } = (await (await fetch(`${url}/_fn/jobs?limit=100`)).json()) as { jobs: unknown[] };
        expect(jobs).toHaveLength(30);
      }
    },
    120_000,
  );

  test('kill -9 of one: its job is run again on another after the lease, the others go on', async () => {
    const { servers, notes, create, get } = await fleet(3);
    const ids = await Promise.all(Array.from({ length: 6 }, (_, n) => create(servers[0]!, { n, ms: 5000 })));
    await eventually(() => new Set(notes().map(({ server }) => server)).size === 3, 60_000);
    const [dying] = servers.splice(1, 1);
    const lost = new Set(notes().flatMap(({ server, n }) => (server === 's1' ? [n] : [])));
    await dying!.stop('SIGKILL');
    for (const id of ids) await eventually(async () => (await get(servers[0]!, id)).status === 'done', 60_000);
    const again = notes().filter(({ what, attempt }) => what === 'start' && attempt === 1);
    expect(new Set(again.map(({ n }) => n))).toEqual(lost);
    expect(again.every(({ server }) => server !== 's1')).toBe(true);
    const ends = notes().filter(({ what }) => what === 'end');
    expect(new Set(ends.map(({ n }) => n)).size).toBe(6);
  }, 180_000);

  test('each tick runs on one; when the server that runs it is killed, the next ticks come on another', async () => {
    const { servers, notes } = await fleet(3, { enabled: true, cron: '* * * * * *' });
    await eventually(() => notes().filter(({ what }) => what === 'start').length >= 4, 60_000);
    const before = notes().length;
    const last = notes().at(-1)!.server;
    const [dying] = servers.splice(Number(last.slice(1)), 1);
    await dying!.stop('SIGKILL');
    await eventually(() => notes().length >= before + 6, 60_000);
    const after = notes().slice(before);
    expect(after.filter(({ server, what }) => server === last && what === 'start').length).toBeLessThanOrEqual(1);
    // As many runs as seconds, or fewer: no tick has run twice.
    const times = notes().flatMap(({ what, at }) => (what === 'start' ? [at] : []));
    expect(times.length).toBeLessThanOrEqual((times.at(-1)! - times[0]!) / 1000 + 2);
    for (const { url } of servers) {
      const { schedules } = (await (await fetch(`${url}/_fn/schedules`)).json()) as Answer;
      expect(schedules[0].state.last_status === null || schedules[0].state.last_status === 200).toBe(true);
    }
  }, 120_000);
});

describeRedis('schedules of servers on one Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  const FILES = {
    'tick/handler.js': `const { appendFileSync } = require('node:fs');
      exports.handler = async ({ context, env }) => {
        appendFileSync(env.NOTES, JSON.stringify({ server: env.SERVER, attempt: context.trigger.attempt }) + '\\n');
        if (env.HANG) await new Promise((resolve) => setTimeout(resolve, 60000));
      };`,
  };
  const start = (database: number, notes: string, name: string, schedule: object, hang = false) => {
    const { root } = tree({
      ...FILES,
      'tick/fn.config.json': JSON.stringify({ strict_fs: false, timeout_ms: 60_000, schedule }),
      'tick/fn.env.json': JSON.stringify({ NOTES: notes, SERVER: name, ...(hang && { HANG: '1' }) }),
    });
    return startCli(['run', '.'], root, { FN_REDIS_URL: `${redis.url}/${database}`, FN_JOBS_LEASE_SECONDS: '2' });
  };
  const schedulesOf = async ({ url }: CliServer) => (await (await fetch(`${url}/_fn/schedules`)).json()) as Answer;

  test('each server tells the same of them, one that runs nothing by the clock as well', async () => {
    const notes = join(tree({ 'notes.log': '' }).root, 'notes.log');
    const servers = await Promise.all(['a', 'b'].map((name) => start(0, notes, name, { every_seconds: 3600 })));
    onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop('SIGKILL')))));
    const run = await fetch(`${servers[1]!.url}/_fn/schedules/run`, { method: 'POST', body: '{"name": "tick"}' });
    expect(await run.json()).toMatchObject({ status: 200 });
    const [one, two] = await Promise.all(servers.map(schedulesOf));
    expect(one!.schedules[0].state).toMatchObject({
      last_status: 200,
      running: false,
      last_server: expect.stringContaining(`pid ${servers[1]!.child.pid}`),
    });
    expect(one!.schedules[0].state.next).toBeGreaterThan(Date.now() / 1000);
    expect(two).toEqual(one);
  }, 60_000);

  test('a tick whose server is killed in it is made up for by another', async () => {
    const notes = join(tree({ 'notes.log': '' }).root, 'notes.log');
    const noted = () =>
      readFileSync(notes, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    const first = await start(1, notes, 'first', { every_seconds: 5 }, true);
    onTestFinished(async () => void (await first.stop('SIGKILL')));
    await eventually(() => noted().length === 1, 30_000);
    const second = await start(1, notes, 'second', { every_seconds: 5 });
    onTestFinished(async () => void (await second.stop('SIGKILL')));
    await eventually(async () => (await schedulesOf(second)).schedules[0].state.running === true);
    await first.stop('SIGKILL');
    await eventually(() => noted().length >= 2, 30_000);
    expect(noted().slice(0, 2)).toEqual([
      { server: 'first', attempt: 1 },
      { server: 'second', attempt: 2 },
    ]);
  }, 90_000);
});

describeRedis('a server without its Redis', () => {
  test('serves, refuses jobs with the reason, and takes up everything when Redis comes', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    await redis.stop();
    const app = await useServer({
      files: {
        'hello.js': 'exports.handler = () => "hi";',
        'tick/handler.js': `const { appendFileSync } = require('node:fs');
          exports.handler = () => appendFileSync(__dirname + '/ticks.log', 'x');`,
        'tick/fn.config.json': '{"schedule": {"every_seconds": 0.2}}',
      },
      env: { FN_REDIS_URL: redis.url, FN_CONSOLE_RATE_LIMIT_MAX: '0' },
    });
    const post = () => app.fetch('/_fn/jobs', { method: 'POST', body: '{"name": "hello.js"}' });
    const refused = await post();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      code: 'jobs_unavailable',
      error: expect.stringMatching(/^Redis \(127\.0\.0\.1:\d+\) cannot be used: /),
    });
    expect(await (await app.fetch('/hello')).text()).toBe('hi');
    await redis.start();
    await eventually(async () => (await post()).status === 201);
    await eventually(() => existsSync(join(app.root, 'tick/ticks.log')));
    await redis.stop();
    await eventually(async () => (await post()).status === 503);
    const ticks = () => readFileSync(join(app.root, 'tick/ticks.log'), 'utf8').length;
    await redis.start();
    const before = ticks();
    await eventually(async () => {
      const { jobs } = (await (await app.fetch('/_fn/jobs?status=done')).json()) as { jobs?: unknown[] };
      return jobs !== undefined && jobs.length > 0 && ticks() > before;
    });
    expect(existsSync(join(app.root, '.fastfn/jobs.db'))).toBe(false);
  }, 60_000);
});
