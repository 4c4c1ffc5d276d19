import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { encodeFrames, type HeadMessage } from '@fastfn/protocol';
import { describe, expect, it } from 'vitest';
import { call, eventually, invokeMessage, open, specFor, startDaemon, startWorker, tree } from './php-host.js';

const HELLO = '<?php return fn() => "hi";';

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

/** The daemon's two ways to make workers must not differ. */
describe.each([
  ['that forks', {}],
  ['without pcntl', { settings: ['disable_functions=pcntl_fork,pcntl_signal,pcntl_signal_dispatch,pcntl_waitpid'] }],
])('a daemon %s', (name, how) => {
  it('listens privately, starts workers in groups of their own, and reaps them', async () => {
    const daemon = await startDaemon(how);
    await daemon.connection.ping(2000);
    expect(daemon.connection.peer).toMatchObject({ role: 'daemon', runtime: 'php' });
    expect(daemon.connection.peer?.tool).toMatch(/^PHP 8\.\d+\.\d+/);
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o600);
    const { path } = tree({ 'handler.php': HELLO });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
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

  it('lets a worker clean up when it is told to end', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({
      'handler.php': `<?php
        register_shutdown_function(fn() => file_put_contents(__DIR__ . '/cleaned.txt', ''));
        return fn() => 'ran';`,
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    expect((await call(worker)).text).toBe('ran');
    daemon.send([13, worker.name, 5000]);
    expect(await daemon.next((m) => m[0] === 14)).toEqual([14, worker.name, 0, null]);
    expect(existsSync(path('cleaned.txt'))).toBe(true);
  });

  it('kills what does not end, with its children', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({
      'handler.php': `<?php
        function handler() {
            $child = proc_open(['sleep', '60'], [], $pipes);
            file_put_contents('child.txt', proc_get_status($child)['pid']);
            while (true);
        }`,
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    worker.send(invokeMessage(1));
    const child = await eventually(() => Number(readFileSync(path('child.txt'), 'utf8')) || false);
    daemon.send([13, worker.name, 50]);
    expect(await daemon.next((m) => m[0] === 14)).toEqual([14, worker.name, null, 'SIGKILL']);
    await gone(child);
  });

  it('says why a worker was not started', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({ 'handler.php': HELLO });
    const entry = path('handler.php');
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
    const daemon = await startDaemon(how);
    const { path } = tree({
      'handler.php': "<?php function handler() { touch('busy'); while (true); }",
      'stuck.php': "<?php function handler() { touch('stuck'); sleep(60); }",
    });
    const busy = await startWorker(daemon, specFor(daemon, path('handler.php')));
    const stuck = await startWorker(daemon, specFor(daemon, path('stuck.php')));
    const idle = await startWorker(daemon, specFor(daemon, path('handler.php')));
    busy.send(invokeMessage(1));
    stuck.send(invokeMessage(1));
    await idle.next((m) => m[0] === 30);
    await eventually(() => existsSync(path('busy')) && existsSync(path('stuck')));
    daemon.process.kill('SIGKILL');
    await Promise.all([gone(busy.pid), gone(stuck.pid), gone(idle.pid)]);
  });

  it('ends with its lifeline, its workers first', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({ 'handler.php': '<?php return function () { while (true); };' });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    worker.send(invokeMessage(1));
    daemon.process.stdin!.end();
    const [code] = await once(daemon.process, 'exit');
    expect(code).toBe(0);
    expect(alive(worker.pid)).toBe(false);
    expect(existsSync(daemon.socket)).toBe(false);
    expect(existsSync(worker.spec.socket)).toBe(false);
  });

  it.skipIf(name === 'without pcntl')('ends on SIGTERM: running calls finish', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({
      'handler.php':
        "<?php function handler() { touch('in'); for ($t = microtime(true); microtime(true) < $t + 0.3;); return 'done'; }",
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    worker.send(invokeMessage(1));
    await eventually(() => existsSync(path('in')));
    daemon.process.kill('SIGTERM');
    const head = await worker.next<HeadMessage>((m) => m[0] === 40);
    expect(head[5].toString()).toBe('done');
    const [code] = await once(daemon.process, 'exit');
    expect(code).toBe(0);
    expect(existsSync(daemon.socket)).toBe(false);
  });

  it('stops the workers of a control connection that closes, and no others', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({ 'handler.php': HELLO });
    const second = await open(daemon.socket);
    const mine = await startWorker(daemon, specFor(daemon, path('handler.php')));
    const theirs = await startWorker({ ...daemon, ...second }, specFor(daemon, path('handler.php')));
    await second.connection.close();
    await gone(theirs.pid);
    expect((await call(mine)).text).toBe('hi');
  });

  it('starts many workers at once', async () => {
    const daemon = await startDaemon(how);
    const { path } = tree({ 'handler.php': HELLO });
    const workers = await Promise.all(
      Array.from({ length: 30 }, () => startWorker(daemon, specFor(daemon, path('handler.php')))),
    );
    expect((await Promise.all(workers.map((worker) => call(worker)))).every((answer) => answer.text === 'hi')).toBe(
      true,
    );
  });

  it('does not touch a socket that is in use', async () => {
    const daemon = await startDaemon(how);
    const file = `${daemon.folder}/taken.sock`;
    writeFileSync(file, '');
    await expect(startDaemon({ ...how, args: ['--socket', file] })).rejects.toThrow('exit 1');
    expect(existsSync(file)).toBe(true);
  });
});

interface Vector {
  readonly name: string;
  readonly fault: string;
  readonly to: string;
  readonly after_hello: boolean;
  readonly limit?: number;
  readonly eof?: boolean;
  readonly hex: string | readonly (string | { $repeat: string; times: number })[];
}

describe('peers that break the protocol', () => {
  const file = new URL('../../protocol/vectors/invalid.json', import.meta.url);
  const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { invalid: Vector[] }).invalid;
  const hello = encodeFrames([[0, 1, { role: 'gateway', pid: 1 }]]);

  function bytesOf({ hex, after_hello: afterHello }: Vector): Buffer {
    const parts = typeof hex === 'string' ? [hex] : hex;
    const text = parts.map((part) => (typeof part === 'string' ? part : part.$repeat.repeat(part.times))).join('');
    return Buffer.concat([afterHello ? hello : Buffer.alloc(0), Buffer.from(text, 'hex')]);
  }

  async function faultOf(path: string, vector: Vector): Promise<string> {
    const socket = new Socket();
    const received: Buffer[] = [];
    socket.on('data', (data) => received.push(data));
    socket.on('error', () => {});
    socket.connect(path);
    if (vector.eof) socket.end(bytesOf(vector));
    else socket.write(bytesOf(vector));
    await once(socket, 'close');
    const text = Buffer.concat(received).toString('latin1');
    return (
      /(malformed_frame|frame_too_large|unknown_message|unexpected_message|protocol_version)/.exec(text)?.[0] ?? text
    );
  }

  it('get a FAULT and lose their connection; daemon and workers live on', async () => {
    const daemon = await startDaemon();
    const { path } = tree({ 'handler.php': HELLO });
    const sync = await startWorker(daemon, specFor(daemon, path('handler.php')));
    const small = await startWorker(daemon, specFor(daemon, path('handler.php'), { max_frame: 64 }));
    for (const vector of vectors) {
      const paths = vector.limit
        ? [small.spec.socket]
        : vector.to === 'worker'
          ? [sync.spec.socket]
          : vector.to === 'daemon'
            ? [daemon.socket]
            : [];
      for (const socket of paths) {
        expect([vector.name, socket, await faultOf(socket, vector)]).toEqual([vector.name, socket, vector.fault]);
      }
    }
    expect((await call(sync)).text).toBe('hi');
    expect(await daemon.connection.ping(2000)).toBeGreaterThan(0);
    expect(await sync.connection.ping(2000)).toBeGreaterThan(0);
  });
});
