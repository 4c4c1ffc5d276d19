import { waitForQuiet } from '../lib/cpu.mjs';
import { NODE, PYTHON, small } from '../lib/handlers.mjs';
import { memoryOf, memoryOfAll } from '../lib/memory.mjs';
import { processTree } from '../lib/processes.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { writeTree } from '../lib/tree.mjs';
import { Unavailable } from '../lib/unavailable.mjs';
import { workerOf } from '../lib/worker-of.mjs';

const CALLS = 1_000;
const FLEETS = { node: 60, python: 100 };

/**
 * Gateway and one worker after a thousand calls, then many warm functions together.
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
    for (const [runtime, files] of /** @type {const} */ ([
      ['node', { 'hello.js': NODE['hello.js'] }],
      ['python', { 'hello.py': PYTHON['hello.py'] }],
    ])) {
      const server = await serveFolder(context, { folder: writeTree(context.dir(`memory-${runtime}`), files) });
      await waitForQuiet(server.pid, { signal: context.signal });
      rows.push(row('gateway, idle', [memoryOf(server.pid)], runtime));
      // The first call may start the worker, and start-up is CPU too.
      await server.client.request('/hello?name=Ada');
      await waitForQuiet(server.pid, { signal: context.signal });
      const worker = await workerOf(server.pid, async () => {
        for (let i = 1; i < CALLS; i++) await server.client.request('/hello?name=Ada');
      });
      rows.push(row(`gateway after ${CALLS} calls`, [memoryOf(server.pid)], runtime));
      rows.push(row(`${runtime} worker after ${CALLS} calls`, [memoryOf(worker)], null));
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
