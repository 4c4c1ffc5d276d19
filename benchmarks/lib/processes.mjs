import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes as the kernel shows them under /proc. On other systems the lists are empty and figures that need them are
 * left out of the report.
 *
 * @typedef {{ pid: number, ppid: number, startTicks: number, cpuTicks: number, name: string, state: string }} ProcessInfo
 */

/** Clock ticks a second of /proc/<pid>/stat; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
export const MICROSECONDS_PER_TICK = 1e6 / TICKS_PER_SECOND;

/**
 * @param {number} pid
 * @returns {ProcessInfo | null} null when it is gone
 */
export function processInfo(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name is in parentheses and may hold spaces and parentheses itself.
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const rest = stat.slice(close + 2).split(' ');
  return {
    pid,
    name: stat.slice(open + 1, close),
    state: rest[0],
    ppid: Number(rest[1]),
    cpuTicks: Number(rest[11]) + Number(rest[12]),
    startTicks: Number(rest[19]),
  };
}

/**
 * A process and all that descend from it, zombies left out.
 * @param {number} root
 * @returns {ProcessInfo[]} parents before children
 */
export function processTree(root) {
  /** @type {Map<number, ProcessInfo[]>} */
  const children = new Map();
  let top = null;
  for (const name of listPids()) {
    const info = processInfo(Number(name));
    if (!info || info.state === 'Z') continue;
    if (info.pid === root) top = info;
    const siblings = children.get(info.ppid);
    if (siblings) siblings.push(info);
    else children.set(info.ppid, [info]);
  }
  if (!top) return [];
  const tree = [top];
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i].pid) ?? []));
  return tree;
}

/** @param {ProcessInfo} info is this very process alive, and not another one that got its number */
export function isAlive(info) {
  const now = processInfo(info.pid);
  return now !== null && now.state !== 'Z' && now.startTicks === info.startTicks;
}

/**
 * Arguments of a process, joined by spaces.
 * @param {number} pid
 */
export function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return '';
  }
}

function listPids() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
