#!/usr/bin/env node
// Guards of the hot path that do not depend on how fast or busy the machine is: system calls per request, counted by
// strace, and what follows from them, frames per write. For CI: exit code 1 when a bound is broken, 0 without strace.
import { join } from 'node:path';
import { Context } from './lib/context.mjs';
import { NODE, PYTHON } from './lib/handlers.mjs';
import { Client } from './lib/http.mjs';
import { parseOptions } from './lib/options.mjs';
import { number } from './lib/report.mjs';
import { serveFolder } from './lib/serve.mjs';
import { countCalls } from './lib/strace.mjs';
import { findTool } from './lib/tools.mjs';
import { writeTree } from './lib/tree.mjs';
import { workerOf } from './lib/worker-of.mjs';

/**
 * Calls allowed per request. One connection: everything happens once, and a little is left for timers and pings.
 * 64 connections: the hop to the worker must share its calls; the client's sockets cannot.
 *
 * @typedef {{ name: string, files: Record<string, string>, connections: number, requests: number,
 *             gateway: Partial<import('./lib/strace.mjs').CallCounts>, worker: Partial<import('./lib/strace.mjs').CallCounts> }} Check
 */

/** @type {readonly Check[]} */
const CHECKS = [
  {
    name: 'node, 1 connection',
    files: { 'hello.js': NODE['hello.js'] },
    connections: 1,
    requests: 400,
    gateway: { tcpReads: 1.1, tcpWrites: 1.1, unixReads: 1.1, unixWrites: 1.1 },
    worker: { unixReads: 1.1, unixWrites: 1.1 },
  },
  {
    name: 'node, 64 connections',
    files: { 'hello.js': NODE['hello.js'] },
    connections: 64,
    requests: 3_200,
    gateway: { tcpReads: 1.1, tcpWrites: 1.1, unixReads: 0.5, unixWrites: 0.5 },
    worker: { unixReads: 0.5, unixWrites: 0.5 },
  },
  {
    name: 'python, 1 connection',
    files: { 'hello.py': PYTHON['hello.py'] },
    connections: 1,
    requests: 400,
    gateway: { tcpReads: 1.1, tcpWrites: 1.1, unixReads: 1.1, unixWrites: 1.1 },
    worker: { unixReads: 1.1, unixWrites: 1.1 },
  },
];

const context = new Context(parseOptions(process.argv.slice(2)).settings, (line) => console.error(line));
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => context.abort());
try {
  if (!findTool('strace')) console.log('strace is not installed; nothing checked.');
  else for (const check of CHECKS) await perform(check);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await context.close();
}

/** @param {Check} check */
async function perform({ name, files, connections, requests, gateway, worker }) {
  const folder = writeTree(context.dir(name.replaceAll(/\W+/g, '-')), files);
  const server = await serveFolder(context, { folder, path: '/hello?name=Ada' });
  const workerPid = await workerOf(server.pid, () => callMany(server.port, 1, 1_000));
  // Not beside the functions folder: its watcher would see every line being written, and be traced for it.
  const trace = join(context.dir('logs'), 'trace');
  const counts = await countCalls([server.pid, workerPid], trace, () => callMany(server.port, connections, requests));
  await server.stop();
  console.log(`${name}, ${requests} requests; system calls per request (at most):`);
  report('gateway', counts.get(server.pid), gateway, requests);
  report('worker', counts.get(workerPid), worker, requests);
}

/**
 * @param {string} who
 * @param {import('./lib/strace.mjs').CallCounts | undefined} counts
 * @param {Partial<import('./lib/strace.mjs').CallCounts>} bounds
 * @param {number} requests
 */
function report(who, counts, bounds, requests) {
  if (!counts) throw new Error(`no trace of the ${who}`);
  const cells = Object.entries(counts).map(([kind, count]) => {
    const each = count / requests;
    const bound = bounds[/** @type {keyof typeof bounds} */ (kind)];
    if (bound === undefined) return `${kind} ${number(each)}`;
    const broken = each > bound;
    if (broken) process.exitCode = 1;
    return `${kind} ${number(each)} (${bound}) ${broken ? '✗' : '✓'}`;
  });
  const batching = counts.unixWrites > 0 ? ` · ${number(requests / counts.unixWrites)} frames per write` : '';
  console.log(`  ${who.padEnd(8)} ${cells.join(' · ')}${batching}`);
}

/**
 * So many requests over so many kept-alive connections.
 * @param {number} port @param {number} connections @param {number} requests
 */
async function callMany(port, connections, requests) {
  const each = requests / connections;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client(port);
      for (let i = 0; i < each; i++) {
        context.signal.throwIfAborted();
        const { status } = await client.request('/hello?name=Ada');
        if (status !== 200) throw new Error(`status ${status}`);
      }
      client.close();
    }),
  );
}
