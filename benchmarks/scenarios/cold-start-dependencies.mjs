import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { waitForQuiet } from '../lib/cpu.mjs';
import { serveFolder } from '../lib/serve.mjs';
import { median } from '../lib/stats.mjs';
import { findTool } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';

const TRIES = 10;

/**
 * A function that imports a package of the size people use. `bare`: the same without it. `alone`: a program of the
 * language that does nothing but import it, and one that does nothing.
 *
 * @typedef {{ name: string, tool: string, extension: string, manifest: Record<string, string | object>,
 *             handler: string, bare: string, alone: readonly [string[], string[]] }} Dependency
 */

/** @type {readonly Dependency[]} */
const DEPENDENCIES = [
  node('express', '5.2.1'),
  node('zod', '4.1.13'),
  {
    name: 'requests (Python)',
    tool: 'python3',
    extension: 'py',
    manifest: { 'requirements.txt': 'requests==2.32.5\n' },
    handler: 'import requests\n\n\ndef handler(event):\n    return requests.__name__\n',
    bare: 'def handler(event):\n    return "bare"\n',
    alone: [
      ['python3', '-c', 'import sys; sys.path.insert(0, ".deps"); import requests'],
      ['python3', '-c', 'pass'],
    ],
  },
  {
    name: 'monolog (PHP)',
    tool: 'composer',
    extension: 'php',
    manifest: { 'composer.json': { require: { 'monolog/monolog': '3.9.0' } } },
    handler: `<?php\nfunction handler(array $event) {\n    return (new Monolog\\Logger('x', [new Monolog\\Handler\\NullHandler()]))->getName();\n}\n`,
    bare: `<?php\nfunction handler(array $event) {\n    return 'bare';\n}\n`,
    alone: [
      ['php', '-r', `require 'vendor/autoload.php'; new Monolog\\Logger('x', [new Monolog\\Handler\\NullHandler()]);`],
      ['php', '-r', ''],
    ],
  },
];

/**
 * First call of functions with a real dependency, as after a deploy: it is installed, and no worker runs.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'cold-start-dependencies',
  title: 'Cold first call of a function with a dependency',
  interleaved: false,
  note: 'bare: first call of a function of the same language without it. import: what a program of the language alone needs for it, beyond its own start. What is left of `first` after both is ours. warm: second call.',
  async run({ context }) {
    const rows = [];
    const missing = [];
    for (const { name, tool, extension, manifest, handler, bare, alone } of DEPENDENCIES) {
      if (!findTool(tool)) continue;
      context.log(`  ${name}`);
      const base = context.dir(`cold-${name.replaceAll(/\W+/g, '-')}`);
      const folder = writeTree(join(base, 'with'), { ...manifest, ...copies(handler, extension) });
      const without = writeTree(join(base, 'bare'), copies(bare, extension));
      try {
        // Installs: what a deploy does before the first visitor comes.
        await (await serveFolder(context, { folder, path: '/f0' })).stop();
      } catch (error) {
        context.signal.throwIfAborted();
        context.log(`  – ${name} is left out: ${error instanceof Error ? error.message : error}`);
        missing.push(name);
        continue;
      }
      const { first, warm } = await firstCalls(context, folder);
      const { first: bareFirst } = await firstCalls(context, without);
      const ms = (/** @type {number[]} */ values) => ({ unit: 'ms', values });
      rows.push({
        subject: name,
        metrics: { first: ms(first), bare: ms(bareFirst), import: ms(importTimes(folder, alone)), warm: ms(warm) },
      });
    }
    const note = missing.length === 0 ? this.note : `${this.note} Not to be installed here: ${missing.join(', ')}.`;
    return { scenario: 'cold-start-dependencies', title: this.title, note, rows };
  },
};

/** @param {string} handler @param {string} extension */
function copies(handler, extension) {
  return Object.fromEntries(Array.from({ length: TRIES }, (_, i) => [`f${i}.${extension}`, handler]));
}

/** @param {import('../lib/context.mjs').Context} context @param {string} folder @returns {Promise<{ first: number[], warm: number[] }>} */
async function firstCalls(context, folder) {
  const server = await serveFolder(context, { folder });
  const call = async (/** @type {string} */ path) => {
    const { status, ms, body } = await server.client.request(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body}`);
    return ms;
  };
  const first = [];
  const warm = [];
  for (let i = 0; i < TRIES; i++) {
    await waitForQuiet(server.pid, { limitMs: 3_000, signal: context.signal });
    first.push(await call(`/f${i}`));
    warm.push(await call(`/f${i}`));
  }
  await server.stop();
  return { first, warm };
}

/** @param {string} name @param {string} version @returns {Dependency} */
function node(name, version) {
  return {
    name: `${name} (Node)`,
    tool: 'npm',
    extension: 'js',
    manifest: { 'package.json': { private: true, type: 'module', dependencies: { [name]: version } } },
    handler: `import * as imported from '${name}';\nexport const handler = () => Object.keys(imported).length;\n`,
    bare: `export const handler = () => 'bare';\n`,
    alone: [
      [process.execPath, '--input-type=module', '-e', `await import('${name}')`],
      [process.execPath, '--input-type=module', '-e', ''],
    ],
  };
}

/** @param {string} cwd @param {readonly [string[], string[]]} commands @returns {number[]} ms of the first beyond the second */
function importTimes(cwd, [importing, empty]) {
  const time = (/** @type {string[]} */ [command, ...args]) => {
    const began = performance.now();
    const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return performance.now() - began;
  };
  time(importing);
  const base = median(Array.from({ length: TRIES }, () => time(empty)));
  return Array.from({ length: TRIES }, () => time(importing) - base);
}
