import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { small } from '../lib/handlers.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { writeTree } from '../lib/tree.mjs';

const EDITS = 50;
const ANSWER_LIMIT_MS = 15_000;

/** @typedef {{ id: string, path: string, file: string, files: Record<string, string>, content(value: number): string }} Edited */

/** @type {readonly Edited[]} */
const CASES = [
  {
    id: 'node handler',
    path: '/plain',
    file: 'plain.js',
    files: { 'plain.js': small.node(0) },
    content: small.node,
  },
  {
    id: 'node helper',
    path: '/using',
    file: '_value.js',
    files: {
      'using.js': `import { value } from './_value.js';\nexport const handler = () => ({ value });\n`,
      '_value.js': 'export const value = 0;\n',
    },
    content: (value) => `export const value = ${value};\n`,
  },
  {
    id: 'python handler',
    path: '/plain',
    file: 'plain.py',
    files: { 'plain.py': small.python(0) },
    content: small.python,
  },
  {
    id: 'python helper',
    path: '/using',
    file: '_value.py',
    files: {
      'using.py': `from _value import VALUE\n\n\ndef handler(event):\n    return {"value": VALUE}\n`,
      '_value.py': 'VALUE = 0\n',
    },
    content: (value) => `VALUE = ${value}\n`,
  },
];

/**
 * A person saves a file and reloads the page: from the write to the first answer of the new code, under `fastfn dev`.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'save-to-answer',
  title: `Save to answer, ${EDITS} edits`,
  interleaved: false,
  note: 'From the write of the file to the first answer with the new value, asked for every 2 ms.',
  async run({ context }) {
    const rows = [];
    for (const edited of CASES) {
      const folder = writeTree(context.dir(`save-${edited.id.replace(' ', '-')}`), edited.files);
      const server = await serveFolder(context, { folder, mode: 'dev', path: edited.path });
      const times = [];
      let wrong = 0;
      for (let edit = 1; edit <= EDITS; edit++) {
        context.signal.throwIfAborted();
        // Nobody saves twice in a quarter of a second; varied, so that no timer of ours can be in step with it.
        await pause(250 + ((edit * 37) % 100));
        const began = performance.now();
        writeFileSync(join(folder, edited.file), edited.content(edit));
        const seen = await untilAnswer(server.client, edited.path, edit);
        times.push(performance.now() - began);
        wrong += seen.errors;
      }
      await server.stop();
      const metrics = { edit: { unit: 'ms', values: times }, failed: { unit: 'answers', values: [wrong] } };
      rows.push({ subject: edited.id, metrics });
    }
    return { scenario: 'save-to-answer', title: this.title, note: this.note, rows };
  },
};

/**
 * @param {import('../lib/http.mjs').Client} client
 * @param {string} path
 * @param {number} value
 * @returns {Promise<{ errors: number }>} answers in between that were neither old nor new
 */
async function untilAnswer(client, path, value) {
  const end = performance.now() + ANSWER_LIMIT_MS;
  let errors = 0;
  while (performance.now() < end) {
    const { status, body } = await client.request(path, { timeoutMs: ANSWER_LIMIT_MS });
    if (status === 200 && JSON.parse(body.toString()).value === value) return { errors };
    if (status !== 200) errors++;
    await pause(2);
  }
  throw new Error(`${path} still gave the old answer ${ANSWER_LIMIT_MS} ms after the edit`);
}
