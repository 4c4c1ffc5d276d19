import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  alive,
  begin,
  call,
  fakeAdapter,
  fakeFunction,
  runningPool,
  shimPath,
  type TestPool,
  testPool,
  until,
  useFakeRuntime,
  warm,
} from './support.js';

useFakeRuntime();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pd-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sockets = (pool: TestPool) => pool.status().runtimes.node!.sockets;

describe('several daemons', () => {
  it('take turns', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { daemons: { node: 3 } });
    expect(pool.status().runtimes.node).toMatchObject({ routing: 'round_robin', up: true, reason: null });
    expect(sockets(pool).map(({ index, up, uri }) => [index, up, uri.split('/').pop()])).toEqual([
      [1, true, 'fn-node-1.sock'],
      [2, true, 'fn-node-2.sock'],
      [3, true, 'fn-node-3.sock'],
    ]);
    await call(pool, fn);
    await until(() => pool.status().functions[0]!.workers.filter(({ state }) => state === 'idle').length === 3);
    const indexes: number[] = [];
    for (let i = 0; i < 7; i++) indexes.push((await call(pool, fn)).info!.socketIndex);
    const turns = indexes.map((index, i) => (index - indexes[0]! - i) % 3);
    expect(turns.every((turn) => turn === 0)).toBe(true);
  });

  it('run as many one-at-a-time calls as they have workers for, side by side', async () => {
    const fn = fakeFunction({ behaviour: 'slow', concurrency: 1, workerPool: { minWarm: 6 } });
    const pool = await runningPool([fn], { daemons: { node: 3 }, adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
    await warm(pool, fn, 6);
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(pool, fn, { query: ['ms', '200'] })));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(6);
  });

  it('one killed: only what it was running fails; it is down, then up again', async () => {
    const fn = fakeFunction({ behaviour: 'slow', concurrency: 1, workerPool: { minWarm: 3 } });
    const pool = await runningPool([fn], { daemons: { node: 3 }, adapters: [fakeAdapter({ defaultConcurrency: 1 })] });
    await warm(pool, fn, 3);
    const victim = sockets(pool)[1]!;
    const running = Array.from({ length: 3 }, () => begin(pool, fn, { query: ['ms', '400'] }));
    process.kill(victim.pid!, 'SIGKILL');
    const answers = await Promise.all(running.map(({ answer }) => answer));
    for (const { error, info } of answers) {
      if (info!.socketIndex === 2) expect(error?.code).toBe('worker_crashed');
      else expect(error).toBeNull();
    }
    const down = await pool.seen((event) => event.type === 'daemon_down');
    expect(down).toMatchObject({ index: 2, reason: expect.stringMatching(/SIGKILL|closed/) });
    for (let i = 0; i < 6; i++) expect((await call(pool, fn, { query: ['ms', '1'] })).error).toBeNull();
    await until(() => sockets(pool).every(({ up }) => up));
    expect(sockets(pool)[1]!.pid).not.toBe(victim.pid);
    // Its turn comes again.
    await until(() => pool.status().functions[0]!.workers.length > 0);
    const indexes = new Set<number>();
    for (let i = 0; i < 20 && indexes.size < 3; i++) {
      const burst = Array.from({ length: 3 }, () => call(pool, fn, { query: ['ms', '30'] }));
      for (const { info } of await Promise.all(burst)) indexes.add(info!.socketIndex);
    }
    expect([...indexes].sort()).toEqual([1, 2, 3]);
  });

  it('all killed: 503, then recovery', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { daemons: { node: 2 }, backoff: { firstMs: 300, maxMs: 300 } });
    await call(pool, fn);
    for (const { pid } of sockets(pool)) process.kill(pid!, 'SIGKILL');
    await until(() => sockets(pool).every(({ up }) => !up));
    const { error } = await call(pool, fn);
    expect(error).toMatchObject({
      code: 'runtime_unavailable',
      status: 503,
      message: expect.stringContaining('All 2 node daemons'),
    });
    expect(pool.status().runtimes.node!.up).toBe(false);
    expect(pool.status().functions[0]!.problem).toContain('down');
    await until(() => sockets(pool).every(({ up }) => up));
    expect((await call(pool, fn)).status).toBe(200);
  });

  it('all killed while calls wait for a worker: these are answered at once', async () => {
    const fn = fakeFunction({ behaviour: 'echo', env: { FAKE_LOAD_MS: '20000' } });
    const pool = await runningPool([fn], { backoff: { firstMs: 60_000 } });
    const waiting = begin(pool, fn);
    await until(() => (pool.status().functions[0]!.workers[0]?.pid ?? 0) > 0);
    process.kill(sockets(pool)[0]!.pid!, 'SIGKILL');
    expect((await waiting.answer).error?.code).toBe('runtime_unavailable');
  });
});

describe('a daemon', () => {
  it('that is missing its tool is no error of start; its functions say what to install', async () => {
    const fn = fakeFunction('echo');
    const adapter = fakeAdapter({
      detect: async () => ({ ok: false, reason: 'node was not found on PATH.', hint: 'Install it.' }),
    });
    const pool = await runningPool([fn], { adapters: [adapter] });
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'runtime_unavailable',
      message: 'node was not found on PATH. Install it.',
      details: { runtime: 'node', hint: 'Install it.' },
    });
    expect(pool.toolStatus().node).toMatchObject({ ok: false });
    expect(pool.status().runtimes.node).toMatchObject({ up: false, sockets: [] });
  });

  it('of a runtime that is not enabled: 503 too', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { runtimes: ['python'] });
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'runtime_unavailable',
      message: expect.stringContaining('FN_RUNTIMES'),
    });
  });

  it('that cannot be run is tried again, and its last words are told', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { adapters: [fakeAdapter({ env: { FAKE_DAEMON: 'dies' } })] });
    const { error } = await call(pool, fn);
    expect(error).toMatchObject({
      code: 'runtime_unavailable',
      message: expect.stringContaining('nothing to live for'),
    });
    await until(() => pool.events.filter(({ type }) => type === 'daemon_down').length >= 2);
  });

  it('whose command does not exist says so', async () => {
    const fn = fakeFunction('echo');
    const adapter = fakeAdapter({ daemonCommand: () => ({ command: '/nowhere/tool', args: [], env: {} }) });
    const pool = await runningPool([fn], { adapters: [adapter] });
    expect((await call(pool, fn)).error?.message).toContain('ENOENT');
  });

  it('that hears nothing any more is killed and replaced', async () => {
    const fn = fakeFunction('echo');
    const env: Record<string, string> = { FAKE_DAEMON: 'deaf' };
    const pool = await runningPool([fn], { healthIntervalMs: 100, adapters: [fakeAdapter({ env })] });
    const pid = sockets(pool)[0]!.pid!;
    delete env.FAKE_DAEMON;
    const down = await pool.seen((event) => event.type === 'daemon_down');
    expect(down).toMatchObject({ reason: expect.stringContaining('pings') });
    await until(() => sockets(pool)[0]!.up);
    expect(alive(pid)).toBe(false);
    expect((await call(pool, fn)).status).toBe(200);
  });

  it('starts when the first function needs it', async () => {
    const fn = fakeFunction('echo');
    const pool = testPool();
    await pool.start();
    expect(pool.status().runtimes.node).toMatchObject({ up: true, reason: 'No function needs it yet.', workers: 0 });
    expect(pool.events).toEqual([]);
    pool.update([fn]);
    expect((await call(pool, fn)).status).toBe(200);
    expect(pool.status().runtimes.node).toMatchObject({ up: true, reason: null, workers: 1 });
  });

  it('logs its stderr', async () => {
    const lines: string[] = [];
    await runningPool([fakeFunction()], {
      adapters: [fakeAdapter({ env: { FAKE_DAEMON: 'dies' } })],
      logger: { log: (_level, message) => lines.push(message), output() {} },
    });
    expect(lines).toContain('[node] the fake daemon has nothing to live for');
  });
});

describe('sockets', () => {
  it('of the past are removed', async () => {
    writeFileSync(join(folder, 'fn-node.sock'), 'not even a socket');
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { socketDir: folder });
    expect((await call(pool, fn)).status).toBe(200);
    await pool.close();
    expect(existsSync(join(folder, 'fn-node.sock'))).toBe(false);
  });

  it('that someone listens on are an error', async () => {
    const server = createServer().listen(join(folder, 'fn-node.sock'));
    await once(server, 'listening');
    const pool = testPool({ socketDir: folder });
    pool.update([fakeFunction()]);
    await expect(pool.start()).rejects.toMatchObject({
      code: 'daemon_socket_in_use',
      hint: expect.stringContaining('FN_SOCKET_BASE_DIR'),
    });
    server.close();
  });
});

describe('a daemon started elsewhere', () => {
  let daemon: ChildProcess | null = null;
  const socket = (): string => join(folder, 'ext.sock');
  const startDaemon = async (): Promise<void> => {
    daemon = spawn(process.execPath, [shimPath(), '--socket', socket()], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(daemon.stdout!, 'data');
  };
  afterEach(async () => {
    if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
  });

  it('serves, and outlives us', async () => {
    await startDaemon();
    const fn = fakeFunction('echo');
    const adapter = fakeAdapter({ detect: async () => ({ ok: false, reason: 'no tool here', hint: '' }) });
    const pool = await runningPool([fn], { adapters: [adapter], externalSockets: { node: [socket()] } });
    const { info } = await call(pool, fn);
    expect(info).toMatchObject({ routing: 'single', socketIndex: 1 });
    expect(sockets(pool)).toEqual([{ index: 1, uri: `unix:${socket()}`, up: true, reason: null, pid: daemon!.pid }]);
    await pool.close();
    await until(() => !alive(info!.workerPid));
    expect(daemon!.exitCode).toBeNull();
    expect(existsSync(socket())).toBe(true);
  });

  it('may come later, and come back', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { externalSockets: { node: [socket()] } });
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'runtime_unavailable',
      message: expect.stringMatching(/ENOENT.*FN_RUNTIME_SOCKETS/),
    });
    await startDaemon();
    await until(() => sockets(pool)[0]!.up);
    expect((await call(pool, fn)).status).toBe(200);
    daemon!.kill('SIGKILL');
    await until(() => !sockets(pool)[0]!.up);
    rmSync(socket(), { force: true });
    await startDaemon();
    await until(() => sockets(pool)[0]!.up);
    expect((await call(pool, fn)).status).toBe(200);
  });
});
