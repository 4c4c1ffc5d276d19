import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type Files, tree } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCli } from './support/cli.js';
import { Clients, type Outcome } from './support/load.js';
import { descendants, isAlive } from './support/processes.js';

interface Health {
  gateways: { index: number; pid: number; up: boolean; connections: number; restarts: number }[];
  runtimes: Record<string, { sockets: { up: boolean; pid: number | null }[] }>;
  functions: { states: { name: string; worker_pool: { active: number; queued: number } }[] };
}

async function serve(gateways: number, files: Files) {
  const { root } = tree(files);
  const server = await startCli(['run', '.', '--gateways', String(gateways)], root);
  const pid = server.child.pid!;
  onTestFinished(async () => {
    const processes = descendants(pid);
    await server.stop('SIGKILL');
    await eventually(() => !processes.some(isAlive));
  });
  const clients = (count: number): Clients => {
    const made = new Clients(server.url, count);
    onTestFinished(() => made.close());
    return made;
  };
  return {
    server,
    root,
    pid,
    clients,
    ask: (path: string) => fetch(server.url + path),
    health: async () => (await (await fetch(`${server.url}/_fn/health`)).json()) as Health,
  };
}

/** Handlers that count, across all processes, how many of them are running: each has a file while it does. */
const COUNTING: Record<string, string> = {
  node: `
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
const folder = new URL('./.running/', import.meta.url);
mkdirSync(folder, { recursive: true });
let n = 0;
export const handler = async () => {
  const mine = new URL(process.pid + '-' + n++, folder);
  writeFileSync(mine, '');
  const active = readdirSync(folder).length;
  await new Promise((resolve) => setTimeout(resolve, 4));
  rmSync(mine);
  return { active };
};`,
  python: `
import os, time
folder = os.path.join(os.path.dirname(__file__), ".running")
os.makedirs(folder, exist_ok=True)
def handler(event):
    mine = os.path.join(folder, str(os.getpid()))
    open(mine, "w").close()
    active = len(os.listdir(folder))
    time.sleep(0.004)
    os.remove(mine)
    return {"active": active}
`,
  php: `<?php
function handler($event) {
  $folder = __DIR__ . '/.running';
  if (!is_dir($folder)) @mkdir($folder);
  $mine = $folder . '/' . getmypid();
  touch($mine);
  $active = count(scandir($folder)) - 2;
  usleep(4000);
  unlink($mine);
  return ['active' => $active];
}`,
  go: `package main

import (
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

var n atomic.Int64

func handler(event map[string]any) any {
	os.MkdirAll(".running", 0o755)
	mine := ".running/" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(n.Add(1), 10)
	os.WriteFile(mine, nil, 0o600)
	files, _ := os.ReadDir(".running")
	time.Sleep(4 * time.Millisecond)
	os.Remove(mine)
	return map[string]any{"active": len(files)}
}
`,
};

const entry: Record<string, string> = {
  node: 'handler.js',
  python: 'handler.py',
  php: 'handler.php',
  go: 'handler.go',
};

describe.each([1, 2, 4])('%i gateways', (gateways) => {
  it.each(['node', 'python', 'php', 'go'])(
    'a limit of 3 holds exactly under 64 clients, and nobody is refused: %s',
    { timeout: 90_000 },
    async (runtime) => {
      const { clients } = await serve(gateways, {
        [`limited/${entry[runtime]}`]: COUNTING[runtime]!,
        'limited/fn.config.json': { timeout_ms: 60_000, worker_pool: { max_workers: 3, max_queue: 64 } },
      });
      let left = 600;
      const statuses = new Set<number | string>();
      let most = 0;
      await clients(64).run(
        '/limited',
        () => left-- > 0,
        ({ status, body }) => {
          statuses.add(status);
          if (status === 200) most = Math.max(most, (JSON.parse(body) as { active: number }).active);
        },
      );
      expect([...statuses]).toEqual([200]);
      expect(most).toBe(3);
    },
  );
});

it('a limit of 3 holds for Lua too, which runs inside each of four gateways', { timeout: 60_000 }, async () => {
  const { clients } = await serve(4, {
    'spin/handler.lua': 'return function() while true do end end',
    'spin/fn.config.json': { timeout_ms: 3000, worker_pool: { max_workers: 3, max_queue: 0 } },
  });
  const many = clients(24);
  const answers = await Promise.all(Array.from({ length: 24 }, (_, client) => many.ask(client, '/spin')));
  const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
  expect([count(504), count(429)]).toEqual([3, 21]);
});

describe('two gateways', () => {
  const SLEEPY = { 'fn.config.json': { include_debug_headers: true } };
  const sleeper = 'export const handler = () => new Promise((resolve) => setTimeout(() => resolve("ok"), 300));';

  it('nine at once answer three at a time, a tenth is refused; marks and counts are right', {
    timeout: 60_000,
  }, async () => {
    const { clients, health } = await serve(2, {
      ...SLEEPY,
      'slow/handler.js': sleeper,
      'slow/fn.config.json': { worker_pool: { max_workers: 3, max_queue: 6, queue_timeout_ms: 5000 } },
    });
    const ten = clients(10);
    await ten.ask(0, '/slow');
    const nine = Array.from({ length: 9 }, (_, client) => ten.ask(client, '/slow'));
    await eventually(async () => {
      const { active, queued } = (await health()).functions.states[0]!.worker_pool;
      return active === 3 && queued === 6;
    });
    const tenth = await ten.ask(9, '/slow');
    expect(tenth).toMatchObject({ status: 429 });
    expect(JSON.parse(tenth.body)).toMatchObject({ code: 'worker_pool_overflow' });
    const answers = await Promise.all(nine);
    expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(200));
    expect(answers.filter(({ headers }) => headers['x-fastfn-queued'] === 'true')).toHaveLength(6);
  });

  it('who waits longer than queue_timeout_ms is refused', { timeout: 60_000 }, async () => {
    const { clients } = await serve(2, {
      'slow/handler.js': sleeper,
      'slow/fn.config.json': { worker_pool: { max_workers: 1, max_queue: 6, queue_timeout_ms: 100 } },
    });
    const two = clients(2);
    await two.ask(0, '/slow');
    const answers = await Promise.all([two.ask(0, '/slow'), two.ask(1, '/slow')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'worker_pool_queue_timeout' });
  });

  it('calls rotate over daemons; six python calls at once run at once; a killed daemon comes back', {
    timeout: 60_000,
  }, async () => {
    const { clients, health } = await serve(2, {
      'fastfn.json': { 'runtime-daemons': { node: 3, python: 3 } },
      'fn.config.json': { include_debug_headers: true },
      'quick.js': 'export const handler = () => "quick";',
      'sleep.py': 'import time\n\ndef handler(event):\n    time.sleep(0.4)\n    return "slept"\n',
    });
    const six = clients(6);
    for (let i = 0; i < 6; i++) await six.ask(i, '/quick');
    for (const client of [0, 1]) {
      const seen: unknown[] = [];
      for (let i = 0; i < 6; i++) seen.push((await six.ask(client, '/quick')).headers['x-fn-runtime-socket-index']);
      expect(new Set(seen)).toEqual(new Set(['1', '2', '3']));
      expect(seen.slice(0, 3)).toEqual(seen.slice(3));
    }
    const sleeping = Array.from({ length: 6 }, (_, client) => six.ask(client, '/sleep'));
    await eventually(
      async () => (await health()).functions.states.find(({ name }) => name === 'sleep.py')!.worker_pool.active === 6,
    );
    expect((await Promise.all(sleeping)).map(({ status }) => status)).toEqual(Array(6).fill(200));

    const sockets = async () => (await health()).runtimes.node!.sockets;
    const victim = (await sockets())[1]!.pid!;
    process.kill(victim, 'SIGKILL');
    await eventually(async () => (await sockets()).every(({ up, pid }) => up && pid !== victim), 20_000);
    expect((await six.ask(0, '/quick')).status).toBe(200);
  });

  it('a gateway killed with -9 costs its own calls only; the port stays open, its slots come back', {
    timeout: 60_000,
  }, async () => {
    const { clients, health } = await serve(2, {
      'free.js': 'export const handler = () => new Promise((resolve) => setTimeout(() => resolve("ok"), 5));',
      'limited/handler.js': sleeper,
      'limited/fn.config.json': { worker_pool: { max_workers: 3, max_queue: 64 } },
    });
    const before = (await health()).gateways;
    expect(before.map(({ up }) => up)).toEqual([true, true]);
    const free = clients(16);
    const limited = clients(8);
    let running = true;
    const outcomes: Outcome[] = [];
    const load = [
      free.run(
        '/free',
        () => running,
        (outcome) => outcomes.push(outcome),
      ),
      limited.run(
        '/limited',
        () => running,
        (outcome) => outcomes.push(outcome),
      ),
    ];
    await eventually(() => outcomes.length > 100);
    process.kill(before[0]!.pid, 'SIGKILL');
    // Every connection that is made from now on is served.
    for (let i = 0; i < 20; i++) expect((await fetch(`${free.url}/free`)).status).toBe(200);
    await eventually(async () => {
      const [first] = (await health()).gateways;
      return first!.up && first!.pid !== before[0]!.pid && first!.restarts === 1;
    });
    const seen = outcomes.length;
    await eventually(() => outcomes.length > seen + 100);
    running = false;
    await Promise.all(load);
    const failures = outcomes.filter(({ status }) => status !== 200);
    // Half of the clients had a connection to it, each with one call at the most.
    expect(failures.length).toBeLessThanOrEqual(12);
    expect(new Set(failures.map(({ status }) => status))).not.toContain('ECONNREFUSED');
    // The slots of its calls are free again: three at a time still go.
    await eventually(async () =>
      (await health()).functions.states.every(({ worker_pool }) => worker_pool.active === 0),
    );
    const again = await Promise.all([0, 1, 2].map((client) => limited.ask(client, '/limited')));
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('a gateway told to end finishes its calls while another takes its place', { timeout: 60_000 }, async () => {
    const { clients, health } = await serve(2, { 'slow.js': sleeper });
    const four = clients(4);
    await Promise.all([0, 1, 2, 3].map((client) => four.ask(client, '/slow')));
    const running = [0, 1, 2, 3].map((client) => four.ask(client, '/slow'));
    await eventually(async () => (await health()).functions.states[0]!.worker_pool.active === 4);
    const victim = (await health()).gateways[1]!.pid;
    process.kill(victim, 'SIGTERM');
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await eventually(async () => !isAlive(victim) && (await health()).gateways.every(({ up }) => up));
  });

  it('when the primary is killed with -9 everything ends', { timeout: 60_000 }, async () => {
    const { server, pid, clients, ask } = await serve(2, {
      'slow.js': sleeper,
      'p.py': 'def handler(event):\n    return "p"\n',
    });
    expect((await ask('/p')).status).toBe(200);
    const processes = descendants(pid);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    const cut = clients(4);
    const running = [0, 1, 2, 3].map((client) => cut.ask(client, '/slow'));
    await server.stop('SIGKILL');
    for (const { status } of await Promise.all(running)) expect(typeof status).toBe('string');
    await eventually(() => !processes.some(isAlive));
  });

  it('a stop lets running calls finish, and leaves nothing', { timeout: 60_000 }, async () => {
    const { server, pid, clients, health } = await serve(2, {
      'slow.js': sleeper,
      'limited/handler.js': sleeper,
      'limited/fn.config.json': { worker_pool: { max_workers: 2, max_queue: 8 } },
    });
    const twelve = clients(12);
    await twelve.ask(0, '/slow');
    const running = Array.from({ length: 12 }, (_, client) => twelve.ask(client, client < 8 ? '/slow' : '/limited'));
    await eventually(async () => {
      const states = (await health()).functions.states.map(({ worker_pool }) => worker_pool);
      return states.reduce((sum, { active, queued }) => sum + active + queued, 0) === 12;
    });
    const processes = descendants(pid);
    expect(await server.stop('SIGTERM')).toBe(0);
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('a reload is complete when it is answered, whichever gateway is asked; calls never fail meanwhile', {
    timeout: 60_000,
  }, async () => {
    const { root, clients, ask } = await serve(2, {
      'fastfn.json': { 'hot-reload': false },
      'v.js': 'export const handler = () => "0";',
      'other.js': 'export const handler = () => "other";',
    });
    const four = clients(4);
    let running = true;
    const statuses = new Set<number | string>();
    const load = clients(8).run(
      '/other',
      () => running,
      ({ status }) => statuses.add(status),
    );
    for (let version = 1; version <= 12; version++) {
      writeFileSync(join(root, 'v.js'), `export const handler = () => "${version}";`);
      writeFileSync(join(root, `r${version}.js`), 'export const handler = () => "new";');
      expect((await ask('/_fn/reload')).status).toBe(200);
      const answers = await Promise.all([0, 1, 2, 3].map((client) => four.ask(client, '/v')));
      expect(answers.map(({ body }) => body)).toEqual(Array(4).fill(String(version)));
      const added = await Promise.all([0, 1, 2, 3].map((client) => four.ask(client, `/r${version}`)));
      expect(added.map(({ status }) => status)).toEqual(Array(4).fill(200));
    }
    running = false;
    await load;
    expect([...statuses]).toEqual([200]);
  });

  it('a limit that comes with a reload holds for what is running already', { timeout: 60_000 }, async () => {
    const { root, clients, ask } = await serve(2, {
      'fastfn.json': { 'hot-reload': false },
      'count/handler.js': COUNTING.node!,
      'count/fn.config.json': { timeout_ms: 60_000 },
    });
    let running = true;
    const after: number[] = [];
    const bodies: string[] = [];
    const load = clients(24).run(
      '/count',
      () => running,
      ({ status, body }) => {
        expect(status).toBe(200);
        bodies.push(body);
      },
    );
    await eventually(() => bodies.length > 200);
    writeFileSync(
      join(root, 'count/fn.config.json'),
      JSON.stringify({ timeout_ms: 60_000, worker_pool: { max_workers: 3, max_queue: 64 } }),
    );
    expect((await ask('/_fn/reload')).status).toBe(200);
    // What ran without a limit ends first.
    const seen = bodies.length;
    await eventually(() => bodies.length > seen + 60);
    const from = bodies.length;
    await eventually(() => bodies.length > from + 200);
    running = false;
    await load;
    for (const body of bodies.slice(from)) after.push((JSON.parse(body) as { active: number }).active);
    expect(Math.max(...after)).toBeLessThanOrEqual(3);
  });

  it('logs, metrics, invoke and functions in Lua are the same from every gateway', { timeout: 60_000 }, async () => {
    const { clients, root } = await serve(2, {
      'say.js': 'export const handler = ({ query }) => { console.log("said " + query.n); return "ok"; };',
      'lua/handler.lua': 'return function(event) return { n = event.query.n } end',
      'lua/fn.config.json': { worker_pool: { max_workers: 2, max_queue: 16 } },
    });
    const four = clients(4);
    for (let n = 0; n < 8; n++) expect((await four.ask(n % 4, `/say?n=${n}`)).status).toBe(200);
    const lua = await Promise.all([0, 1, 2, 3].map((n) => four.ask(n, `/lua?n=${n}`)));
    expect(lua.map(({ body }) => JSON.parse(body))).toEqual(['0', '1', '2', '3'].map((n) => ({ n })));
    for (const client of [0, 1]) {
      const access = await four.ask(client, '/_fn/logs?file=access&format=json&lines=100');
      expect(access.body.match(/GET \/say 200/g)).toHaveLength(8);
      const printed = await four.ask(client, '/_fn/logs?file=runtime&lines=100');
      for (let n = 0; n < 8; n++) expect(printed.body).toContain(`said ${n}`);
      const metrics = await four.ask(client, '/_fn/metrics');
      expect(metrics.body).toMatch(/fastfn_requests_total\{[^}]*say\.js[^}]*\} 8\b/);
      expect((await four.ask(client, '/openapi.json')).status).toBe(200);
    }
    // An edit of a Lua function reaches every gateway.
    writeFileSync(join(root, 'lua/handler.lua'), 'return function(event) return { edited = true } end');
    await eventually(async () => {
      const answers = await Promise.all([0, 1, 2, 3].map((n) => four.ask(n, `/lua?n=${n}`)));
      return answers.every(({ body }) => body.includes('edited'));
    });
  });
});
