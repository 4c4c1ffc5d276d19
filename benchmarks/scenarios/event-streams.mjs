import { cpuSince, readCpu, waitForQuiet } from '../lib/cpu.mjs';
import { Client } from '../lib/http.mjs';
import { memoryOfAll } from '../lib/memory.mjs';
import { processTree } from '../lib/processes.mjs';
import { median, quantile } from '../lib/stats.mjs';
import { EventCounter, StreamClient, until } from '../lib/stream-client.mjs';
import { EVENTS } from '../lib/stream-handlers.mjs';
import { DIRECT, streamSubjects } from '../lib/stream-subjects.mjs';

const CLIENTS = 1_000;
const EVENTS_SENT = 50;

/**
 * A thousand clients on the event stream of one function.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'event-streams',
  title: `Event stream with ${CLIENTS.toLocaleString('en')} clients`,
  interleaved: false,
  note: `cpu: of all server processes, for one event at one client. fan-out: from the POST of an event until all have it. client: memory (PSS, all processes) that each open stream adds. other, idle · busy: p50 of another function without streams, and while events go out. gone: from the leaving of half the clients until their handlers have ended.`,
  async run({ context }) {
    const { signal } = context;
    const rows = [];
    for await (const { name, server } of streamSubjects(context, EVENTS, '/events?listeners')) {
      context.log(`  ${name}`);
      const pss = () => memoryOfAll(processTree(server.pid).map(({ pid }) => pid)).pss;
      const listeners = async () =>
        JSON.parse((await server.client.request('/events?listeners')).body.toString()).listeners;
      const other = new Client(server.port);
      const idle = await times(other, 300);
      await waitForQuiet(server.pid, { signal });
      const before = pss();

      const counters = Array.from({ length: CLIENTS }, () => new EventCounter());
      const clients = counters.map((counter) => new StreamClient(server.port, '/events', (data) => counter.add(data)));
      await until(() => clients.every((client) => client.bytes > 0), {
        what: `${name}: all clients are welcome`,
        signal,
      });
      await until(async () => (await listeners()) === CLIENTS, { what: `${name}: all clients listen`, signal });
      await waitForQuiet(server.pid, { signal });
      const perClient = ((pss() - before) * 1024) / CLIENTS;

      const fanOut = [];
      const cpuBefore = readCpu(server.pid);
      for (let i = 1; i <= EVENTS_SENT; i++) {
        const began = performance.now();
        await server.client.request('/events', { method: 'POST', body: `event ${i}` });
        const all = () => counters.every(({ events }) => events === i);
        await until(all, { what: `${name}: all have event ${i}`, everyMs: 1, signal });
        fanOut.push(performance.now() - began);
      }
      const cpu = cpuSince(server.pid, cpuBefore) / (EVENTS_SENT * CLIENTS);

      let sending = true;
      const sender = (async () => {
        while (sending) await server.client.request('/events', { method: 'POST', body: 'more' });
      })();
      const busy = await times(other, 300);
      sending = false;
      await sender;

      const began = performance.now();
      for (const client of clients.slice(0, CLIENTS / 2)) client.vanish();
      await until(async () => (await listeners()) === CLIENTS / 2, {
        what: `${name}: half the handlers ended`,
        signal,
      });
      const gone = performance.now() - began;
      for (const client of clients) client.vanish();
      await until(async () => (await listeners()) === 0, { what: `${name}: all handlers ended`, signal });
      other.close();
      await server.stop();

      rows.push({
        subject: name,
        metrics: {
          cpu: { unit: 'µs', values: [cpu] },
          'fan-out': { unit: 'ms', values: fanOut },
          client: { unit: 'KiB', values: [perClient] },
          'other, idle': { unit: 'ms', values: [median(idle)] },
          'other, busy': { unit: 'ms', values: [median(busy)] },
          'other, busy p99': { unit: 'ms', values: [quantile(busy, 0.99)] },
          gone: { unit: 'ms', values: [gone] },
        },
      });
    }
    return { scenario: 'event-streams', title: this.title, note: this.note, baseline: DIRECT, rows };
  },
};

/** @param {Client} client @param {number} count @returns {Promise<number[]>} ms of single calls */
async function times(client, count) {
  const list = [];
  for (let i = 0; i < count; i++) list.push((await client.request('/hello?name=Ada')).ms);
  return list;
}
