import { MICROSECONDS_PER_TICK, processInfo, processTree } from './processes.mjs';

/** @typedef {Map<number, number>} CpuReading pid → ticks used so far */

/**
 * What every process of a server has used until now, in user and system mode.
 * @param {number} rootPid
 * @returns {CpuReading}
 */
export function readCpu(rootPid) {
  return new Map(processTree(rootPid).map(({ pid, cpuTicks }) => [pid, cpuTicks]));
}

/**
 * CPU µs that a server used since a reading. Processes born since count in full; what a process used that died since is
 * lost, so measure while the set of processes is stable (after a warm-up).
 * @param {number} rootPid
 * @param {CpuReading} before
 * @returns {number} 0 where there is no /proc
 */
export function cpuSince(rootPid, before) {
  let ticks = 0;
  for (const [pid, used] of readCpu(rootPid)) ticks += used - (before.get(pid) ?? 0);
  return ticks * MICROSECONDS_PER_TICK;
}

/**
 * Resolves when a server has used next to nothing for a moment, or after `limitMs`.
 * @param {number} rootPid
 * @param {{ limitMs?: number, signal?: AbortSignal }} [options]
 */
export async function waitForQuiet(rootPid, { limitMs = 10_000, signal } = {}) {
  const end = performance.now() + limitMs;
  let quiet = 0;
  while (quiet < 2 && performance.now() < end && processInfo(rootPid)) {
    signal?.throwIfAborted();
    const before = readCpu(rootPid);
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Two ticks of 10 ms in 100 ms are timers and garbage collection, no start-up.
    quiet = cpuSince(rootPid, before) <= 2 * MICROSECONDS_PER_TICK ? quiet + 1 : 0;
  }
}
