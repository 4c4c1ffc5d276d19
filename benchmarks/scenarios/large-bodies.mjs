import { waitForQuiet } from '../lib/cpu.mjs';
import { forgetPeak, peakOf } from '../lib/memory.mjs';
import { processTree } from '../lib/processes.mjs';
import { bodies } from '../lib/stream-handlers.mjs';
import { DIRECT, streamSubjects } from '../lib/stream-subjects.mjs';

const BYTES = 100 * 2 ** 20;
const TRIES = 5;

/** Id, title, request. */
const KINDS = /** @type {const} */ ([
  ['large-up', '100 MiB up', '/bodies/up', true],
  ['large-echo', '100 MiB echo', '/bodies/echo', true],
  ['large-down', '100 MiB down, whole', '/bodies/down', false],
  ['large-stream', '100 MiB down, streamed', '/bodies/stream', false],
]);

/**
 * Bodies far beyond every buffer, one after the other. What is streamed must not need memory of its size; what a handler
 * gets or gives as one value must.
 * @type {readonly import('./index.mjs').Scenario[]}
 */
export default KINDS.map(([id, title, path, up]) => ({
  id,
  title,
  interleaved: false,
  note: 'peak: highest memory (RSS) meanwhile, beyond that before the first of them, of the gateway (or only process) and of the worker.',
  async run({ context }) {
    const rows = [];
    const sent = Buffer.alloc(BYTES, 'x');
    for await (const { name, server } of streamSubjects(context, bodies(BYTES), '/bodies/stream?bytes=1')) {
      const speeds = [];
      const gateway = [];
      const worker = [];
      await waitForQuiet(server.pid, { limitMs: 3_000, signal: context.signal });
      const pids = processTree(server.pid).map(({ pid }) => pid);
      const before = pids.map(forgetPeak);
      for (let i = 0; i < TRIES; i++) {
        context.signal.throwIfAborted();
        pids.forEach(forgetPeak);
        const answer = up
          ? await server.client.request(path, { method: 'POST', body: sent, timeoutMs: 300_000 })
          : await server.client.request(`${path}?bytes=${BYTES}`, { timeoutMs: 300_000 });
        const right = id === 'large-up' ? JSON.parse(answer.body.toString()).bytes === BYTES : answer.body.equals(sent);
        if (answer.status !== 200 || !right) throw new Error(`${name} answered ${title} wrongly: ${answer.status}`);
        speeds.push(BYTES / 2 ** 20 / (answer.ms / 1000));
        const grown = pids.map((pid, at) => peakOf(pid) - before[at]);
        gateway.push(grown[0]);
        if (pids.length > 1) worker.push(Math.max(...grown.slice(1)));
      }
      await server.stop();
      rows.push({
        subject: name,
        metrics: {
          speed: { unit: 'MiB/s', values: speeds },
          'gateway peak': { unit: 'MB', values: gateway },
          'worker peak': { unit: 'MB', values: worker },
        },
      });
    }
    return { scenario: id, title: `${title}, one at a time`, note: this.note, baseline: DIRECT, rows };
  },
}));
