import { setTimeout as delay } from 'node:timers/promises';
import { waitForQuiet } from '../lib/cpu.mjs';
import { LANGUAGES, small } from '../lib/handlers.mjs';
import { memoryOf, memoryOfAll } from '../lib/memory.mjs';
import { processTree } from '../lib/processes.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { findTool } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';
import { Unavailable } from '../lib/unavailable.mjs';
import { workerOf } from '../lib/worker-of.mjs';

const CALLS = 1_000;
const FLEETS = { node: 60, python: 100 };

/** The functions of compiled languages are built first, ms. */
const BUILD_LIMIT_MS = 600_000;

/** V8 gives back what starting took once nothing has happened for some seconds, ms. */
const IDLE_MS = 15_000;

/**
 * Gateway and one worker of each language, idle and after a thousand calls, then many warm functions together.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'memory',
  title: 'Memory',
  interleaved: false,
  note: 'USS is what a process owns; PSS divides shared pages among those who share them. "all" is the whole process tree.',
  async run({ context }) {
    if (!memoryOf(process.pid)) throw new Unavailable('this system has no /proc/<pid>/smaps_rollup');
    const rows = [];
    for (const { runtime, title, extension, tool } of LANGUAGES) {
      if (tool !== null && findTool(tool) === null) continue;
      const folder = writeTree(context.dir(`memory-${runtime}`), { [`hello.${extension}`]: small[runtime](1) });
      const server = await serveFolder(context, { folder });
      const call = () => server.client.request('/hello');
      await waitForQuiet(server.pid, { limitMs: BUILD_LIMIT_MS, signal: context.signal });
      await delay(IDLE_MS, undefined, { signal: context.signal });
      rows.push(row('gateway, idle', [memoryOf(server.pid)], title));
      // The first call may start the worker, and start-up is CPU too.
      await call();
      await waitForQuiet(server.pid, { signal: context.signal });
      if (runtime === 'lua') {
        // Runs in the gateway.
        for (let i = 1; i < CALLS; i++) await call();
      } else {
        const before = new Map(processTree(server.pid).map(({ pid }) => [pid, memoryOf(pid)]));
        const worker = await workerOf(server.pid, async () => {
          for (let i = 1; i < CALLS; i++) await call();
        });
        rows.push(row(`${title} worker after one call`, [before.get(worker) ?? null], null));
        rows.push(row(`${title} worker after ${CALLS} calls`, [memoryOf(worker)], null));
      }
      rows.push(row(`gateway after ${CALLS} calls`, [memoryOf(server.pid)], title));
      await server.stop();
    }
    for (const runtime of /** @type {const} */ (['node', 'python'])) {
      const count = FLEETS[runtime];
      const extension = runtime === 'node' ? 'js' : 'py';
      const files = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`f${i}.${extension}`, small[runtime](i)]),
      );
      const server = await serveFolder(context, { folder: writeTree(context.dir(`fleet-${runtime}`), files) });
      for (let i = 0; i < count; i++) {
        context.signal.throwIfAborted();
        const { status, body } = await server.client.request(`/f${i}`);
        if (status !== 200) throw new Error(`function ${i} of ${count} answered ${status}: ${body}`);
      }
      await waitForQuiet(server.pid, { signal: context.signal });
      const tree = processTree(server.pid).map(({ pid }) => pid);
      rows.push(row(`${count} warm ${runtime} functions, all`, [memoryOfAll(tree)], null));
      await server.stop();
    }
    return { scenario: 'memory', title: this.title, note: this.note, rows };
  },
};

/**
 * @param {string} name
 * @param {(import('../lib/memory.mjs').Memory | null)[]} readings
 * @param {string | null} runtime
 */
function row(name, readings, runtime) {
  const known = readings.filter((reading) => reading !== null);
  return {
    subject: runtime ? `${name} (${runtime})` : name,
    metrics: {
      rss: { unit: 'MB', values: known.map(({ rss }) => rss) },
      pss: { unit: 'MB', values: known.map(({ pss }) => pss) },
      uss: { unit: 'MB', values: known.map(({ uss }) => uss) },
    },
  };
}
