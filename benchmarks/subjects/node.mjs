import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNext, installNpmPeers } from '../lib/peers.mjs';
import { versionOf } from '../lib/tools.mjs';
import { Unavailable } from '../lib/unavailable.mjs';

const plain = fileURLToPath(new URL('../peers/npm/node-http.mjs', import.meta.url));

/** @type {import('../lib/subject.mjs').Subject[]} */
export default [
  nodeHttp({ id: 'node-http', title: 'node:http', workers: 1 }),
  nodeHttp({ id: 'node-http-x2', title: 'node:http, 2 processes (cluster)', workers: 2 }),
  framework({ id: 'fastify', title: 'Fastify', package: 'fastify' }),
  framework({ id: 'express', title: 'Express 5', package: 'express' }),
  framework({ id: 'hono', title: 'Hono on @hono/node-server', package: 'hono' }),
  {
    id: 'next',
    title: 'Next.js route handler',
    ours: false,
    can: [],
    async prepare(context) {
      return packageVersion(await installNext(context), 'next');
    },
    command({ settings: { peers } }, port) {
      return {
        command: process.execPath,
        args: ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', `${port}`],
        cwd: join(peers, 'next'),
        env: { NEXT_TELEMETRY_DISABLED: '1' },
      };
    },
  },
  {
    id: 'bun',
    title: 'Bun.serve',
    ours: false,
    can: [],
    async prepare(context) {
      await installNpmPeers(context);
      const version = versionOf(bunBinary(context), '--version');
      if (!version) throw new Unavailable('the npm package has no binary for this system');
      return version;
    },
    command(context, port) {
      const folder = join(context.settings.peers, 'npm');
      return { command: bunBinary(context), args: ['bun.mjs'], cwd: folder, env: { PORT: `${port}` } };
    },
  },
];

/**
 * @param {{ id: string, title: string, workers: number }} options
 * @returns {import('../lib/subject.mjs').Subject}
 */
function nodeHttp({ id, title, workers }) {
  return {
    id,
    title,
    ours: false,
    can: workers === 1 ? ['echo', 'stream'] : [],
    prepare: async () => process.versions.node,
    command: (_context, port) => ({
      command: process.execPath,
      args: [plain],
      env: { PORT: `${port}`, WORKERS: `${workers}` },
    }),
  };
}

/**
 * @param {{ id: string, title: string, package: string }} options
 * @returns {import('../lib/subject.mjs').Subject}
 */
function framework({ id, title, package: name }) {
  return {
    id,
    title,
    ours: false,
    can: [],
    async prepare(context) {
      return packageVersion(await installNpmPeers(context), name);
    },
    command({ settings: { peers } }, port) {
      return { command: process.execPath, args: [`${id}.mjs`], cwd: join(peers, 'npm'), env: { PORT: `${port}` } };
    },
  };
}

/** Bun ships its binary in a package for each system; the wrapper would need an install script. */
function bunBinary(/** @type {import('../lib/context.mjs').Context} */ { settings: { peers } }) {
  const system = `${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
  return join(peers, `npm/node_modules/@oven/bun-${system}/bin/bun`);
}

/** @param {string} folder @param {string} name */
function packageVersion(folder, name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}
