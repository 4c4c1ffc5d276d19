import { fileURLToPath } from 'node:url';
import { NODE } from './handlers.mjs';
import { serveFolder } from './serve.mjs';
import { greetsAda, startServer } from './subject.mjs';
import { findTool } from './tools.mjs';
import { writeTree } from './tree.mjs';

const direct = fileURLToPath(new URL('../peers/npm/node-streams.mjs', import.meta.url));

export const DIRECT = 'node:http';
const TITLES = { node: 'FastFN, Node function', python: 'FastFN, Python function', go: 'FastFN, Go function' };

/**
 * The subjects of a scenario about streams: node:http by hand first, then FastFN with these functions of each language
 * and `/hello` beside them. One runs at a time.
 * @param {import('./context.mjs').Context} context
 * @param {Record<string, Record<string, string | object>>} functions files by language
 * @param {string} path that must answer 200 before it counts as started
 * @returns {AsyncGenerator<{ name: string, server: import('./subject.mjs').RunningServer }>}
 */
export async function* streamSubjects(context, functions, path) {
  const command = (/** @type {number} */ port) => ({
    command: process.execPath,
    args: [direct],
    env: { PORT: `${port}` },
  });
  yield { name: DIRECT, server: await startServer('node-streams', command, { context, check: greetsAda }) };
  for (const [language, files] of Object.entries(functions)) {
    if (language === 'go' && !findTool('go')) continue;
    const name = TITLES[/** @type {keyof typeof TITLES} */ (language)];
    const folder = writeTree(context.dir(`streams-${path.split(/\W/)[1]}-${language}`), {
      'hello.js': NODE['hello.js'],
      ...files,
    });
    const server = await serveFolder(context, { folder, path });
    await server.client.request('/hello?name=Ada');
    yield { name, server };
  }
}
