import { greetsAda, startServer } from '../lib/subject.mjs';

const TRIES = 5;

/**
 * From the start of the program to its first right answer, every subject.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'boot',
  title: 'Start of the server to its first answer',
  interleaved: false,
  async run({ context, fleet }) {
    /** @type {Map<string, number[]>} */
    const times = new Map();
    for (const subject of fleet.subjects) {
      if (await fleet.prepared(subject)) times.set(subject.id, []);
    }
    for (let round = 0; round < TRIES; round++) {
      for (const subject of fleet.subjects) {
        const list = times.get(subject.id);
        if (!list) continue;
        context.signal.throwIfAborted();
        const command = (/** @type {number} */ port) => subject.command(context, port);
        const server = await startServer(subject.id, command, { context, check: greetsAda });
        list.push(server.readyMs);
        await server.stop();
      }
    }
    const rows = [...times].map(([subject, values]) => ({ subject, metrics: { ready: { unit: 'ms', values } } }));
    return { scenario: 'boot', title: this.title, baseline: 'node-http', rows };
  },
};
