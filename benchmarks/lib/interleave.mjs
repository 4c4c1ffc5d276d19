import { cpuSince, readCpu, waitForQuiet } from './cpu.mjs';

/**
 * One round of one subject.
 * @typedef {{ rps: number, p50Us: number, p99Us: number, cpuUs: number, errors: number }} Sample
 */

/**
 * Rounds A B C … A B C …, so that whatever else the machine does hits all subjects alike; a first, longer round that is
 * not counted warms caches, compilers and pools: the same time for each, for much code takes longer to be compiled than little.
 * @param {{ servers: readonly import('./subject.mjs').RunningServer[], request: import('./load.mjs').LoadRequest,
 *           connections: number, load: import('./load.mjs').LoadTool, context: import('./context.mjs').Context }} options
 * @returns {Promise<Map<string, Sample[]>>} by subject, one sample a round
 */
export async function interleave({ servers, request, connections, load, context }) {
  const { rounds, seconds, warmup } = context.settings;
  /** @type {Map<string, Sample[]>} */
  const samples = new Map(servers.map(({ id }) => [id, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { id, port, pid } of servers) {
      context.signal.throwIfAborted();
      await waitForQuiet(pid, { limitMs: 3_000, signal: context.signal });
      const before = readCpu(pid);
      const result = await load.run(port, request, { connections, seconds: round === 0 ? warmup : seconds });
      if (round === 0) continue;
      const cpuUs = result.requests > 0 ? cpuSince(pid, before) / result.requests : 0;
      const { rps, p50Us, p99Us, errors } = result;
      samples.get(id)?.push({ rps, p50Us, p99Us, cpuUs, errors });
    }
    context.log(round === 0 ? '  warm' : `  round ${round} of ${rounds}`);
  }
  return samples;
}
