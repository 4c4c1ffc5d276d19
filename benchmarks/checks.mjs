#!/usr/bin/env node
// Guards of the hot path that do not depend on how fast or busy the machine is: system calls per request, counted by
// strace, what follows from them, frames per write, and bytes that the gateway allocates per request. `npx vitest run
// tests/hot-path.test.ts` runs it. Exit code 1 when a bound is broken; what cannot be measured here is said and passed over.
//
// Bounds: what was measured, and about a third more (system calls that happen exactly once: a tenth, for timers and
// pings). An extra write for each answer or an object built for each request breaks them, noise does not. To renew them,
// run this file a few times and look at what it prints; raise a bound only with a reason in the commit message.
import { join } from 'node:path';
import { allocatedSince, collections, TRACE_GC } from './lib/allocations.mjs';
import { Context } from './lib/context.mjs';
import { NODE, PYTHON } from './lib/handlers.mjs';
import { parseOptions } from './lib/options.mjs';
import { rawLoad } from './lib/raw-load.mjs';
import { number } from './lib/report.mjs';
import { serveFolder } from './lib/serve.mjs';
import { countCalls } from './lib/strace.mjs';
import { findTool } from './lib/tools.mjs';
import { writeTree } from './lib/tree.mjs';
import { Unavailable } from './lib/unavailable.mjs';
import { workerOf } from './lib/worker-of.mjs';

const HELLO = '/hello?name=Ada';

/**
 * @typedef {Partial<import('./lib/strace.mjs').CallCounts>} Bounds calls per request
 * @typedef {{ name: string, files: Record<string, string>, path?: string, connections: number, pipelined?: number,
 *             requests: number, gateway: Bounds, worker: Bounds }} CallCheck
 */

/** Its head is gone before the most of it comes. */
const STREAM = `const piece = Buffer.alloc(1024, 'x');
const turn = () => new Promise((resolve) => setImmediate(resolve));
export const handler = async function* () {
  yield piece;
  await turn();
  await turn();
  for (let i = 0; i < 255; i++) yield piece;
};
`;

/** One after the other everything happens once. */
const ONCE = {
  gateway: { tcpReads: 1.1, tcpWrites: 1.1, unixReads: 1.1, unixWrites: 1.1 },
  worker: { unixReads: 1.1, unixWrites: 1.1 },
};

/** @type {readonly CallCheck[]} */
const CALL_CHECKS = [
  { name: 'node, 1 connection', files: { 'hello.js': NODE['hello.js'] }, connections: 1, requests: 400, ...ONCE },
  { name: 'python, 1 connection', files: { 'hello.py': PYTHON['hello.py'] }, connections: 1, requests: 400, ...ONCE },
  {
    // The hop to the worker must share its calls; the clients' sockets cannot.
    name: 'node, 64 connections',
    files: { 'hello.js': NODE['hello.js'] },
    connections: 64,
    requests: 3_200,
    gateway: { tcpReads: 1.1, tcpWrites: 1.1, unixReads: 0.25, unixWrites: 0.25 },
    worker: { unixReads: 0.25, unixWrites: 0.25 },
  },
  {
    name: 'node, 4 connections, 16 requests in each write',
    files: { 'hello.js': NODE['hello.js'] },
    connections: 4,
    pipelined: 16,
    requests: 3_200,
    gateway: { tcpReads: 0.15, tcpWrites: 1.1, unixReads: 0.15, unixWrites: 0.15 },
    worker: { unixReads: 0.15, unixWrites: 0.15 },
  },
  {
    // 256 KiB in pieces of 1 KiB: never a write for each. The gateway reads 64 KiB at a time.
    name: 'node, stream of 256 pieces, 1 connection',
    files: { 'stream.js': STREAM },
    path: '/stream',
    connections: 1,
    requests: 100,
    gateway: { tcpReads: 1.1, tcpWrites: 16, unixReads: 20, unixWrites: 8 },
    worker: { unixReads: 8, unixWrites: 12 },
  },
];

/**
 * Bytes that the gateway allocates on V8's heap for one request, after warming up.
 * @typedef {{ name: string, files: Record<string, string>, path: string, requests: number, most: number }} AllocationCheck
 */

/** @type {readonly AllocationCheck[]} */
const ALLOCATION_CHECKS = [
  { name: 'node', files: { 'hello.js': NODE['hello.js'] }, path: HELLO, requests: 30_000, most: 6_500 },
  // 5 frames and not 256.
  {
    name: 'node, stream of 256 pieces',
    files: { 'stream.js': STREAM },
    path: '/stream',
    requests: 3_000,
    most: 40_000,
  },
];

const context = new Context(parseOptions(process.argv.slice(2)).settings, (line) => console.error(line));
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => context.abort());
try {
  try {
    if (!findTool('strace')) throw new Unavailable('strace is not installed');
    for (const check of CALL_CHECKS) await checkCalls(check);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`System calls are not checked: ${error.message}`);
  }
  for (const check of ALLOCATION_CHECKS) await checkAllocations(check);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await context.close();
}

/** @param {CallCheck} check */
async function checkCalls({ name, files, path = HELLO, connections, pipelined = 1, requests, gateway, worker }) {
  const folder = writeTree(context.dir(name.replaceAll(/\W+/g, '-')), files);
  const server = await serveFolder(context, { folder, path });
  const workerPid = await workerOf(server.pid, () =>
    rawLoad(server.port, { path, connections: 4, requests: 2_000, pipelined: 1 }),
  );
  // Not beside the functions folder: its watcher would see every line being written, and be traced for it.
  const trace = join(context.dir('logs'), 'trace');
  const counts = await countCalls([server.pid, workerPid], trace, () =>
    rawLoad(server.port, { path, connections, requests, pipelined }),
  );
  await server.stop();
  console.log(`${name}, ${requests} requests; system calls per request (at most):`);
  report('gateway', counts.get(server.pid), gateway, requests);
  report('worker', counts.get(workerPid), worker, requests);
}

/**
 * @param {string} who
 * @param {import('./lib/strace.mjs').CallCounts | undefined} counts
 * @param {Bounds} bounds
 * @param {number} requests
 */
function report(who, counts, bounds, requests) {
  if (!counts) throw new Error(`no trace of the ${who}`);
  const cells = Object.entries(counts).map(([kind, count]) => {
    const each = count / requests;
    const bound = bounds[/** @type {keyof typeof bounds} */ (kind)];
    return bound === undefined ? `${kind} ${number(each)}` : `${kind} ${number(each)} ${judge(each, bound)}`;
  });
  const batching = counts.unixWrites > 0 ? ` · ${number(requests / counts.unixWrites)} requests per write` : '';
  console.log(`  ${who.padEnd(8)} ${cells.join(' · ')}${batching}`);
}

/** @param {AllocationCheck} check */
async function checkAllocations({ name, files, path, requests, most }) {
  const folder = writeTree(context.dir(`allocations${path.split(/\W/)[1]}`), files);
  const server = await serveFolder(context, { folder, path, nodeFlags: TRACE_GC });
  const load = () => rawLoad(server.port, { path, connections: 16, requests, pipelined: 1 });
  // Code that is not compiled yet allocates more.
  await load();
  const before = collections(server.logFile, server.pid).length;
  await load();
  const list = collections(server.logFile, server.pid);
  await server.stop();
  if (before === 0 || list.length - before < 10) throw new Error('too few collections were traced to tell anything');
  const each = allocatedSince(list, before - 1) / requests;
  console.log(`${name}, 16 connections, ${requests} requests; bytes allocated per request (at most):`);
  console.log(`  gateway  ${number(each)} ${judge(each, most)} · ${list.length - before} collections`);
}

/** @param {number} value @param {number} bound */
function judge(value, bound) {
  const broken = value > bound;
  if (broken) process.exitCode = 1;
  return `(${number(bound)}) ${broken ? '✗' : '✓'}`;
}
