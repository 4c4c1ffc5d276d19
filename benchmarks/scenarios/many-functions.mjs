import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { small } from '../lib/handlers.mjs';
import { memoryOf } from '../lib/memory.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { run } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';

const SIZES = [1, 100, 10_000];
const TRIES = 3;
const PER_FOLDER = 100;
const discoverScript = fileURLToPath(new URL('../lib/discover-tree.mjs', import.meta.url));

/**
 * Cost of the number of functions: half Node, half Python, a hundred files a folder.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'many-functions',
  title: 'Number of functions',
  interleaved: false,
  note: 'discovery: a fresh process reads the tree; again: the same process once more. ready: `fastfn run` from its start to its first answer. edit: save of one handler to its answer. reload: `POST /_fn/reload` without a change. call: warm, median of 200. rps: at 64 connections. RSS: before that load.',
  async run({ context, load }) {
    const rows = [];
    for (const size of SIZES) {
      context.log(`  ${size} functions`);
      const folder = writeTree(context.dir(`many-${size}`), manyFiles(size));
      const discovery = [];
      const again = [];
      for (let i = 0; i < TRIES; i++) {
        const { root, cli } = context.settings;
        const text = await run(process.execPath, [discoverScript, root, folder], { signal: context.signal });
        const { firstMs, secondMs, routes } = JSON.parse(text);
        if (routes !== size) throw new Error(`${cli} found ${routes} routes in a tree of ${size} handlers`);
        discovery.push(firstMs);
        again.push(secondMs);
      }
      const ready = [];
      const edit = [];
      const reload = [];
      const call = [];
      const rss = [];
      const rps = [];
      for (let i = 0; i < TRIES; i++) {
        context.signal.throwIfAborted();
        const server = await serveFolder(context, { folder, path: '/d0/f0' });
        ready.push(server.readyMs);
        for (let n = 0; n < 200; n++) call.push((await server.client.request('/d0/f0')).ms);
        reload.push((await server.client.request('/_fn/reload', { method: 'POST' })).ms);
        const value = `edit ${i}`;
        const began = performance.now();
        writeFileSync(join(folder, 'd0/f0.js'), small.node(value));
        for (;;) {
          const { body } = await server.client.request('/d0/f0');
          if (body.toString().includes(value)) break;
          if (performance.now() - began > 15_000) throw new Error('the edit of one of many functions was not seen');
        }
        edit.push(performance.now() - began);
        const memory = memoryOf(server.pid);
        if (memory) rss.push(memory.rss);
        const options = { connections: 64, seconds: context.settings.seconds };
        rps.push((await load.run(server.port, { path: '/d0/f0' }, options)).rps);
        await server.stop();
      }
      const ms = (/** @type {number[]} */ values) => ({ unit: 'ms', values });
      rows.push({
        subject: `${size.toLocaleString('en')} functions`,
        metrics: {
          discovery: ms(discovery),
          again: ms(again),
          ready: ms(ready),
          edit: ms(edit),
          reload: ms(reload),
          call: ms(call),
          rps: { unit: '/s', values: rps },
          'gateway RSS': { unit: 'MB', values: rss },
        },
      });
    }
    return { scenario: 'many-functions', title: this.title, note: this.note, rows };
  },
};

/** @param {number} count */
function manyFiles(count) {
  /** @type {Record<string, string>} */
  const files = {};
  for (let i = 0; i < count; i++) {
    const python = i % 2 === 1;
    const path = `d${Math.floor(i / PER_FOLDER)}/f${i % PER_FOLDER}.${python ? 'py' : 'js'}`;
    files[path] = python ? small.python(i) : small.node(i);
  }
  return files;
}
