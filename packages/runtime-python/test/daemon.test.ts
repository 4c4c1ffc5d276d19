import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { encodeFrames } from '@fastfn/protocol';
import { describe, expect, it } from 'vitest';
import { call, invokeMessage, open, specFor, startDaemon, startWorker, tree } from './python-host.js';

const HELLO = 'def handler(event):\n    return "hi"\n';

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie waiting for a parent that never reaps is dead enough.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  const until = Date.now() + 5000;
  while (alive(pid)) {
    if (Date.now() > until) throw new Error(`${pid} lives`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the daemon', () => {
  it('listens privately, starts workers in groups of their own, and reaps them', async () => {
    const daemon = await startDaemon();
    await daemon.connection.ping(2000);
    expect(daemon.connection.peer).toMatchObject({ role: 'daemon', runtime: 'python' });
    expect(daemon.connection.peer?.tool).toMatch(/^Python 3\.\d+\.\d+$/);
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o600);
    const { path } = tree({ 'handler.py': HELLO });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    expect(statSync(worker.spec.socket).mode & 0o777).toBe(0o600);
    const stat = readFileSync(`/proc/${worker.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    expect(Number(stat[2])).toBe(worker.pid);
    expect((await call(worker)).text).toBe('hi');
    daemon.send([13, worker.name, 1000]);
    expect(await daemon.next((m) => m[0] === 14)).toEqual([14, worker.name, 0, null]);
    expect(existsSync(worker.spec.socket)).toBe(false);
    daemon.send([13, worker.name, 0]);
    expect(await daemon.connection.ping(2000)).toBeGreaterThan(0);
  });

  it('kills what ignores SIGTERM, with its children', async () => {
    const daemon = await startDaemon();
    const { path } = tree({
      'handler.py': `
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def handler():
    child = subprocess.Popen(["sleep", "60"])
    print(child.pid, flush=True)
    while True:
        pass
`,
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    worker.send(invokeMessage(1));
    const output = await worker.next((m) => m[0] === 44);
    daemon.send([13, worker.name, 50]);
    expect(await daemon.next((m) => m[0] === 14)).toEqual([14, worker.name, null, 'SIGKILL']);
    await gone(Number(output[3]));
  });

  it('says why a worker was not started', async () => {
    const daemon = await startDaemon();
    const { path } = tree({ 'handler.py': HELLO });
    const entry = path('handler.py');
    const cases: [over: object, code: string][] = [
      [{ socket: 'relative' }, 'invalid_spec'],
      [{ env: { 'A=B': 'x' } }, 'invalid_spec'],
      [{ socket: `/${'x'.repeat(200)}` }, 'socket_failed'],
      [{ socket: '/nowhere/at/all.sock' }, 'socket_failed'],
    ];
    for (const [n, [over, code]] of cases.entries()) {
      daemon.send([10, `bad${n}`, { ...specFor(daemon, entry), ...over }]);
      const failed = await daemon.next((m) => m[0] === 12 && m[1] === `bad${n}`);
      expect([over, failed[2]]).toEqual([over, code]);
    }
    const worker = await startWorker(daemon, specFor(daemon, entry));
    daemon.send([10, worker.name, specFor(daemon, entry)]);
    expect((await daemon.next((m) => m[0] === 12 && m[1] === worker.name))[2]).toBe('duplicate_worker');
    expect(daemon.seen.some((m) => m[0] === 14)).toBe(false);
  });

  it('leaves no worker behind when it is killed', async () => {
    const daemon = await startDaemon();
    const { path } = tree({
      'handler.py': 'def handler():\n    print("in", flush=True)\n    while True:\n        pass\n',
      'stuck.py': 'def handler():\n    print("in", flush=True)\n    sum(range(10**15))\n',
    });
    const busy = await startWorker(daemon, specFor(daemon, path('handler.py')));
    const stuck = await startWorker(daemon, specFor(daemon, path('stuck.py')));
    const idle = await startWorker(daemon, specFor(daemon, path('handler.py')));
    busy.send(invokeMessage(1));
    stuck.send(invokeMessage(1));
    await busy.next((m) => m[0] === 44);
    await stuck.next((m) => m[0] === 30);
    daemon.process.kill('SIGKILL');
    await Promise.all([gone(busy.pid), gone(stuck.pid), gone(idle.pid)]);
  });

  it('ends with its lifeline, its workers first', async () => {
    const daemon = await startDaemon();
    const { path } = tree({ 'handler.py': 'def handler():\n    while True:\n        pass\n' });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    worker.send(invokeMessage(1));
    daemon.process.stdin!.end();
    const [code] = await once(daemon.process, 'exit');
    expect(code).toBe(0);
    expect(alive(worker.pid)).toBe(false);
    expect(existsSync(daemon.socket)).toBe(false);
    expect(existsSync(worker.spec.socket)).toBe(false);
  });

  it('ends on SIGTERM: running calls finish', async () => {
    const daemon = await startDaemon();
    const { path } = tree({
      'handler.py':
        'import time\ndef handler():\n    print("in", flush=True)\n    time.sleep(0.3)\n    return "done"\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 44);
    daemon.process.kill('SIGTERM');
    const head = await worker.next((m) => m[0] === 40);
    expect(head[5].toString()).toBe('done');
    const [code] = await once(daemon.process, 'exit');
    expect(code).toBe(0);
    expect(existsSync(daemon.socket)).toBe(false);
  });

  it('stops the workers of a control connection that closes, and no others', async () => {
    const daemon = await startDaemon();
    const { path } = tree({ 'handler.py': HELLO });
    const second = await open(daemon.socket);
    const mine = await startWorker(daemon, specFor(daemon, path('handler.py')));
    const theirs = await startWorker({ ...daemon, ...second }, specFor(daemon, path('handler.py')));
    await second.connection.close();
    await gone(theirs.pid);
    expect((await call(mine)).text).toBe('hi');
  });

  it('starts many workers at once', async () => {
    const daemon = await startDaemon();
    const { path } = tree({ 'handler.py': HELLO });
    const workers = await Promise.all(
      Array.from({ length: 30 }, () => startWorker(daemon, specFor(daemon, path('handler.py')))),
    );
    expect((await Promise.all(workers.map((worker) => call(worker)))).every((answer) => answer.text === 'hi')).toBe(
      true,
    );
  });

  it('does not touch a socket that is in use', async () => {
    const daemon = await startDaemon();
    const file = `${daemon.folder}/taken.sock`;
    writeFileSync(file, '');
    await expect(startDaemon({ args: ['--socket', file] })).rejects.toThrow('exit 1');
    expect(existsSync(file)).toBe(true);
  });
});

describe('broken peers', () => {
  const hello = [...encodeFrames([[0, 1, { role: 'gateway' }]])];
  const cases: [name: string, bytes: () => Uint8Array, code: string][] = [
    ['a frame over the limit', () => Buffer.from([0xff, 0xff, 0xff, 0xff]), 'frame_too_large'],
    ['a frame of nothing', () => Buffer.from([0, 0, 0, 0]), 'malformed_frame'],
    ['no MessagePack', () => Buffer.from([0, 0, 0, 1, 0xc1]), 'malformed_frame'],
    ['no array', () => Buffer.from([0, 0, 0, 1, 0x01]), 'malformed_frame'],
    ['trailing bytes', () => Buffer.from([0, 0, 0, 3, 0x91, 0x01, 0x01]), 'malformed_frame'],
    ['an unknown type', () => Buffer.from([0, 0, 0, 2, 0x91, 0x63]), 'unknown_message'],
    ['a message of the other direction', () => Buffer.from([0, 0, 0, 3, 0x92, 42, 1]), 'unexpected_message'],
    ['anything before HELLO', () => Buffer.from([0, 0, 0, 3, 0x92, 1, 1]), 'unexpected_message'],
    ['another version', () => encodeFrames([[0, 9, { role: 'gateway' }]]), 'protocol_version'],
    ['HELLO twice', () => Buffer.from([...hello, ...hello]), 'unexpected_message'],
  ];

  it('get a FAULT and lose their connection; daemon and workers live on', async () => {
    const daemon = await startDaemon();
    const { path } = tree({ 'handler.py': HELLO, 'later.py': 'async def handler():\n    return "hi"\n' });
    const sync = await startWorker(daemon, specFor(daemon, path('handler.py')));
    const later = await startWorker(daemon, specFor(daemon, path('later.py')));
    for (const socketPath of [daemon.socket, sync.spec.socket, later.spec.socket]) {
      for (const [name, bytes, code] of cases) {
        const socket = new Socket();
        socket.connect(socketPath);
        const received: Buffer[] = [];
        socket.on('data', (data) => received.push(data));
        socket.on('error', () => {});
        socket.end(bytes());
        await once(socket, 'close');
        expect([socketPath, name, Buffer.concat(received).toString('latin1').includes(code)]).toEqual([
          socketPath,
          name,
          true,
        ]);
      }
    }
    expect((await call(sync)).text).toBe('hi');
    expect((await call(later)).text).toBe('hi');
    expect(await daemon.connection.ping(2000)).toBeGreaterThan(0);
    expect(await sync.connection.ping(2000)).toBeGreaterThan(0);
    expect(await later.connection.ping(2000)).toBeGreaterThan(0);
  });
});
