import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyMessage } from '@fastfn/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, makeDaemon, specFor, startWorker, tree, type Worker } from './php-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

interface LoadFailure {
  code: string;
  message: string;
  files: string[];
  debug: Record<string, unknown> | null;
}

async function loadError(worker: Worker): Promise<LoadFailure> {
  const [, error] = await worker.next((m) => m[0] === 31);
  const exited = await daemon.next((m) => m[0] === 14 && m[1] === worker.name);
  expect(exited.slice(0, 2)).toEqual([14, worker.name]);
  expect(exited[2]).not.toBe(0);
  return error as LoadFailure;
}

describe('loading a handler', () => {
  it('finds helpers beside it and above it, and reports them', async () => {
    const { root, path } = tree({
      '_top.php': '<?php const TOP = "top";',
      'orders/_db.php': '<?php const DB = "db";',
      'orders/[id]/_near.php': '<?php return "near";',
      'orders/[id]/get.items.php': `<?php
        $near = require '_near.php';
        require_once '_db.php';
        require_once '_top.php';
        function handler() {
          global $near;
          return [$near, DB, TOP, basename(__FILE__), getcwd()];
        }`,
    });
    const folder = path('orders/[id]');
    const worker = await startWorker(daemon, specFor(daemon, path('orders/[id]/get.items.php'), { root, folder }));
    expect(JSON.parse((await call(worker)).text)).toEqual(['near', 'db', 'top', 'get.items.php', folder]);
    const [, ready] = await worker.next<ReadyMessage>((m) => m[0] === 30);
    expect([...ready.files].sort()).toEqual(
      ['_top.php', 'orders/[id]/_near.php', 'orders/[id]/get.items.php', 'orders/_db.php']
        .map((name) => join(root, name))
        .sort(),
    );
  });

  it('does not report what others wrote', async () => {
    const { path } = tree({
      'handler.php': '<?php require "vendor/autoload.php"; return fn() => loaded();',
      'vendor/autoload.php': '<?php function loaded() { return "yes"; }',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    expect((await call(worker)).text).toBe('yes');
    expect((await worker.next((m) => m[0] === 30))[1]).toMatchObject({ files: [path('handler.php')] });
  });

  it('reports files that are included later', async () => {
    const { path } = tree({
      'handler.php': '<?php function handler() { return require "_late.php"; }',
      '_late.php': '<?php return "late";',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    expect((await call(worker)).text).toBe('late');
    expect((await worker.next((m) => m[0] === 32))[1]).toContain(path('_late.php'));
  });

  it('never serves a stale handler, whatever the clock says, and leaves nothing behind', async () => {
    const { root, path, write } = tree({ 'handler.php': '' });
    const time = new Date(1_700_000_000_000);
    for (let n = 10; n < 40; n++) {
      write('handler.php', `<?php return fn() => ${n};`);
      utimesSync(path('handler.php'), time, time);
      const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
      expect((await call(worker)).text).toBe(`${n}`);
      daemon.send([13, worker.name, 0]);
    }
    expect(readdirSync(root)).toEqual(['handler.php']);
  });

  it('never serves a stale helper that was just saved', async () => {
    const { path, write } = tree({ 'handler.php': '<?php require "_lib.php"; return fn() => X;', '_lib.php': '' });
    for (let n = 10; n < 40; n++) {
      write('_lib.php', `<?php const X = ${n};`);
      const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
      expect((await call(worker)).text).toBe(`${n}`);
      daemon.send([13, worker.name, 0]);
    }
  });

  it('greets gateways before it loads, which may take long', async () => {
    const { path, write } = tree({
      'handler.php': '<?php while (!file_exists("go.txt")) { clearstatcache(); usleep(5000); } return fn() => "hi";',
    });
    let greeted!: () => void;
    const greeting = new Promise<void>((resolve) => {
      greeted = resolve;
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')), { onHello: () => greeted() });
    await greeting;
    expect(worker.seen).toEqual([]);
    write('go.txt', '');
    expect((await call(worker)).text).toBe('hi');
  });

  it('has the variables of the function', async () => {
    const { path } = tree({
      'handler.php':
        '<?php return fn($event) => [getenv("A"), $_ENV["P"], $_SERVER["A"], $event["env"], $argv ?? $_SERVER["argv"], getenv("HOME")];',
    });
    const spec = specFor(daemon, path('handler.php'), { env: { A: 'own' }, process_env: { A: 'process', P: 'p' } });
    const answer = await call(await startWorker(daemon, spec));
    expect(JSON.parse(answer.text)).toEqual(['own', 'p', 'own', { A: 'own' }, [path('handler.php')], process.env.HOME]);
  });

  it.each([
    [0, '256M'],
    [64, '-1'],
  ])('with memory_mb %i has a memory limit of %s', async (memoryMb, limit) => {
    const { path } = tree({ 'handler.php': '<?php return fn() => ini_get("memory_limit");' });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php'), { memory_mb: memoryMb }));
    expect((await call(worker)).text).toBe(limit);
  });
});

describe('a handler that cannot be loaded', () => {
  it('names the line of a syntax error', async () => {
    const { path } = tree({ 'handler.php': '<?php\nfunction handler($event) {\n    return [\n}\n' });
    const error = await loadError(await startWorker(daemon, specFor(daemon, path('handler.php'))));
    expect(error).toMatchObject({
      code: 'handler_error',
      files: [path('handler.php')],
      debug: { type: 'ParseError', file: path('handler.php'), line: 4 },
    });
    expect(error.message).toMatch(/^ParseError: /);
  });

  it('names the line of a syntax error in a script', async () => {
    const { path } = tree({ 'page.php': '<p>\n<?php echo (1; ?>\n' });
    const error = await loadError(await startWorker(daemon, specFor(daemon, path('page.php'))));
    expect(error).toMatchObject({ debug: { type: 'ParseError', file: path('page.php'), line: 2 } });
  });

  it('lists all files whose mending could help, and what was printed', async () => {
    const { path } = tree({
      'handler.php': '<?php\necho "loading\n";\nrequire "_lib.php";\nfunction handler() {}\n',
      '_lib.php': '<?php\nrequire "_deep.php";\n',
      '_deep.php': '<?php\n)\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    const error = await loadError(worker);
    expect(error.files.sort()).toEqual([path('_deep.php'), path('_lib.php'), path('handler.php')]);
    expect(error.debug).toMatchObject({ type: 'ParseError', file: path('_deep.php'), line: 2, source: ')' });
    expect(worker.seen.find((m) => m[0] === 44)).toEqual([44, 0, 1, 'loading\n']);
  });

  it.each([
    [
      'no such name',
      'function hello() {} function thing() {}',
      { handler: 'start' },
      /no function `start`. It has: hello, thing/,
    ],
    ['nothing at all', '$x = 1;', { handler: 'start' }, /defines none at all/],
    ['an exit', 'function handler() {} exit(4);', {}, /called exit while it was loaded/],
    ['an exception', 'function handler() {} throw new Exception("at load");', {}, /^Exception: at load/],
    ['a fatal error', 'function handler() {} function strlen() {}', {}, /strlen/],
    ['a missing file', 'function handler() {} require "_gone.php";', {}, /_gone\.php/],
  ])('%s', async (_, source, over, message) => {
    const { path } = tree({ 'handler.php': `<?php\n${source}` });
    const error = await loadError(await startWorker(daemon, specFor(daemon, path('handler.php'), over)));
    expect(error).toMatchObject({ code: 'handler_error', files: [path('handler.php')] });
    expect(error.message).toMatch(message);
  });

  it('refuses adapters, and a missing file', async () => {
    const { path } = tree({ 'handler.php': '<?php function handler() {}' });
    const spec = specFor(daemon, path('handler.php'), { adapter: 'fetch' });
    expect(await loadError(await startWorker(daemon, spec))).toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining("'fetch'"),
    });
    expect(await loadError(await startWorker(daemon, specFor(daemon, path('nope.php'))))).toMatchObject({
      code: 'handler_error',
      message: expect.stringContaining('does not exist'),
      files: [path('nope.php')],
    });
  });
});
