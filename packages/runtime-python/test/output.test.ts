import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, invokeMessage, makeDaemon, specFor, startWorker, tree } from './python-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

async function workerOf(source: string) {
  const { path } = tree({ 'handler.py': source });
  return startWorker(daemon, specFor(daemon, path('handler.py')));
}

describe('output', () => {
  it('of every kind belongs to the call that made it', async () => {
    const worker = await workerOf(`
import logging, os, subprocess, sys, threading, warnings
early = logging.StreamHandler()
log = logging.getLogger("mine")
log.addHandler(early)
log.propagate = False
early_print = sys.stdout
def handler(event):
    n = event["query"]["n"]
    print("print", n)
    sys.stdout.buffer.write(b"buffer\\n")
    early_print.write("early\\n")
    log.error("log %s", n)
    logging.warning("root %s", n)
    t = threading.Thread(target=print, args=("thread", n)); t.start(); t.join()
    os.write(1, b"fd\\n")
    os.write(2, b"fd2\\n")
    subprocess.run(["echo", "child"])
    return sys.stdout.isatty()
`);
    for (const n of ['1', '2']) {
      const answer = await call(worker, { query: ['n', n] });
      expect(answer.error).toBeNull();
      expect(answer.stdout).toBe(`print ${n}\nbuffer\nearly\nthread ${n}\nfd\nchild\n`);
      expect(answer.stderr).toBe(`log ${n}\nWARNING:root:root ${n}\nfd2\n`);
    }
  });

  it('outside calls has id 0', async () => {
    const worker = await workerOf(`
import threading, time, os
print("at import ☃")
go = threading.Event()
def later():
    go.wait()
    time.sleep(0.05)
    raise ValueError("thrown late")
threading.Thread(target=later, daemon=True).start()
def handler():
    go.set()
`);
    const first = await worker.next((m) => m[0] === 44);
    expect(first).toEqual([44, 0, 1, 'at import ☃\n']);
    await call(worker);
    await worker.next((m) => m[0] === 44 && m[1] === 0 && m[2] === 2 && m[3].includes('ValueError: thrown late'));
  });

  it('arrives while the call still runs', async () => {
    const worker = await workerOf('import time\ndef handler():\n    print("started")\n    time.sleep(60)\n');
    worker.send(invokeMessage(1));
    expect(await worker.next((m) => m[0] === 44)).toEqual([44, 1, 1, 'started\n']);
    daemon.send([13, worker.name, 0]);
  });

  it.each([
    ['print', 'print("é" * 1000)'],
    ['file descriptor', 'os.write(1, ("é" * 1000).encode())'],
  ])('in a flood through %s is bounded and counted', async (_, statement) => {
    const worker = await workerOf(`
import os, resource
def handler():
    for _ in range(20000):
        ${statement}
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
`);
    const answer = await call(worker);
    expect(Number(answer.text) * 1024).toBeLessThan(100e6);
    expect(Buffer.byteLength(answer.stdout)).toBeLessThan(65536 + 100);
    expect(answer.stdout).toMatch(/… \d{8} more bytes dropped\n$/);
    expect(answer.stdout).not.toContain('\ufffd');
    for (const m of worker.seen) if (m[0] === 44) expect(Buffer.byteLength(m[3])).toBeLessThanOrEqual(8192);
    expect((await call(worker)).status).toBe(200);
  });

  it('that a dying process leaves in its pipes is told by the daemon', async () => {
    const worker = await workerOf('import ctypes, os\ndef handler():\n    ctypes.string_at(0)\n');
    worker.send(invokeMessage(1));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, null, 'SIGSEGV']);
    const told = [...daemon.seen.filter((m) => m[0] === 15), ...worker.seen.filter((m) => m[0] === 44)]
      .map((m) => m[3])
      .join('');
    expect(told).toContain('handler.py", line 3 in handler');
  });
});
