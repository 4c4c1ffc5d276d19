import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { encodeFrames } from '@fastfn/protocol';
import { describe, expect, it } from 'vitest';
import { build, call, invokeMessage, specFor, startDaemon, startWorker, tree } from './rust-host.js';

const HELLO = `use serde_json::Value;

pub fn handler(event: Value) -> Value {
    match event["query"]["mode"].as_str() {
        Some("loop") => {
            let child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            println!("{}", child.id());
            loop { std::hint::spin_loop(); }
        }
        Some("slow") => {
            println!("started");
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        _ => {}
    }
    Value::from("hi")
}
`;

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

async function hello() {
  const { path, root } = tree({ 'handler.rs': HELLO });
  return { folder: root, binary: await build(path('handler.rs')) };
}

describe('the daemon', () => {
  it('listens privately, starts workers in groups of their own, and reaps them', async () => {
    const daemon = await startDaemon();
    await daemon.connection.ping(2000);
    expect(daemon.connection.peer).toMatchObject({ role: 'daemon', runtime: 'rust' });
    expect(daemon.connection.peer?.tool).toMatch(/^Rust 1\.\d+\.\d+/);
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o600);
    const { binary, folder } = await hello();
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
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

  it('lets a worker finish its calls on SIGTERM', async () => {
    const daemon = await startDaemon();
    const { binary, folder } = await hello();
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
    const answer = call(worker, { query: ['mode', 'slow'] });
    await worker.next((m) => m[0] === 44);
    daemon.send([13, worker.name, 5000]);
    expect((await answer).text).toBe('hi');
    expect(await daemon.next((m) => m[0] === 14)).toEqual([14, worker.name, 0, null]);
  });

  it('kills what does not end, with its children', async () => {
    const daemon = await startDaemon();
    const { binary, folder } = await hello();
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
    worker.send(invokeMessage(1, { query: ['mode', 'loop'] }));
    const output = await worker.next((m) => m[0] === 44);
    daemon.send([13, worker.name, 50]);
    expect(await daemon.next((m) => m[0] === 14)).toEqual([14, worker.name, null, 'SIGKILL']);
    await gone(Number(output[3]));
  });

  it('says why a worker was not started', async () => {
    const daemon = await startDaemon();
    const { binary, folder } = await hello();
    const cases: [over: object, code: string][] = [
      [{ socket: 'relative' }, 'invalid_spec'],
      [{ env: { 'A=B': 'x' } }, 'invalid_spec'],
      [{ socket: `/${'x'.repeat(200)}` }, 'socket_failed'],
      [{ socket: '/nowhere/at/all.sock' }, 'socket_failed'],
      [{ entry: '/nowhere/binary' }, 'fork_failed'],
      [{ folder: '/nowhere' }, 'fork_failed'],
    ];
    for (const [n, [over, code]] of cases.entries()) {
      daemon.send([10, `bad${n}`, { ...specFor(daemon, binary, folder), ...over }]);
      const failed = await daemon.next((m) => m[0] === 12 && m[1] === `bad${n}`);
      expect([over, failed[2]]).toEqual([over, code]);
    }
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
    daemon.send([10, worker.name, specFor(daemon, binary, folder)]);
    expect((await daemon.next((m) => m[0] === 12 && m[1] === worker.name))[2]).toBe('duplicate_worker');
    expect(daemon.seen.some((m) => m[0] === 14)).toBe(false);
  });

  it.each(['SIGKILL', 'SIGTERM', 'the end of its lifeline'])('leaves no worker behind after %s', async (how) => {
    const daemon = await startDaemon();
    const { binary, folder } = await hello();
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
    worker.send(invokeMessage(1, { query: ['mode', 'loop'] }));
    const child = Number((await worker.next((m) => m[0] === 44))[3]);
    const exited = once(daemon.process, 'exit');
    if (how === 'SIGKILL' || how === 'SIGTERM') daemon.process.kill(how);
    else daemon.process.stdin!.end();
    const [code] = await exited;
    await gone(worker.pid);
    if (how === 'SIGKILL') process.kill(child);
    else expect([code, existsSync(daemon.socket)]).toEqual([0, false]);
    await gone(child);
  });

  it('stops the workers of a connection that closes', async () => {
    const daemon = await startDaemon();
    const { binary, folder } = await hello();
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
    daemon.connection.destroy();
    await gone(worker.pid);
  });
});

describe('invalid bytes', () => {
  interface Vector {
    name: string;
    fault: string;
    to: string;
    after_hello: boolean;
    limit?: number;
    eof?: boolean;
    hex: string | (string | { $repeat: string; times: number })[];
  }
  const file = new URL('../../protocol/vectors/invalid.json', import.meta.url);
  const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { invalid: Vector[] }).invalid;
  const greeting = encodeFrames([[0, 1, { role: 'gateway', pid: 1 }]]);

  function bytesOf({ hex, after_hello: afterHello }: Vector): Buffer {
    const parts = typeof hex === 'string' ? [hex] : hex;
    const text = parts.map((part) => (typeof part === 'string' ? part : part.$repeat.repeat(part.times))).join('');
    return Buffer.concat([afterHello ? greeting : Buffer.alloc(0), Buffer.from(text, 'hex')]);
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
    const { binary, folder } = await hello();
    const worker = await startWorker(daemon, specFor(daemon, binary, folder));
    const small = await startWorker(daemon, specFor(daemon, binary, folder, { max_frame: 64 }));
    for (const vector of vectors) {
      const socket = vector.limit ? small.spec.socket : vector.to === 'worker' ? worker.spec.socket : daemon.socket;
      if (vector.to === 'gateway') continue;
      expect([vector.name, await faultOf(socket, vector)]).toEqual([vector.name, vector.fault]);
    }
    expect((await call(worker)).text).toBe('hi');
    expect(await daemon.connection.ping(2000)).toBeGreaterThan(0);
    expect(await worker.connection.ping(2000)).toBeGreaterThan(0);
  });
});
