import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, call, type Daemon, invokeMessage, makeDaemon, specFor, startWorker, tree } from './python-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

async function workerOf(source: string) {
  const { path } = tree({ 'handler.py': source });
  return startWorker(daemon, specFor(daemon, path('handler.py')));
}

describe('an async handler', () => {
  it('runs many calls at once, with output told apart', async () => {
    const worker = await workerOf(
      `
import asyncio, logging
waiting = []
async def handler(event):
    print("begin", event["query"]["n"])
    waiting.append(event["query"]["n"])
    while len(waiting) < 10:
        await asyncio.sleep(0.001)
    logging.getLogger("x").warning("end %s", event["query"]["n"])
    await asyncio.to_thread(print, "thread", event["query"]["n"])
    return event["query"]["n"]
`.replace('asyncio.to_thread(print, ', 'asyncio.to_thread(print, '),
    );
    const ready = await worker.next((m) => m[0] === 30);
    expect(ready[1]).toMatchObject({ concurrency: 0 });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => call(worker, { query: ['n', String(n)] })));
    for (const [n, answer] of answers.entries()) {
      expect(answer).toMatchObject({
        status: 200,
        text: String(n),
        stdout: `begin ${n}\nthread ${n}\n`,
        stderr: `end ${n}\n`,
      });
    }
  });

  it('is canceled', async () => {
    const worker = await workerOf(`
import asyncio
async def handler(event):
    try:
        await asyncio.sleep(60)
    finally:
        print("cleaned")
`);
    worker.send(invokeMessage(1));
    worker.send([22, 1, 'timeout']);
    worker.send(invokeMessage(2));
    await worker.next((m) => m[0] === 43 && m[1] === 1);
    await new Promise((resolve) => setImmediate(resolve));
    worker.send([22, 2, 'timeout']);
    await worker.next((m) => m[0] === 43 && m[1] === 2);
    expect(answerOf(worker.seen, 1).error).toMatchObject({ code: 'canceled' });
  });

  it('streams with backpressure, and is closed by CANCEL', async () => {
    const worker = await workerOf(`
async def handler(event):
    try:
        n = 0
        while True:
            n += 1
            yield b"x" * 65536
    finally:
        print("made", n)
`);
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 41 && worker.seen.filter((x) => x[0] === 41).length === 4);
    worker.send([22, 1, 'client_closed']);
    await worker.next((m) => m[0] === 43);
    expect(answerOf(worker.seen, 1)).toMatchObject({ stdout: 'made 6\n', error: { code: 'canceled' } });
  });

  it('answers errors, odd values and synchronous streams', async () => {
    const worker = await workerOf(`
async def handler(event):
    what = event["query"]["q"]
    if what == "raise":
        raise ValueError("no")
    if what == "gen":
        return (c for c in "abc")
    if what == "bad":
        return {1, 2}
    if what == "big":
        return b"y" * 300000
    return what
`);
    expect((await call(worker, { query: ['q', 'raise'] })).error).toMatchObject({
      code: 'handler_error',
      debug: { line: 5, source: 'raise ValueError("no")' },
    });
    expect((await call(worker, { query: ['q', 'gen'] })).text).toBe('abc');
    expect((await call(worker, { query: ['q', 'bad'] })).error?.code).toBe('invalid_response');
    expect((await call(worker, { query: ['q', 'big'] })).body.length).toBe(300000);
    expect((await call(worker, { query: ['q', 'plain'] })).text).toBe('plain');
  });

  it('finishes its calls on SIGTERM and exits 0', async () => {
    const worker = await workerOf(`
import asyncio
async def handler(event):
    print("in", flush=True)
    await asyncio.sleep(0.3)
    return "done"
`);
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 44);
    daemon.send([13, worker.name, 5000]);
    await worker.next((m) => m[0] === 40);
    expect(answerOf(worker.seen, 1).text).toBe('done');
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 0, null]);
  });

  it('that calls sys.exit() ends the worker', async () => {
    const worker = await workerOf('import sys\nasync def handler(event):\n    sys.exit()\n');
    worker.send(invokeMessage(1));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 0, null]);
  });
});
