import { waitForQuiet } from '../lib/cpu.mjs';
import { memoryOfAll } from '../lib/memory.mjs';
import { processTree } from '../lib/processes.mjs';
import { median } from '../lib/stats.mjs';
import { StreamClient, until } from '../lib/stream-client.mjs';
import { FLOOD_PIECE_BYTES, flood } from '../lib/stream-handlers.mjs';
import { DIRECT, streamSubjects } from '../lib/stream-subjects.mjs';

const READERS = 1_000;
/** Long enough to start all readers and to find that nothing moves any more. */
const TIMEOUT_MS = 60_000;

/**
 * A thousand readers of an endless body that stop reading after its first bytes.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'slow-readers',
  title: `${READERS.toLocaleString('en')} readers that stop reading`,
  interleaved: false,
  note: `given: what the handler was asked for, for each reader, before it was made to wait. reader: memory (PSS, all processes) that each adds; what lies in the kernel's socket buffers is not in it. other: p50 of another function meanwhile. ended: from the first reader until the handlers of all have ended, by \`timeout_ms\` of ${TIMEOUT_MS / 1000} s (node:http has none: there the clients leave).`,
  async run({ context }) {
    const { signal } = context;
    const rows = [];
    for await (const { name, server } of streamSubjects(context, flood(TIMEOUT_MS), '/flood?given')) {
      context.log(`  ${name}`);
      const state = async () => JSON.parse((await server.client.request('/flood?given')).body.toString());
      const pss = () => memoryOfAll(processTree(server.pid).map(({ pid }) => pid)).pss;
      await waitForQuiet(server.pid, { signal });
      const before = pss();
      const began = performance.now();
      const readers = Array.from({ length: READERS }, () => {
        const reader = new StreamClient(server.port, '/flood', () => reader.pause());
        return reader;
      });
      await until(() => readers.every(({ bytes }) => bytes > 0), { what: `${name}: all readers began`, signal });
      let given = -1;
      await until(
        async () => {
          const last = given;
          ({ given } = await state());
          return given === last;
        },
        { what: `${name}: the handlers wait`, everyMs: 500, signal },
      );
      const memory = ((pss() - before) * 1024) / READERS;
      const other = [];
      for (let i = 0; i < 300; i++) other.push((await server.client.request('/hello?name=Ada')).ms);
      if (name === DIRECT) for (const reader of readers) reader.vanish();
      await until(async () => (await state()).running === 0, {
        what: `${name}: the handlers ended`,
        limitMs: 2 * TIMEOUT_MS,
        everyMs: 100,
        signal,
      });
      const ended = (performance.now() - began) / 1000;
      for (const reader of readers) reader.vanish();
      await server.stop();
      rows.push({
        subject: name,
        metrics: {
          reader: { unit: 'KiB', values: [memory] },
          given: { unit: 'KiB', values: [(given * FLOOD_PIECE_BYTES) / 1024 / READERS] },
          other: { unit: 'ms', values: [median(other)] },
          ...(name === DIRECT ? {} : { ended: { unit: 's', values: [ended] } }),
        },
      });
    }
    return { scenario: 'slow-readers', title: this.title, note: this.note, baseline: DIRECT, rows };
  },
};
