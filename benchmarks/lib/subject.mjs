import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from './http.mjs';
import { isAlive, processTree } from './processes.mjs';

/**
 * A server under test. All subjects answer the same: `GET /hello?name=Ada` → `{"hello":"Ada"}`; those with the
 * capability also `POST /echo` (the bytes that came) and `GET /stream` (64 chunks of 1 KiB).
 *
 * @typedef {'echo' | 'stream'} Capability
 * @typedef {{ command: string, args: string[], cwd?: string, env?: Record<string, string> }} Command
 * @typedef {{ id: string, title: string, ours: boolean, can: readonly Capability[],
 *             prepare(context: import('./context.mjs').Context): Promise<string>,
 *             command(context: import('./context.mjs').Context, port: number): Command }} Subject
 *   `prepare` installs or builds what is missing and gives a version; it throws `Unavailable` with a reason.
 * @typedef {{ id: string, port: number, pid: number, readyMs: number, client: Client, logFile: string, stop(): Promise<void> }} RunningServer
 */

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 12_000;

/** @returns {Promise<number>} a port that was free a moment ago */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * Starts a program on a port and resolves at its first right answer.
 * @param {string} id
 * @param {(port: number) => Command} commandFor
 * @param {{ context: import('./context.mjs').Context, path?: string, check?: (answer: import('./http.mjs').Answer) => boolean }} options
 *   `path` and `check`: what it must answer to count as started
 * @returns {Promise<RunningServer>}
 */
export async function startServer(id, commandFor, { context, path = '/hello?name=Ada', check = greetsAda }) {
  const port = await freePort();
  const { command, args, cwd, env } = commandFor(port);
  mkdirSync(context.dir('logs'), { recursive: true });
  const logFile = join(context.dir('logs'), `${id}-${port}.log`);
  const log = openSync(logFile, 'w');
  const began = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let exit = null;
  child.on('error', (error) => {
    exit = error.message;
  });
  child.on('exit', (code, signal) => {
    exit ??= `exit ${signal ?? code}`;
  });

  const client = new Client(port);
  const pid = child.pid ?? 0;
  const stop = context.closeLater(() => stopTree(pid, client));
  const fail = async (/** @type {string} */ reason) => {
    await stop();
    const last = readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
    throw new Error(`${id} did not start: ${reason}\n${last}`);
  };

  for (;;) {
    context.signal.throwIfAborted();
    if (exit !== null) await fail(exit);
    if (performance.now() - began > START_LIMIT_MS) await fail(`no right answer within ${START_LIMIT_MS} ms`);
    try {
      const answer = await client.request(path, { timeoutMs: START_LIMIT_MS });
      if (check(answer)) return { id, port, pid, readyMs: performance.now() - began, client, logFile, stop };
      if (answer.status === 200) await fail(`wrong answer: ${answer.body.subarray(0, 200)}`);
    } catch (error) {
      if (error instanceof Error && error.message.includes('did not start')) throw error;
    }
    await pause(2);
  }
}

/**
 * Stops politely, then makes sure: what a server left behind is killed, process by process.
 * @param {number} pid
 * @param {Client} client
 */
async function stopTree(pid, client) {
  client.close();
  if (pid === 0) return;
  const tree = processTree(pid);
  signal(pid, 'SIGTERM');
  const end = performance.now() + STOP_LIMIT_MS;
  // Without /proc the list is empty; then the process group has to do.
  if (tree.length === 0) return signal(-pid, 'SIGKILL');
  while (tree.some(isAlive) && performance.now() < end) await pause(20);
  for (const left of tree.filter(isAlive)) signal(left.pid, 'SIGKILL');
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already, which is what was wanted.
  }
}

/** @param {import('./http.mjs').Answer} answer */
export function greetsAda({ status, body }) {
  if (status !== 200) return false;
  try {
    return JSON.parse(body.toString()).hello === 'Ada';
  } catch {
    return false;
  }
}
