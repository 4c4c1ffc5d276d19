import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A `redis-server` of the test's own, on a free port, that can be stopped and started again with what it knew. */
export interface RedisServer {
  readonly url: string;
  /** Ends it at once; the kernel has what it acknowledged. */
  stop(): Promise<void>;
  /** It no longer answers, as when the network is gone; `resume` ends that. */
  freeze(): void;
  resume(): void;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fastfn-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const started = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    child = started;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      started.stdout!.on('data', (chunk) => {
        said += chunk;
        if (said.includes('Ready to accept connections')) resolve();
      });
      started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
      started.once('error', reject);
    });
  }

  async function stop(): Promise<void> {
    const stopping = child;
    if (stopping === null || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const ended = new Promise((resolve) => stopping.once('exit', resolve));
    stopping.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Tests that need a `redis-server`. Where none is installed they are skipped, visibly; with
 * `FASTFN_REQUIRE_RUNTIMES=all` (or a list with `redis`) that is a failure instead.
 */
export function describeRedis(name: string, tests: () => void): void {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0) {
    describe(name, tests);
    return;
  }
  const missing = 'redis-server was not found; install it with: apt-get install redis-server';
  const required = (process.env.FASTFN_REQUIRE_RUNTIMES ?? '').split(',');
  if (!required.includes('all') && !required.includes('redis')) it.skip(`${name} (${missing})`, () => {});
  else it(name, () => expect.fail(`${missing}. FASTFN_REQUIRE_RUNTIMES asks for it.`));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
