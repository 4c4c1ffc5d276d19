import { existsSync } from 'node:fs';
import type { RuntimeAdapter } from '@fastfn/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, functionOf, makeDaemon, open, readyRuntime, specFor, startWorker, tree } from './go-host.js';

let runtime: RuntimeAdapter;
let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  runtime = await readyRuntime();
  daemon = await makeDaemon();
}, 300_000);
afterAll(() => daemon?.end());

const HANDLER = 'func handler(event map[string]any) any { return x }\n';

async function start(source: string) {
  const { path, root } = tree({ 'handler.go': source });
  const signal = new AbortController().signal;
  const { entry } = await runtime.prepare!(functionOf(path('handler.go')), { signal, progress() {} });
  return {
    worker: await startWorker(daemon, specFor(daemon, entry, { root, folder: root })),
    file: path('handler.go'),
  };
}

describe('a program that ends before its handler can be called', () => {
  it.each<[string, string, Record<string, unknown>]>([
    [
      'init panics',
      `package main\n\nvar x = 1\n\nfunc init() {\n\tpanic("no database")\n}\n${HANDLER}`,
      { type: 'panic', message: 'no database', line: 6, source: '\tpanic("no database")' },
    ],
    [
      'a variable cannot be made',
      `package main\n\nimport "regexp"\n\nvar x = regexp.MustCompile("(")\n\n${HANDLER}`,
      { type: 'panic', message: expect.stringContaining('missing closing )'), line: 5 },
    ],
    [
      'an error of Go itself',
      `package main\n\nvar none map[string]int\n\nvar x = 1\n\nfunc init() { none["a"] = x }\n${HANDLER}`,
      { type: 'panic', message: 'assignment to entry in nil map', line: 7 },
    ],
    [
      'waits for what never comes',
      `package main\n\nvar x = <-make(chan int)\n\n${HANDLER}`,
      { type: 'fatal error', message: expect.stringContaining('all goroutines are asleep'), line: 3 },
    ],
    [
      'log.Fatal',
      `package main\n\nimport "log"\n\nvar x = 1\n\nfunc init() { log.Fatal("KEY is not set") }\n${HANDLER}`,
      { type: 'exit', message: expect.stringMatching(/^the program ended with code 1 .*KEY is not set$/) },
    ],
    [
      'os.Exit',
      `package main\n\nimport "os"\n\nvar x = 1\n\nfunc init() { os.Exit(3) }\n${HANDLER}`,
      { type: 'exit', message: 'the program ended with code 3 before its handler could be called' },
    ],
  ])('%s: LOAD_ERROR says why', async (_what, source, debug) => {
    const { worker, file } = await start(source);
    const error = (await worker.next((m) => m[0] === 31))[1] as Record<string, unknown>;
    expect(error).toMatchObject({ code: 'handler_error', debug });
    expect(error.message).toContain((error.debug as { message: string }).message);
    expect(error.files).toEqual('line' in debug ? [file] : []);
    if ('line' in debug) expect(error.debug).toMatchObject({ file });
    await worker.connection.close();
    const exited = await daemon.next((m) => m[0] === 14 && m[1] === worker.name);
    expect(exited[2]).toBeGreaterThan(0);
    expect(existsSync(worker.spec.socket)).toBe(false);
  });

  it('every gateway hears it; a STOP ends the waiting', async () => {
    const { worker } = await start(`package main\n\nvar x = func() int { panic("no") }()\n\n${HANDLER}`);
    const second = await open(worker.spec.socket);
    await Promise.all([worker, second].map((one) => one.next((m) => m[0] === 31)));
    await Promise.all([worker, second].map((one) => one.connection.close()));
    daemon.send([13, worker.name, 0]);
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 2, null]);
  });
});
