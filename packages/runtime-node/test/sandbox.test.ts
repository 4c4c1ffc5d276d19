import { expect, test } from 'vitest';
import { Tree } from './client.js';
import { useDaemon } from './harness.js';

const fixture = useDaemon();

const HANDLER = `
import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
const ACTIONS = {
  read: (path) => fs.readFileSync(path, 'utf8'),
  promise: (path) => readFile(path, 'utf8'),
  open: (path) => fs.openSync(path, 'r'),
  copy: (path) => fs.copyFileSync(path, 'copied'),
  write: (path) => fs.writeFileSync(path, 'x'),
  list: (path) => fs.readdirSync(path),
  remove: (path) => fs.rmSync(path),
  link: (path) => (fs.symlinkSync(path, 'trap'), fs.readFileSync('trap', 'utf8')),
  binding: (path) => process.binding('fs').open(path, 0, 0o666),
  spawn: () => { const { error } = spawnSync('/bin/echo'); if (error) throw error; },
  thread: () => new Worker('', { eval: true }),
  kill: () => process.kill(process.ppid, 0),
  connect: (path) => new Promise((resolve, reject) => connect(path, resolve).on('error', reject)),
};
export const handler = async ({ query }) => {
  try { await ACTIONS[query.do](query.path); return 'done'; }
  catch (error) { return String(error.code ?? error.message); }
};`;

/** Without a seccomp filter there is no level `kernel`: what is left is Node's own. */
async function confined(tree: Tree) {
  return fixture.daemon.worker(tree, 'own/h.mjs', {
    sandbox: {
      strict: true,
      read: [],
      list: [],
      write: [tree.path('own')],
      hide: [tree.path('own/fn.env.json')],
      unhidden: null,
      empty: '',
      unix: false,
      filter: [],
    },
  });
}

test('where the kernel cannot, Node refuses by itself, and says so', async () => {
  using tree = new Tree({
    'own/h.mjs': HANDLER,
    'own/mine.txt': 'mine',
    'own/fn.env.json': '{}',
    'other/data.txt': 'theirs',
  });
  const worker = await confined(tree);
  expect(worker.ready?.sandbox).toMatchObject({ level: 'runtime', missing: [expect.stringMatching(/seccomp/)] });
  const attempt = async (action: string, path = ''): Promise<string> =>
    (await worker.answer({ query: ['do', action, 'path', path] })).text;

  const other = tree.path('other/data.txt');
  for (const action of ['read', 'promise', 'open', 'copy', 'write', 'remove', 'link', 'binding'])
    expect([action, await attempt(action, other)]).toEqual([action, 'EACCES']);
  expect(await attempt('list', tree.path('other'))).toBe('EACCES');
  expect(await attempt('read', tree.path('own/fn.env.json'))).toBe('EACCES');
  for (const action of ['spawn', 'thread', 'kill', 'connect'])
    expect([action, await attempt(action, '/run/none.sock')]).toEqual([action, 'EPERM']);

  for (const action of ['read', 'promise', 'copy', 'write'])
    expect([action, await attempt(action, tree.path('own/mine.txt'))]).toEqual([action, 'done']);
  expect(await attempt('list', tree.path('own'))).toBe('done');
  worker.stop();
});

test('a worker without a sandbox says so', async () => {
  using tree = new Tree({ 'own/h.mjs': HANDLER });
  const worker = await fixture.daemon.worker(tree, 'own/h.mjs');
  expect(worker.ready?.sandbox).toMatchObject({ level: 'off' });
  worker.stop();
});
