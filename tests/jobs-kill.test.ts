import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, tree } from '@fastfn/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeRedis, type RedisServer, startRedis } from '../packages/jobs/test/support/redis-server.js';
import { type CliServer, startCli } from './support/cli.js';

/** How often a server is killed; a long run sets more: `FASTFN_JOB_KILLS=100 npx vitest run tests/jobs-kill.test.ts`. */
const KILLS = Number(process.env.FASTFN_JOB_KILLS ?? 4);
const TIMEOUT_MS = 120_000 + KILLS * 10_000;
const TITLE = `kill -9, ${KILLS} times, with jobs flowing: none that was accepted is lost, none runs for ever`;

const NOTE = `const { appendFileSync } = require('node:fs');
exports.handler = async (event) => {
  const { n, ms } = JSON.parse(event.body);
  await new Promise((resolve) => setTimeout(resolve, ms));
  appendFileSync(event.env.NOTES, n + '\\n');
  return { n };
};`;

/** Servers that share their jobs: each in turn is killed in the middle of its work and started again, `KILLS` times. */
async function killInTurn(count: number, env: Readonly<Record<string, string>>): Promise<void> {
  const notes = join(tree({ 'notes.log': '' }).root, 'notes.log');
  const start = (root: string): Promise<CliServer> =>
    startCli(['run', '.'], root, {
      FN_JOBS_MAX_CONCURRENCY: '4',
      FN_CONSOLE_RATE_LIMIT_MAX: '0',
      FN_JOBS_KEEP_FINISHED: '1000000',
      ...env,
    });
  const roots = Array.from(
    { length: count },
    () =>
      tree({
        'work/handler.js': NOTE,
        'work/fn.config.json': '{"invoke": {"methods": ["POST"]}, "strict_fs": false}',
        'work/fn.env.json': JSON.stringify({ NOTES: notes }),
      }).root,
  );
  const servers = await Promise.all(roots.map(start));
  onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop('SIGKILL')))));
  const accepted = new Map<string, number>();
  let n = 0;

  /** Makes jobs until its server is gone. */
  const flow = async ({ url }: CliServer): Promise<void> => {
    for (;;) {
      const body = { name: 'work', method: 'POST', body: { n: ++n, ms: n % 7 === 0 ? 200 : 5 } };
      try {
        const response = await fetch(`${url}/_fn/jobs`, { method: 'POST', body: JSON.stringify(body) });
        if (response.status !== 201) return;
        accepted.set(((await response.json()) as { id: string }).id, body.body.n);
      } catch {
        return;
      }
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const turn = kill % count;
    const before = accepted.size;
    const flows = [1, 2, 3].map(() => flow(servers[turn]!));
    await eventually(() => accepted.size > before + 15 + Math.random() * 30, 30_000);
    await servers[turn]!.stop('SIGKILL');
    await Promise.all(flows);
    servers[turn] = await start(roots[turn]!);
  }

  const jobsThat = async (status: string): Promise<number> => {
    const response = await fetch(`${servers[0]!.url}/_fn/jobs?status=${status}`);
    return ((await response.json()) as { jobs: unknown[] }).jobs.length;
  };
  await eventually(async () => (await jobsThat('queued')) + (await jobsThat('running')) === 0, 120_000);
  const unfinished: string[] = [];
  for (const id of accepted.keys()) {
    const job = (await (await fetch(`${servers.at(-1)!.url}/_fn/jobs/${id}`)).json()) as {
      status: string;
      last_error: string | null;
    };
    if (job.status !== 'done') unfinished.push(`${id} ${job.status}: ${job.last_error}`);
  }
  expect(unfinished).toEqual([]);
  const done = new Set(existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n').map(Number) : []);
  expect([...accepted.values()].filter((number) => !done.has(number))).toEqual([]);
}

test(`the file of one server: ${TITLE}`, () => killInTurn(1, {}), TIMEOUT_MS);

describeRedis('Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  test(
    `one server: ${TITLE}`,
    () => killInTurn(1, { FN_REDIS_URL: `${redis.url}/0`, FN_JOBS_LEASE_SECONDS: '2' }),
    TIMEOUT_MS,
  );

  test(
    `two servers in turn: ${TITLE}`,
    () => killInTurn(2, { FN_REDIS_URL: `${redis.url}/1`, FN_JOBS_LEASE_SECONDS: '2' }),
    TIMEOUT_MS,
  );
});
