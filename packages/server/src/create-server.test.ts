import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createServer } from './create-server.js';

const env = { PATH: process.env.PATH, HOME: process.env.HOME, FN_HOST_PORT: '0' };

function make(code: string, over: object = {}) {
  const root = mkdtempSync(join(tmpdir(), 'create-server-'));
  writeFileSync(join(root, 'hi.js'), code);
  const server = createServer({ root, cwd: root, env, logger: { log() {}, output() {} }, ...over });
  onTestFinished(async () => {
    await server.close({ now: true });
    rmSync(root, { recursive: true, force: true });
  });
  return server;
}

it('runs two servers in one process, each with its own functions', async () => {
  const [a, b] = [make('export const handler = () => "a";'), make('export const handler = () => "b";')];
  await Promise.all([a.start(), b.start()]);
  const ask = async (server: { url: string }) => (await fetch(`${server.url}/hi`)).text();
  expect(await Promise.all([ask(a), ask(b)])).toEqual(['a', 'b']);
  await a.close();
  await a.close();
  expect(await ask(b)).toBe('b');
});

it('fails before anything runs when the port is taken', async () => {
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  onTestFinished(() => void holder.close());
  const { port } = holder.address() as { port: number };
  const server = make('', { flags: { port: String(port) } });
  await expect(server.start()).rejects.toMatchObject({ name: 'UsageError', code: 'port_in_use' });
  expect(server.status().functions).toEqual([]);
});

it('tells the caller of reloads and requests', async () => {
  const reloads: unknown[] = [];
  const requests: unknown[] = [];
  const server = make('export const handler = () => "hi";', {
    onReload: (report: unknown) => reloads.push(report),
    onRequest: (record: unknown) => requests.push(record),
  });
  await server.start();
  await (await fetch(`${server.url}/hi`)).text();
  expect(reloads).toMatchObject([{ addedRoutes: ['GET /hi'] }]);
  expect(requests).toMatchObject([{ method: 'GET', path: '/hi', status: 200, runtime: 'node' }]);
  expect(server.snapshot()!.functions.size).toBe(1);
});
