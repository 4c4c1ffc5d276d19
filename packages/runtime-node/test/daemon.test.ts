import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { encodeFrames, MessageType, PROTOCOL_VERSION } from '@fastfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildShim } from './build-shim.js';
import { ofType, TestDaemon, Tree } from './client.js';

let shim: Awaited<ReturnType<typeof buildShim>>;
let tree: Tree;
beforeAll(async () => {
  shim = await buildShim();
  tree = new Tree({
    'h.mjs':
      'export const handler = (e) => { if (e.path === "/exit") { console.log("last words"); process.exit(3); } if (e.path === "/spin") for (;;); return { pid: process.pid }; };',
    'slow.mjs': 'export const handler = async () => { await new Promise((r) => setTimeout(r, 150)); return "done"; };',
    'child.mjs':
      'import { spawn } from "node:child_process"; export const handler = () => String(spawn("sleep", ["60"], { stdio: "inherit" }).pid);',
  });
});
afterAll(() => {
  shim.remove();
  tree[Symbol.dispose]();
});

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly command: string;
}

function processes(): Entry[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), state: state!, command: command! }];
  });
}

/** A process that ended and was not reaped yet is dead for us. */
function alive(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid && !entry.state.startsWith('Z'));
}

async function gone(pid: number): Promise<void> {
  while (alive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Children of the daemon whose command line has `text`. */
function childrenOf(daemon: TestDaemon, text = ''): number[] {
  return processes()
    .filter(
      (entry) => entry.parent === daemon.process.pid && entry.command.includes(text) && !entry.state.startsWith('Z'),
    )
    .map((entry) => entry.pid);
}

test('a worker: started, serving, stopped, its socket gone', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'h.mjs');
  expect(worker.ready).toMatchObject({
    pid: worker.pid,
    concurrency: 0,
    files: [tree.path('h.mjs')],
    load_ms: expect.any(Number),
  });
  expect(worker.connection.peer).toMatchObject({ role: 'worker', runtime: 'node', pid: worker.pid });
  expect(daemon.connection.peer).toMatchObject({
    role: 'daemon',
    runtime: 'node',
    tool: expect.stringMatching(/^Node\.js \d+\./),
    pid: daemon.process.pid,
  });
  for (const socket of [worker.spec.socket, daemon.socket]) expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(JSON.parse((await worker.answer()).text)).toEqual({ pid: worker.pid });
  worker.stop(0);
  expect(await worker.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(existsSync(worker.spec.socket)).toBe(false);
  expect(await daemon.close()).toBe(0);
  expect(existsSync(daemon.socket)).toBe(false);
});

test('SIGTERM finishes what runs, takes nothing new, exits 0', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'slow.mjs');
  const running = worker.call();
  await worker.connection.ping(1000);
  worker.stop(5000);
  const exit = worker.ended();
  expect((await running.answer).text).toBe('done');
  expect(await exit).toEqual({ code: 0, signal: null });
  await daemon.close();
});

test('SIGTERM is followed by SIGKILL after the grace', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'h.mjs');
  const spinning = worker.call({ path: '/spin' });
  await worker.connection.drained();
  worker.stop(50);
  expect(await worker.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  expect((await spinning.answer).order).toEqual(['LOST']);
  await daemon.close();
});

test('a handler that exits ends its worker only', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const [one, two] = [await daemon.worker(tree, 'h.mjs'), await daemon.worker(tree, 'h.mjs')];
  expect(await one.answer({ path: '/exit' })).toMatchObject({ order: ['OUTPUT', 'LOST'], stdout: 'last words\n' });
  expect(await one.ended()).toEqual({ code: 3, signal: null });
  expect((await two.answer()).error).toBeNull();
  await daemon.close();
});

// A worker that has its function is named after it; a spare is still called worker.cjs.
test('the spare is used, and replaced', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const spares = (): number[] => childrenOf(daemon, 'worker.cjs');
  const [spare] = spares();
  const first = await daemon.worker(tree, 'h.mjs');
  expect(first.pid).toBe(spare);
  while (spares().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const [next] = spares();
  expect(next).not.toBe(spare);
  const second = await daemon.worker(tree, 'h.mjs');
  expect(second.pid).toBe(next);
  expect(await daemon.close()).toBe(0);
  for (const pid of [first.pid, second.pid]) expect(alive(pid)).toBe(false);
});

test('a spare that was killed costs nothing but time', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  for (const pid of childrenOf(daemon, 'worker.cjs')) {
    process.kill(pid, 'SIGKILL');
    await gone(pid);
  }
  const worker = await daemon.worker(tree, 'h.mjs');
  expect((await worker.answer()).error).toBeNull();
  await daemon.close();
});

test('killing a worker takes its children along', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'child.mjs');
  const child = Number((await worker.answer()).text);
  expect(alive(child)).toBe(true);
  worker.stop(0);
  await worker.ended();
  await gone(child);
  await daemon.close();
});

test.for(['SIGTERM', 'SIGINT'] as const)('%s ends the daemon and its workers', async (signal) => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'h.mjs');
  daemon.process.kill(signal);
  const [code] = (await once(daemon.process, 'exit')) as [number];
  expect(code).toBe(0);
  expect(alive(worker.pid)).toBe(false);
  expect(readdirSync(daemon.folder)).toEqual([]);
  await daemon.close();
});

test('the daemon killed with -9: no worker stays, not even one in an endless loop', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const [idle, spinning, parent] = [
    await daemon.worker(tree, 'h.mjs'),
    await daemon.worker(tree, 'h.mjs'),
    await daemon.worker(tree, 'child.mjs'),
  ];
  const child = Number((await parent.answer()).text);
  void spinning.call({ path: '/spin' });
  await spinning.connection.drained();
  const all = [...childrenOf(daemon), idle.pid, spinning.pid, parent.pid, child];
  daemon.process.kill('SIGKILL');
  for (const pid of all) await gone(pid);
  await daemon.close();
});

test('the reaper killed is replaced', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'h.mjs');
  const reaper = (): number | undefined => childrenOf(daemon, 'fastfn-reaper')[0];
  const first = reaper()!;
  process.kill(first, 'SIGKILL');
  while (reaper() === undefined || reaper() === first) await new Promise((resolve) => setTimeout(resolve, 5));
  void worker.call({ path: '/spin' });
  await worker.connection.drained();
  daemon.process.kill('SIGKILL');
  await gone(worker.pid);
  await daemon.close();
});

test('a control connection that closes takes its workers along, and no others', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const mine = await daemon.worker(tree, 'h.mjs');
  const other = await daemon.connect();
  const spec = daemon.spec(tree, 'h.mjs');
  other.send([MessageType.START, 'theirs', spec]);
  const [, , pid] = await daemon.messages.find(ofType(MessageType.STARTED));
  await other.close();
  await gone(pid);
  expect((await mine.answer()).error).toBeNull();
  await daemon.close();
});

test('START that cannot be: a folder that is gone, a socket that cannot be made, a name twice', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  await expect(daemon.worker(tree, 'h.mjs', { folder: '/nowhere' })).rejects.toThrow('ENOENT');
  await expect(daemon.worker(tree, 'h.mjs', { socket: '/nowhere/x.sock' })).rejects.toThrow(/ENOENT|EACCES/);
  const worker = await daemon.worker(tree, 'h.mjs');
  daemon.connection.send([MessageType.START, worker.name, worker.spec]);
  const [, name, code] = await daemon.messages.find(ofType(MessageType.START_FAILED));
  expect([name, code]).toEqual([worker.name, 'duplicate_worker']);
  daemon.connection.send([MessageType.STOP, 'unknown', 0]);
  expect((await worker.answer()).error).toBeNull();
  await daemon.close();
});

test('bytes that are no protocol end the connection with a fault, and harm nobody', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  const worker = await daemon.worker(tree, 'h.mjs');
  const hello = encodeFrames([[MessageType.HELLO, PROTOCOL_VERSION, { role: 'gateway', pid: 1 }]]);
  const { invalid } = JSON.parse(
    readFileSync(new URL('../../protocol/vectors/invalid.json', import.meta.url), 'utf8'),
  ) as { invalid: Vector[] };
  const vectors = invalid.filter(
    (vector) =>
      vector.from === 'gateway' &&
      vector.to === 'worker' &&
      vector.after_hello &&
      vector.limit === undefined &&
      vector.eof !== true,
  );
  expect(vectors.length).toBeGreaterThan(10);
  for (const vector of vectors) {
    const socket = createConnection(worker.spec.socket);
    socket.write(hello);
    socket.write(bytesOf(vector.hex));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString('latin1'), vector.name).toContain(vector.fault);
  }
  expect((await worker.answer()).error).toBeNull();
  await daemon.close();
});

interface Vector {
  name: string;
  fault: string;
  from: string;
  to: string;
  after_hello: boolean;
  eof?: boolean;
  limit?: number;
  hex: string | (string | { $repeat: string; times: number })[];
}

function bytesOf(hex: Vector['hex']): Buffer {
  const parts = typeof hex === 'string' ? [hex] : hex;
  return Buffer.from(
    parts.map((part) => (typeof part === 'string' ? part : part.$repeat.repeat(part.times))).join(''),
    'hex',
  );
}

test('calls sent before READY are answered', async () => {
  const daemon = await TestDaemon.start(shim.folder);
  using slow = new Tree({
    'h.mjs': 'await new Promise((r) => setTimeout(r, 50)); export const handler = () => "late";',
  });
  const spec = daemon.spec(slow, 'h.mjs');
  daemon.connection.send([MessageType.START, 'x', spec]);
  await daemon.messages.find(ofType(MessageType.STARTED));
  const { connect } = await import('@fastfn/protocol');
  const order: number[] = [];
  await new Promise<void>((resolve) => {
    void connect(spec.socket, {
      side: 'gateway',
      hello: {},
      onMessage: (message) => {
        order.push(message[0]);
        if (message[0] === MessageType.HEAD) resolve();
      },
      onClose: () => {},
    }).then((connection) =>
      connection.send([
        MessageType.INVOKE,
        1,
        'r',
        'GET',
        '/',
        '/',
        [],
        [],
        '',
        '',
        Date.now(),
        1000,
        null,
        null,
        0,
        Buffer.alloc(0),
      ]),
    );
  });
  expect(order).toEqual([MessageType.READY, MessageType.HEAD]);
  await daemon.close();
});
