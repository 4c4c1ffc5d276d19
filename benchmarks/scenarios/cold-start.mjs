import { waitForQuiet } from '../lib/cpu.mjs';
import { small } from '../lib/handlers.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { writeTree } from '../lib/tree.mjs';

const TRIES = 20;
const EXTENSION = { node: 'js', python: 'py' };

/**
 * The first call of a function whose worker does not run yet, twenty functions each. Once with a pause before each,
 * as when visitors come now and then, and once one right after the other, as after a deploy.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'cold-start',
  title: 'Cold first call of a function',
  interleaved: false,
  async run({ context }) {
    const rows = [];
    for (const runtime of /** @type {const} */ (['node', 'python'])) {
      for (const pauses of [true, false]) {
        const name = `${runtime}${pauses ? '' : ', in a row'}`;
        const files = Object.fromEntries(
          Array.from({ length: TRIES }, (_, i) => [`f${i}.${EXTENSION[runtime]}`, small[runtime](i)]),
        );
        const folder = writeTree(context.dir(`cold-${runtime}-${pauses}`), files);
        const server = await serveFolder(context, { folder });
        await waitForQuiet(server.pid, { signal: context.signal });
        const times = [];
        for (let i = 0; i < TRIES; i++) {
          context.signal.throwIfAborted();
          if (pauses) await waitForQuiet(server.pid, { limitMs: 2_000, signal: context.signal });
          const { status, ms, body } = await server.client.request(`/f${i}`);
          if (status !== 200) throw new Error(`cold ${runtime} function answered ${status}: ${body}`);
          times.push(ms);
        }
        await server.stop();
        rows.push({ subject: name, metrics: { first: { unit: 'ms', values: times } } });
      }
    }
    return { scenario: 'cold-start', title: this.title, rows };
  },
};
