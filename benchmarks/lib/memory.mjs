import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Memory of a process in MiB. RSS counts shared pages in full; PSS divides them among those who share; USS is what
 * would be free again if the process ended.
 *
 * @typedef {{ rss: number, pss: number, uss: number }} Memory
 */

/**
 * @param {number} pid
 * @returns {Memory | null} null when the process is gone, or the kernel does not tell
 */
export function memoryOf(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch {
    return null;
  }
  const mib = (/** @type {string} */ key) =>
    Number(text.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) / 1024;
  return { rss: mib('Rss'), pss: mib('Pss'), uss: mib('Private_Clean') + mib('Private_Dirty') };
}

/**
 * @param {readonly number[]} pids
 * @returns {Memory}
 */
export function memoryOfAll(pids) {
  const total = { rss: 0, pss: 0, uss: 0 };
  for (const pid of pids) {
    const memory = memoryOf(pid);
    if (!memory) continue;
    total.rss += memory.rss;
    total.pss += memory.pss;
    total.uss += memory.uss;
  }
  return total;
}

/**
 * Lets a process's highest RSS count from now.
 * @param {number} pid
 * @returns {number} its RSS, MiB
 */
export function forgetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Not ours, or gone: its peak stays that of its whole life.
  }
  return statusMib(pid, 'VmRSS');
}

/** @param {number} pid @returns {number} highest RSS, MiB */
export function peakOf(pid) {
  return statusMib(pid, 'VmHWM');
}

/** @param {number} pid @param {string} key */
function statusMib(pid, key) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(status.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
