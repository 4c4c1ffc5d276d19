import { eventually, tree } from '@fastfn/testing';
import { expect, it, onTestFinished } from 'vitest';
import { startCli } from './support/cli.js';

interface Health {
  runtimes: Record<string, { sockets: { up: boolean; pid: number | null }[] }>;
}

async function serve(files: Record<string, string | object>) {
  const server = await startCli(['run', '.'], tree(files).root);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  const sockets = async () => {
    const health = (await (await fetch(`${server.url}/_fn/health`)).json()) as Health;
    return health.runtimes.node!.sockets;
  };
  return { server, sockets, ask: (path: string) => fetch(server.url + path) };
}

const FILES = {
  'fastfn.json': { 'runtime-daemons': { node: 3 } },
  'fn.config.json': { include_debug_headers: true },
  'quick.js': 'export const handler = () => "quick";',
  'slow.js': 'export const handler = async () => { await new Promise((r) => setTimeout(r, 400)); return "slow"; };',
};

it('a daemon killed with -9 costs only the calls that it was given', { timeout: 60_000 }, async () => {
  const { sockets, ask } = await serve(FILES);
  for (let i = 0; i < 6; i++) expect((await ask('/slow')).status).toBe(200);

  const victim = (await sockets())[1]!;
  const running = Array.from({ length: 9 }, () => ask('/slow'));
  await eventually(async () => (await sockets()).every((socket) => socket.up));
  process.kill(victim.pid!, 'SIGKILL');
  // Those that come from now on were not given to it.
  const later = Array.from({ length: 30 }, () => ask('/quick'));
  expect((await Promise.all(later)).map((response) => response.status)).toEqual(Array(30).fill(200));

  for (const response of await Promise.all(running)) {
    if (response.status === 200) continue;
    expect({ status: response.status, code: ((await response.json()) as { code: string }).code }).toEqual({
      status: 502,
      code: 'worker_crashed',
    });
    expect(response.headers.get('x-fn-runtime-socket-index')).toBe('2');
  }
  await eventually(async () => (await sockets()).every((socket) => socket.up && socket.pid !== victim.pid));
});

it('all daemons killed at once: 503, then recovery by themselves', { timeout: 60_000 }, async () => {
  const { sockets, ask } = await serve(FILES);
  expect((await ask('/quick')).status).toBe(200);
  for (const { pid } of await sockets()) process.kill(pid!, 'SIGKILL');
  await eventually(async () => {
    const response = await ask('/quick');
    if (response.status === 200) return false;
    expect(response.status).toBe(503);
    expect(((await response.json()) as { code: string }).code).toBe('runtime_unavailable');
    return true;
  });
  await eventually(async () => (await ask('/quick')).status === 200, 20_000);
  await eventually(async () => (await sockets()).every((socket) => socket.up), 20_000);
});
