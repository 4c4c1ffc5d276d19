import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from './unavailable.mjs';

/**
 * System calls of running processes, counted by what they were made on.
 *
 * @typedef {{ tcpReads: number, tcpWrites: number, unixReads: number, unixWrites: number, waits: number }} CallCounts
 */

const TRACED = 'read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,poll,ppoll,epoll_wait,epoll_pwait,epoll_pwait2';
const ATTACH_LIMIT_MS = 10_000;

/**
 * Watches processes while `work` runs.
 * @param {readonly number[]} pids
 * @param {string} file for the trace
 * @param {() => Promise<void>} work
 * @returns {Promise<Map<number, CallCounts>>} by pid; threads count for their process
 * @throws Unavailable when strace may not attach (containers without SYS_PTRACE)
 */
export async function countCalls(pids, file, work) {
  const attach = pids.flatMap((pid) => ['-p', `${pid}`]);
  // Without -f only the main threads are traced: that is where all requests are handled, and it disturbs less.
  const strace = spawn('strace', ['-yy', '-s', '0', '-e', `trace=${TRACED}`, '-o', file, ...attach], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(strace, 'exit');
  let said = '';
  strace.stderr.on('data', (text) => {
    said += text;
  });
  try {
    const end = performance.now() + ATTACH_LIMIT_MS;
    while ((said.match(/attached/g) ?? []).length < pids.length) {
      if (strace.exitCode !== null || performance.now() > end)
        throw new Unavailable(`strace cannot attach: ${said.trim()}`);
      await pause(10);
    }
    await work();
  } finally {
    strace.kill('SIGINT');
    await exited;
  }
  return countLines(readFileSync(file, 'utf8'), pids);
}

/**
 * @param {string} trace lines `pid name(fd<TYPE:[…]>, …`; the pid is missing when there is only one
 * @param {readonly number[]} pids
 */
export function countLines(trace, pids) {
  const counts = new Map(pids.map((pid) => [pid, noCalls()]));
  for (const line of trace.split('\n')) {
    const match = line.match(/^(?:(\d+) +)?(\w+)\((?:\d+<([\w-]+):)?/);
    if (!match) continue;
    const count = counts.get(match[1] ? Number(match[1]) : pids[0]);
    if (!count) continue;
    const [, , name, type = ''] = match;
    if (/poll|wait/.test(name)) count.waits++;
    else {
      const write = /write|send/.test(name);
      if (type.startsWith('TCP')) write ? count.tcpWrites++ : count.tcpReads++;
      else if (type.startsWith('UNIX')) write ? count.unixWrites++ : count.unixReads++;
    }
  }
  return counts;
}

/** @returns {CallCounts} */
function noCalls() {
  return { tcpReads: 0, tcpWrites: 0, unixReads: 0, unixWrites: 0, waits: 0 };
}
