import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type UseServerInput, useServer } from '@fastfn/testing';
import { describe, expect, test } from 'vitest';

/** Schedules through a real server with handlers in Node and Python. SPEC §10, §16. */

const NOTE = `const { appendFileSync } = require('node:fs');
exports.handler = (event) => {
  appendFileSync(__dirname + '/notes.log', JSON.stringify({ t: event.context.trigger, m: event.method, q: event.query, h: event.headers['x-h'], b: event.body, u: event.context.user, p: event.params }) + '\\n');
  return { status: 201 };
};`;

interface Note {
  readonly t: Record<string, unknown> | null;
  readonly [key: string]: unknown;
}

async function serve(input: UseServerInput) {
  const app = await useServer(input);
  const notes = (path = 'notes.log'): Note[] =>
    existsSync(join(app.root, path))
      ? readFileSync(join(app.root, path), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  const list = async () =>
    (await (await app.fetch('/_fn/schedules')).json()) as {
      enabled: boolean;
      schedules: { name: string; version: string; schedule: object; state: Record<string, unknown> }[];
      keep_warm: { name: string; state: Record<string, unknown> }[];
    };
  const runNow = (body: object) => app.fetch('/_fn/schedules/run', { method: 'POST', body: JSON.stringify(body) });
  return { ...app, notes, list, runNow };
}

test('a schedule calls its function with all it says, and tells what came of it', async () => {
  const { notes, list } = await serve({
    files: {
      'tick/fn.config.json': JSON.stringify({
        invoke: { methods: ['POST'] },
        schedule: {
          every_seconds: 0.2,
          query: { a: [1, 2] },
          headers: { 'X-H': 'head', Authorization: 'Bearer geheim' },
          body: { b: 1 },
          context: { who: 'clock' },
        },
      }),
      'tick/handler.js': NOTE,
    },
  });
  const [note] = await eventually(() => {
    const found = notes('tick/notes.log');
    return found.length >= 2 && found;
  });
  expect(note).toEqual({
    t: { type: 'schedule', every_seconds: 0.2, attempt: 1 },
    m: 'POST',
    q: { a: ['1', '2'] },
    h: 'head',
    b: '{"b":1}',
    u: { who: 'clock' },
    p: {},
  });
  const { enabled, schedules } = await list();
  expect(enabled).toBe(true);
  expect(schedules).toEqual([
    {
      runtime: 'node',
      name: 'tick',
      version: 'default',
      schedule: {
        enabled: true,
        every_seconds: 0.2,
        query: { a: [1, 2] },
        headers: { 'X-H': 'head', Authorization: '<hidden>' },
        body: { b: 1 },
        context: { who: 'clock' },
        catch_up: true,
        retry: false,
      },
      state: {
        next: expect.any(Number),
        last: expect.any(Number),
        last_status: 201,
        last_error: null,
        last_server: expect.stringContaining(`(pid ${process.pid})`),
        retry_due: null,
        retry_attempt: 0,
        running: expect.any(Boolean),
      },
    },
  ]);
  const { next, last } = schedules[0]!.state as { next: number; last: number };
  expect(next).toBeGreaterThan(last);
  expect(Math.abs(last - Date.now() / 1000)).toBeLessThan(60);
});

test('file routes, routes with parameters, versions and Python run by the clock as well', async () => {
  const schedule = { schedule: { every_seconds: 0.2 } };
  const { notes, list } = await serve({
    files: {
      'tasks/fn.config.json': JSON.stringify(schedule),
      'tasks/post.sweep.js': NOTE,
      'users/fn.config.json': JSON.stringify(schedule),
      'users/[id].js': NOTE,
      'hello/handler.js': NOTE,
      'hello/v2/fn.config.json': JSON.stringify(schedule),
      'hello/v2/handler.js': NOTE,
      'py/fn.config.json': JSON.stringify(schedule),
      'py/handler.py': `
import json, os
def handler(event):
    with open(os.path.join(os.path.dirname(__file__), "notes.log"), "a") as f:
        f.write(json.dumps({"t": event["context"]["trigger"], "m": event["method"]}) + "\\n")
`,
    },
  });
  for (const [path, method] of [
    ['tasks', 'POST'],
    ['users', 'GET'],
    ['hello/v2', 'GET'],
    ['py', 'GET'],
  ]) {
    const found = await eventually(() => {
      const [first] = notes(`${path}/notes.log`);
      return first ?? false;
    });
    expect(found, path).toMatchObject({ m: method, t: { type: 'schedule' } });
  }
  expect(notes('hello/notes.log')).toEqual([]);
  expect((await list()).schedules.map(({ name, version }) => `${name}@${version}`).sort()).toEqual([
    'hello@v2',
    'py@default',
    'tasks/post.sweep.js@default',
    'users/[id].js@default',
  ]);
});

test('run by hand', async () => {
  const { runNow, notes, list, fetch } = await serve({
    env: { FN_SCHEDULER_ENABLED: '0' },
    files: {
      'tick/fn.config.json': JSON.stringify({ schedule: { cron: '0 4 * * *', timezone: 'Europe/Berlin' } }),
      'tick/handler.js': NOTE,
      'plain.js': 'exports.handler = () => 1;',
    },
  });
  const response = await runNow({ name: 'tick' });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    runtime: 'node',
    name: 'tick',
    version: 'default',
    status: 201,
    error: null,
    latency_ms: expect.any(Number),
  });
  expect(notes('tick/notes.log')).toMatchObject([{ t: { type: 'schedule', cron: '0 4 * * *', manual: true } }]);
  const { enabled, schedules } = await list();
  expect(enabled).toBe(false);
  expect(schedules[0]!.state).toMatchObject({ next: null, last_status: 201 });
  expect((await runNow({ name: 'plain.js' })).status).toBe(404);
  expect((await runNow({ name: 'nobody' })).status).toBe(404);
  expect((await runNow({})).status).toBe(400);
  expect((await fetch('/_fn/schedules/run')).status).toBe(405);
  expect((await fetch('/_fn/schedules', { headers: { 'X-Forwarded-For': '9.9.9.9' } })).status).toBe(403);
});

test('failures are tried again; the state survives a restart, and follows a reload', async () => {
  const config = (every: number) =>
    JSON.stringify({
      schedule: { every_seconds: every, retry: { max_attempts: 2, base_delay_seconds: 0.1, jitter: 0 } },
    });
  const files = {
    'tick/fn.config.json': config(1),
    'tick/handler.js': `${NOTE.replace('201', '503')}`,
  };
  const first = await serve({ files });
  await eventually(() => first.notes('tick/notes.log').length >= 2);
  expect(first.notes('tick/notes.log').map(({ t }) => t!.attempt)).toEqual([1, 2]);
  expect((await first.list()).schedules[0]!.state).toMatchObject({
    last_status: 503,
    last_error: 'The function answered 503.',
  });
  const { last } = (await first.list()).schedules[0]!.state;
  await first.server.close();
  const second = await serve({ root: first.root, env: { FN_SCHEDULER_ENABLED: '1' } });
  const state = await eventually(async () => {
    const [found] = (await second.list()).schedules;
    return found!.state.last !== null && found!.state;
  });
  expect(state.last).toBeGreaterThanOrEqual(last as number);
  await second.server.close();

  const third = await serve({ files: { ...files, 'tick/fn.config.json': config(3600) } });
  expect((await third.list()).schedules[0]!.state.last).toBeNull();
  third.remove('tick/handler.js');
  third.reload();
  expect((await third.list()).schedules).toEqual([]);
});

describe('keep_warm', () => {
  test('pings the handler, but not one that takes no GET or needs parameters', async () => {
    const warm = JSON.stringify({ keep_warm: { enabled: true, ping_every_seconds: 1 } });
    const { notes, list } = await serve({
      files: {
        'a/fn.config.json': warm,
        'a/handler.js': NOTE,
        'b/fn.config.json': warm,
        'b/post.job.js': NOTE,
        'b/[id].js': NOTE,
      },
    });
    const found = await eventually(() => {
      const [first] = notes('a/notes.log');
      return first ?? false;
    });
    expect(found).toMatchObject({ m: 'GET', t: { type: 'keep_warm', ping_every_seconds: 1 } });
    const views = await eventually(async () => {
      const { keep_warm } = await list();
      return keep_warm.every(({ state }) => state.last_status !== null) && keep_warm;
    });
    expect(Object.fromEntries(views.map(({ name, state }) => [name, state]))).toEqual({
      a: { last_status: 201, warm_state: 'warm' },
      'b/post.job.js': { last_status: 405, warm_state: expect.any(String) },
      'b/[id].js': { last_status: 400, warm_state: expect.any(String) },
    });
    expect(notes('b/notes.log')).toEqual([]);
  });
});
