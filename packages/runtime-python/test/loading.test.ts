import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyMessage } from '@fastfn/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, makeDaemon, specFor, startWorker, tree, type Worker } from './python-host.js';

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
  expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 1, null]);
  return error as LoadFailure;
}

describe('loading a handler', () => {
  it('works under file names that cannot be imported, with helpers beside and above it', async () => {
    const { root, path } = tree({
      '_top.py': 'name = "top"\n',
      'orders/_db.py': 'name = "db"\n',
      'orders/[id]/_near.py': 'name = "near"\n',
      'orders/[id]/get.items.py': `
import os
import _db, _near, _top
from ._near import name as near
from .._db import name as db
from ..._top import name as top
def handler(id):
    return [_near.name, _db.name, _top.name, near, db, top, __name__, os.path.basename(__file__), os.getcwd()]
`,
    });
    const folder = path('orders/[id]');
    const worker = await startWorker(daemon, specFor(daemon, path('orders/[id]/get.items.py'), { root, folder }));
    const answer = await call(worker, { params: ['id', '1'] });
    expect(JSON.parse(answer.text)).toEqual([
      ...['near', 'db', 'top', 'near', 'db', 'top'],
      'fastfn_root.orders.[id].get_items',
      'get.items.py',
      folder,
    ]);
    const ready = await worker.next((m) => m[0] === 30);
    expect([...new Set((ready as ReadyMessage)[1].files)].sort()).toEqual(
      ['_top.py', 'orders/[id]/_near.py', 'orders/[id]/get.items.py', 'orders/_db.py']
        .map((name) => join(root, name))
        .sort(),
    );
  });

  it('reports files that are imported later', async () => {
    const { path } = tree({
      'handler.py': 'def handler():\n    import _late\n    return _late.x\n',
      '_late.py': 'x = "late"\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    expect((await call(worker)).text).toBe('late');
    expect(await worker.next((m) => m[0] === 32)).toEqual([32, [path('_late.py')]]);
  });

  it('is not confused by files named like a library', async () => {
    const { path } = tree({
      'email.py':
        'import email.utils, statistics\ndef handler():\n    return [email.utils.quote("a"), statistics.mean([1, 3])]\n',
      'statistics.py': 'raise RuntimeError("this is a route")\n',
    });
    expect((await call(await startWorker(daemon, specFor(daemon, path('email.py'))))).text).toBe('["a",2]');
  });

  it('never serves stale code, whatever the clock says, and leaves no caches behind', async () => {
    const { root, path, write } = tree({ 'handler.py': '', '_lib.py': '' });
    const time = new Date(1_700_000_000_000);
    for (let n = 10; n < 60; n++) {
      write('handler.py', `import _lib\ndef handler():\n    return [${n}, _lib.x]\n`);
      write('_lib.py', `x = ${n}\n`);
      // Same size, same time: what a bytecode cache would go by.
      utimesSync(path('handler.py'), time, time);
      utimesSync(path('_lib.py'), time, time);
      const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
      expect((await call(worker)).text).toBe(`[${n},${n}]`);
      daemon.send([13, worker.name, 0]);
    }
    expect(readdirSync(root).sort()).toEqual(['_lib.py', 'handler.py']);
  });

  it('greets gateways while it is still loading', async () => {
    const { path, write } = tree({
      'handler.py':
        'import os, time\nwhile not os.path.exists("go.txt"):\n    time.sleep(0.01)\ndef handler():\n    return "hi"\n',
    });
    let greeted!: () => void;
    const greeting = new Promise<void>((resolve) => {
      greeted = resolve;
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')), { onHello: () => greeted() });
    await greeting;
    expect(worker.seen).toEqual([]);
    write('go.txt', '');
    expect((await call(worker)).text).toBe('hi');
  });

  it('uses PYTHONPATH and the variables of the function', async () => {
    const { root, path } = tree({
      'deps/thing.py': 'x = 5\n',
      'fn/handler.py':
        'import os, sys, thing\ndef handler(event):\n    return [thing.x, os.environ["A"], os.environ["P"], event["env"], sys.argv, os.environ.get("HOME")]\n',
    });
    const worker = await startWorker(
      daemon,
      specFor(daemon, path('fn/handler.py'), {
        root: join(root, 'fn'),
        env: { A: 'own' },
        process_env: { A: 'process', P: 'p', PYTHONPATH: join(root, 'deps') },
      }),
    );
    expect(JSON.parse((await call(worker)).text)).toEqual([
      5,
      'own',
      'p',
      { A: 'own' },
      [path('fn/handler.py')],
      process.env.HOME,
    ]);
  });

  it('works with dataclasses, pickles and modules that import the handler', async () => {
    const { path } = tree({
      'handler.py': `
from __future__ import annotations
import dataclasses, pickle, uuid, enum
import _other
class Color(enum.Enum):
    RED = "red"
@dataclasses.dataclass
class Item:
    id: uuid.UUID
    color: Color
def handler():
    item = pickle.loads(pickle.dumps(Item(uuid.UUID(int=1), Color.RED)))
    return {"body": {"item": item, "same": _other.item_class() is Item}}
`,
      '_other.py': 'def item_class():\n    import handler\n    return handler.Item\n',
    });
    const answer = await call(await startWorker(daemon, specFor(daemon, path('handler.py'))));
    expect(JSON.parse(answer.text)).toEqual({
      item: { id: '00000000-0000-0000-0000-000000000001', color: 'red' },
      same: true,
    });
  });
});

describe('a handler that cannot be loaded', () => {
  it('names the line of a syntax error', async () => {
    const { path } = tree({ 'handler.py': 'def handler(event):\n    return {\n' });
    const error = await loadError(await startWorker(daemon, specFor(daemon, path('handler.py'))));
    expect(error).toMatchObject({
      code: 'handler_error',
      files: [path('handler.py')],
      debug: { type: 'SyntaxError', file: path('handler.py') },
    });
    expect(error.message).toMatch(/^SyntaxError: /);
  });

  it('lists all files whose mending could help, and what was printed', async () => {
    const { path } = tree({
      'handler.py': 'print("loading")\nimport _lib\n',
      '_lib.py': 'import _deep\n',
      '_deep.py': 'import nothing_like_it\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    const error = await loadError(worker);
    expect(error.files.sort()).toEqual([path('_deep.py'), path('_lib.py'), path('handler.py')]);
    expect(error.debug).toMatchObject({
      type: 'ModuleNotFoundError',
      file: path('_deep.py'),
      line: 1,
      source: 'import nothing_like_it',
    });
    expect(worker.seen.find((m) => m[0] === 44)).toEqual([44, 0, 1, 'loading\n']);
  });

  it.each([
    [
      'no callable',
      'def hello():\n    pass\nclass Thing:\n    pass\n',
      {},
      /no callable `handler` or `main`. It has: hello, Thing/,
    ],
    ['nothing at all', 'x = 1\n', {}, /defines no function/],
    ['no such name', 'def handler():\n    pass\n', { handler: 'start' }, /no callable `start`. It has: handler/],
    ['exit while loading', 'import sys\nsys.exit(4)\n', {}, /sys\.exit\(4\) while it was loaded/],
  ])('%s', async (_, source, over, message) => {
    const { path } = tree({ 'handler.py': source });
    const error = await loadError(await startWorker(daemon, specFor(daemon, path('handler.py'), over)));
    expect(error).toMatchObject({ code: 'handler_error', files: [path('handler.py')] });
    expect(error.message).toMatch(message);
  });

  it('refuses an unknown adapter, and a missing file', async () => {
    const { path } = tree({ 'handler.py': '' });
    const unknown = await loadError(
      await startWorker(daemon, specFor(daemon, path('handler.py'), { adapter: 'fetch' })),
    );
    expect(unknown).toMatchObject({ code: 'invalid_config' });
    expect(unknown.message).toContain('asgi');
    const missing = await loadError(await startWorker(daemon, specFor(daemon, path('nope.py'))));
    expect(missing).toMatchObject({
      code: 'handler_error',
      files: [path('nope.py')],
      debug: { type: 'FileNotFoundError' },
    });
  });
});
