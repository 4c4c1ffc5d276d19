import { userInfo } from 'node:os';
import { join } from 'node:path';
import { interleave } from '../lib/interleave.mjs';
import { installNpmPeers } from '../lib/peers.mjs';
import { loadRows } from '../lib/result.mjs';
import { startServer } from '../lib/subject.mjs';
import { findTool } from '../lib/tools.mjs';
import { writeTree } from '../lib/tree.mjs';

/**
 * The same folder served by FastFN's assets, nginx and `serve`, one process each.
 * @type {readonly import('./index.mjs').Scenario[]}
 */
export default [
  files({ id: 'static-1kib', title: 'Static file of 1 KiB, 64 connections', path: '/site.css', bytes: 1024 }),
  files({ id: 'static-64kib', title: 'Static file of 64 KiB, 64 connections', path: '/picture.png', bytes: 65_536 }),
];

/**
 * @param {{ id: string, title: string, path: string, bytes: number }} options
 * @returns {import('./index.mjs').Scenario}
 */
function files({ id, title, path, bytes }) {
  return {
    id,
    title,
    interleaved: false,
    async run({ context, load }) {
      const folder = writeTree(context.dir(id), {
        [`public${path}`]: 'x'.repeat(bytes),
        'fn.config.json': { assets: { directory: 'public' } },
      });
      const commands = await servers(folder, context);
      const whole = (/** @type {import('../lib/http.mjs').Answer} */ { status, body }) =>
        status === 200 && body.length === bytes;
      const running = [];
      for (const [name, command] of Object.entries(commands)) {
        running.push(await startServer(name, command, { context, path, check: whole }));
      }
      try {
        const samples = await interleave({ servers: running, request: { path }, connections: 64, load, context });
        const note = findTool('nginx') ? undefined : 'nginx is left out: it is not installed (apt install nginx).';
        return { scenario: id, title, note, baseline: 'serve', rows: loadRows(samples) };
      } finally {
        await Promise.allSettled(running.map((server) => server.stop()));
      }
    },
  };
}

/**
 * @param {string} folder
 * @param {import('../lib/context.mjs').Context} context
 * @returns {Promise<Record<string, (port: number) => import('../lib/subject.mjs').Command>>}
 */
async function servers(folder, context) {
  const peers = await installNpmPeers(context);
  const serve = join(peers, 'node_modules/serve/build/main.js');
  const { cli } = context.settings;
  return {
    'FastFN, assets': (port) => ({
      command: process.execPath,
      args: [cli, 'run', folder, '--port', `${port}`],
      cwd: folder,
    }),
    serve: (port) => ({
      command: process.execPath,
      args: [serve, '-L', '-n', '-u', '-l', `tcp://127.0.0.1:${port}`, join(folder, 'public')],
      cwd: folder,
    }),
    ...(findTool('nginx') && { 'nginx, files': (port) => nginx(folder, port) }),
  };
}

/** @param {string} folder @param {number} port */
function nginx(folder, port) {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeTree(folder, {
    'nginx.conf': `daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
user ${userInfo().username};
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  include /etc/nginx/mime.types;
  ${temp.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${folder}/public; }
}
`,
  });
  return { command: 'nginx', args: ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], cwd: folder };
}
