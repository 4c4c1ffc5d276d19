import { processTree } from './processes.mjs';

/**
 * The worker of the function that `work` calls: below the gateway, the process that used most CPU meanwhile.
 * @param {number} gateway pid
 * @param {() => Promise<void>} work some hundred calls, so that its share is beyond doubt
 * @returns {Promise<number>} its pid
 */
export async function workerOf(gateway, work) {
  const before = new Map(processTree(gateway).map(({ pid, cpuTicks }) => [pid, cpuTicks]));
  await work();
  const used = processTree(gateway)
    .filter(({ pid }) => pid !== gateway)
    .map(({ pid, cpuTicks }) => ({ pid, ticks: cpuTicks - (before.get(pid) ?? 0) }))
    .sort((a, b) => b.ticks - a.ticks);
  if (used.length === 0) throw new Error('the server has no worker processes');
  return used[0].pid;
}
