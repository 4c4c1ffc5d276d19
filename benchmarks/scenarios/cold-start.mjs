import { waitForQuiet } from '../lib/cpu.mjs';
import { LANGUAGES, small } from '../lib/handlers.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { findTool } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';

const TRIES = 20;

/** The functions of compiled languages are built first, ms. */
const BUILD_LIMIT_MS = 600_000;

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
    const missing = [];
    for (const { runtime, title, extension, tool } of LANGUAGES) {
      if (tool !== null && findTool(tool) === null) {
        missing.push(title);
        continue;
      }
      for (const pauses of [true, false]) {
        const name = `${title} function${pauses ? '' : ', in a row'}`;
        const files = Object.fromEntries(
          Array.from({ length: TRIES }, (_, i) => [`f${i}.${extension}`, small[runtime](i)]),
        );
        const folder = writeTree(context.dir(`cold-${runtime}-${pauses}`), files);
        const server = await serveFolder(context, { folder });
        await waitForQuiet(server.pid, { limitMs: BUILD_LIMIT_MS, signal: context.signal });
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
    const note = missing.length > 0 ? `Not installed: ${missing.join(', ')}.` : undefined;
    return { scenario: 'cold-start', title: this.title, ...(note && { note }), rows };
  },
};
