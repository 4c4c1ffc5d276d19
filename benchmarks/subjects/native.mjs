import { join } from 'node:path';
import { buildAxumPeer, buildGoPeer } from '../lib/peers.mjs';
import { versionOf } from '../lib/tools.mjs';

/** @type {import('../lib/subject.mjs').Subject[]} */
export default [
  {
    id: 'go',
    title: 'Go net/http',
    ours: false,
    can: [],
    async prepare(context) {
      await buildGoPeer(context);
      return versionOf('go', 'version')?.match(/go([\d.]+)/)?.[1] ?? 'unknown';
    },
    command: ({ settings: { peers } }, port) => ({
      command: join(peers, 'go/server'),
      args: [],
      env: { PORT: `${port}` },
    }),
  },
  {
    id: 'axum',
    title: 'axum',
    ours: false,
    can: [],
    async prepare(context) {
      await buildAxumPeer(context);
      return '0.8.9';
    },
    command: ({ settings: { peers } }, port) => ({
      command: join(peers, 'axum/target/release/bench'),
      args: [],
      env: { PORT: `${port}` },
    }),
  },
];
