import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, tree } from '@fastfn/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type CliServer, startCli } from './support/cli.js';

/** How often the server is killed; a long run sets more. */
const KILLS = Number(process.env.FASTFN_JOB_KILLS ?? 4);

const NOTE = `const { appendFileSync } = require('node:fs');
exports.handler = async (event) => {
  const { n, ms } = JSON.parse(event.body);
  await new Promise((resolve) => setTimeout(resolve, ms));
  appendFileSync(__dirname + '/notes.log', n + '\\n');
  return { n };
};`;

test(`kill -9 of the server, ${KILLS} times, with jobs flowing: none that was accepted is lost, none runs for ever`, {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const { root } = tree({ 'work/handler.js': NOTE, 'work/fn.config.json': '{"invoke": {"methods": ["POST"]}}' });
  const env = { FN_JOBS_MAX_CONCURRENCY: '4', FN_CONSOLE_RATE_LIMIT_MAX: '0' };
  let server: CliServer = await startCli(['run', '.'], root, env);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  const accepted = new Map<string, number>();
  let n = 0;

  /** Makes jobs until the server is gone. */
  const flow = async (): Promise<void> => {
    for (;;) {
      const body = { name: 'work', method: 'POST', body: { n: ++n, ms: n % 7 === 0 ? 200 : 5 } };
      try {
        const response = await fetch(`${server.url}/_fn/jobs`, { method: 'POST', body: JSON.stringify(body) });
        if (response.status !== 201) return;
        accepted.set(((await response.json()) as { id: string }).id, body.body.n);
      } catch {
        return;
      }
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const before = accepted.size;
    const flows = [flow(), flow(), flow()];
    await eventually(() => accepted.size > before + 15 + ((kill * 11) % 30));
    await server.stop('SIGKILL');
    await Promise.all(flows);
    server = await startCli(['run', '.'], root, env);
  }

  const waiting = async (status: string): Promise<number> => {
    const response = await fetch(`${server.url}/_fn/jobs?status=${status}`);
    return ((await response.json()) as { jobs: unknown[] }).jobs.length;
  };
  await eventually(async () => (await waiting('queued')) + (await waiting('running')) === 0, 60_000);
  const lost: string[] = [];
  for (const [id] of accepted) {
    const job = (await (await fetch(`${server.url}/_fn/jobs/${id}`)).json()) as { status: string };
    if (job.status !== 'done') lost.push(`${id} ${job.status}`);
  }
  expect(lost).toEqual([]);
  const log = join(root, 'work/notes.log');
  const done = new Set(existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(Number) : []);
  expect([...accepted.values()].filter((number) => !done.has(number))).toEqual([]);
});
