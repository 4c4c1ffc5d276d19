// Does what the query says and tells how it went: {ok: true, data} or {ok: false, error}.
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import fs from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const read = (path) => fs.readFileSync(path, 'utf8').slice(0, 200);

const ACTIONS = {
  read,
  write(path, { text = 'written' }) {
    fs.writeFileSync(path, text);
    return read(path);
  },
  append: (path) => fs.appendFileSync(path, 'more'),
  list: (path) => fs.readdirSync(path).sort(),
  remove: (path) => fs.unlinkSync(path),
  rename: (path, { to }) => fs.renameSync(path, to),
  mkdir: (path) => fs.mkdirSync(path),
  link(path) {
    fs.rmSync('trap', { force: true });
    fs.symlinkSync(path, 'trap');
    return read('trap');
  },
  hardlink(path) {
    fs.linkSync(path, 'hard-trap');
    return read('hard-trap');
  },
  spawn(path) {
    const { error, stdout } = spawnSync(path ?? '/bin/echo', ['spawned'], { encoding: 'utf8' });
    if (error) throw error;
    return stdout;
  },
  async connect(path) {
    const socket = connect(path);
    await once(socket, 'connect');
    socket.destroy();
  },
  async tcp(path) {
    const [host, port] = path.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    const { remotePort } = socket;
    socket.destroy();
    return remotePort;
  },
  kill: (path, { signal = 'SIGUSR2' }) => process.kill(Number(path), signal),
  temp() {
    const path = join(fs.mkdtempSync(join(tmpdir(), 'x-')), 'file');
    fs.writeFileSync(path, 'temporary');
    return read(path);
  },
  async thread(path) {
    const code = `const { parentPort } = require('worker_threads');
      const fs = require('fs');
      try { parentPort.postMessage({ text: fs.readFileSync(${JSON.stringify(path)}, 'utf8') }); }
      catch (error) { parentPort.postMessage({ error: error.message }); }`;
    const [{ text, error }] = await once(new Worker(code, { eval: true }), 'message');
    if (error) throw new Error(error);
    return text;
  },
  resolve: async (path) => (await lookup(path)).address,
  // Further ways to a file, that other languages do not have.
  pool: async (path) => (await fs.promises.readFile(path, 'utf8')).slice(0, 200),
  callback: (path) =>
    new Promise((resolve, reject) =>
      fs.readFile(path, 'utf8', (error, text) => (error ? reject(error) : resolve(text))),
    ),
  stream: async (path) => {
    let text = '';
    for await (const part of fs.createReadStream(path, 'utf8')) text += part;
    return text;
  },
  binding: (path) => {
    const { open } = process.binding('fs');
    const fd = open(path, fs.constants.O_RDONLY, 0o666);
    if (fd === undefined) throw new Error('no descriptor');
    return read(fd);
  },
  copy: (path) => {
    fs.copyFileSync(path, 'copied');
    return read('copied');
  },
};

export async function handler(event) {
  const { query } = event;
  try {
    return { ok: true, data: (await ACTIONS[query.do](query.path, query)) ?? null };
  } catch (error) {
    return { ok: false, error: `${error.code ?? error.name}: ${error.message}` };
  }
}
