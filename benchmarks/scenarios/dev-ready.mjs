import { small } from '../lib/handlers.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { writeTree } from '../lib/tree.mjs';

const FUNCTIONS = 100;
const TRIES = 10;

/**
 * `fastfn dev` on a hundred functions: from its start to the first answer of a function, in each language.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'dev-ready',
  title: `\`fastfn dev\` with ${FUNCTIONS} functions`,
  interleaved: false,
  note: 'From the start of the command. listening: it answers `/_fn/live`.',
  async run({ context }) {
    const files = Object.fromEntries(
      Array.from({ length: FUNCTIONS }, (_, i) =>
        i % 2 === 0 ? [`f${i}.js`, small.node(i)] : [`f${i}.py`, small.python(i)],
      ),
    );
    const folder = writeTree(context.dir('dev-ready'), files);
    const rows = [];
    for (const [subject, path] of [
      ['listening', '/_fn/live'],
      ['first node answer', '/f0'],
      ['first python answer', '/f1'],
    ]) {
      const times = [];
      for (let i = 0; i < TRIES; i++) {
        context.signal.throwIfAborted();
        const server = await serveFolder(context, { folder, mode: 'dev', path });
        times.push(server.readyMs);
        await server.stop();
      }
      rows.push({ subject, metrics: { ready: { unit: 'ms', values: times } } });
    }
    return { scenario: 'dev-ready', title: this.title, note: this.note, rows };
  },
};
