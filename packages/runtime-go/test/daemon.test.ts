import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { encodeFrames } from '@fastfn/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  call,
  type Daemon,
  functionOf,
  invokeMessage,
  makeDaemon,
  open,
  readyRuntime,
  specFor,
  startDaemon,
  startWorker,
  type Worker,
} from './go-host.js';

const SOURCE = `package main

import (
	"fmt"
	"os"
)

func handler(event map[string]any) any {
	if event["query"].(map[string]any)["mode"] == "busy" {
		fmt.Println("in")
		for {
		}
	}
	folder, _ := os.Getwd()
	return map[string]any{"pid": os.Getpid(), "cwd": folder, "value": os.Getenv("VALUE"), "other": os.Getenv("OTHER")}
}
`;

let daemon: Daemon & { end(): Promise<void> };
let entry = '';

beforeAll(async () => {
  daemon = await makeDaemon({ env: { VALUE: 'ambient' } });
  writeFileSync(`${daemon.folder}/handler.go`, SOURCE);
  const fn = functionOf(`${daemon.folder}/handler.go`);
  const runtime = await readyRuntime();
  entry = (await runtime.prepare!(fn, { signal: new AbortController().signal, progress() {} })).entry;
}, 300_000);
afterAll(() => daemon?.end());

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has reaped yet is no process any more.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Has it loop for ever. */
async function beBusy(worker: Worker): Promise<void> {
  worker.send(invokeMessage(1, { query: ['mode', 'busy'] }));
  await worker.next((m) => m[0] === 44);
}

describe('the daemon', () => {
  it('starts workers in their folder with their environment, and tells of their end', async () => {
    const spec = specFor(daemon, entry, {
      folder: daemon.folder,
      root: daemon.folder,
      env: { VALUE: 'own' },
      process_env: { VALUE: 'process', OTHER: 'o' },
    });
    const worker = await startWorker(daemon, spec);
    expect(JSON.parse((await call(worker)).text)).toEqual({
      pid: worker.pid,
      cwd: daemon.folder,
      value: 'own',
      other: 'o',
    });
    const ready = await worker.next((m) => m[0] === 30);
    expect(ready[1]).toMatchObject({ pid: worker.pid, concurrency: 0, files: [`${daemon.folder}/handler.go`] });
    daemon.send([13, worker.name, 1000]);
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 0, null]);
    expect(existsSync(spec.socket)).toBe(false);
  });

  it('kills at once with a grace of 0, and what is busy after its grace', async () => {
    for (const grace of [0, 50]) {
      const worker = await startWorker(daemon, specFor(daemon, entry));
      await beBusy(worker);
      daemon.send([13, worker.name, grace]);
      expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, null, 'SIGKILL']);
    }
  });

  it.each([
    ['a program that is not there', { entry: '/nowhere/program' }, 'fork_failed'],
    ['a relative folder', { folder: 'here' }, 'invalid_spec'],
    ['an adapter', { adapter: 'wsgi' }, 'invalid_spec'],
    ['a variable that is none', { env: { 'A=B': '1' } }, 'invalid_spec'],
    ['a socket that cannot be made', { socket: '/nowhere/w.sock' }, 'socket_failed'],
  ])('refuses %s', async (_what, over, code) => {
    const name = `refused-${code}-${Math.random()}`;
    daemon.send([10, name, { ...specFor(daemon, entry), ...over }]);
    const answer = await daemon.next((m) => (m[0] === 12 || m[0] === 11) && m[1] === name);
    expect(answer.slice(0, 3)).toEqual([12, name, code]);
  });

  it('ends the workers of a connection that is gone, and no others', async () => {
    const kept = await startWorker(daemon, specFor(daemon, entry));
    const other = await open(daemon.socket);
    const lost = await startWorker({ ...daemon, ...other }, specFor(daemon, entry));
    await other.connection.close();
    await lost.closed;
    expect((await call(kept)).status).toBe(200);
  });

  it('SIGTERM ends all workers, removes the socket, exits with 0', async () => {
    const second = await startDaemon();
    const worker = await startWorker(second, specFor(second, entry));
    const exited = new Promise((resolve) => second.process.once('exit', (code) => resolve(code)));
    second.process.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(existsSync(second.socket)).toBe(false);
    await worker.closed;
    expect(isAlive(worker.pid)).toBe(false);
  });

  it.each(['SIGKILL', 'lifeline'] as const)('its end (%s) ends busy workers', async (how) => {
    const second = await startDaemon();
    const worker = await startWorker(second, specFor(second, entry));
    await beBusy(worker);
    if (how === 'SIGKILL') second.process.kill('SIGKILL');
    else second.process.stdin!.end();
    await worker.closed;
    await expect.poll(() => isAlive(worker.pid)).toBe(false);
  });
});

interface InvalidVector {
  readonly name: string;
  readonly fault: string;
  readonly to: string;
  readonly after_hello: boolean;
  readonly limit?: number;
  readonly eof?: boolean;
  readonly hex: string | readonly (string | { readonly $repeat: string; readonly times: number })[];
}

const vectors: InvalidVector[] = JSON.parse(
  readFileSync(new URL('../../protocol/vectors/invalid.json', import.meta.url), 'utf8'),
).invalid;

describe('faults', () => {
  it.each(vectors.filter(({ to }) => to !== 'gateway'))('$to: $name', async (vector) => {
    let path = daemon.socket;
    if (vector.to === 'worker') {
      const spec = specFor(daemon, entry, { ...(vector.limit !== undefined && { max_frame: vector.limit }) });
      const name = `vector-${Math.random()}`;
      daemon.send([10, name, spec]);
      await daemon.next((m) => m[0] === 11 && m[1] === name);
      path = spec.socket;
    }
    const parts = typeof vector.hex === 'string' ? [vector.hex] : vector.hex;
    const hex = parts.map((part) => (typeof part === 'string' ? part : part.$repeat.repeat(part.times))).join('');
    const socket = connect(path);
    const received: Buffer[] = [];
    socket.on('data', (data) => received.push(data));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (vector.after_hello) socket.write(encodeFrames([[0, 1, { role: 'gateway', pid: 1 }]]));
    socket.write(Buffer.from(hex, 'hex'));
    if (vector.eof) socket.end();
    await closed;
    const all = Buffer.concat(received);
    // Its HELLO is the first frame, the FAULT the last.
    expect(all.subarray(4, 7)).toEqual(Buffer.from([0x93, 0, 1]));
    expect(all.toString('latin1')).toContain(
      `\x93\x03${String.fromCharCode(0xa0 + vector.fault.length)}${vector.fault}`,
    );
  });
});
