import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, useServer } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

const say = (what: unknown) => `export const handler = () => ${JSON.stringify(what)};`;
const sayPython = (what: string) => `def handler(event):\n    return ${JSON.stringify(what)}\n`;

describe('hot reload', () => {
  it.each([
    ['node', 'a.js', say('one'), say('two')],
    [
      'typescript',
      'a.ts',
      `const x: string = "one"; export const handler = () => x;`,
      `const x: string = "two"; export const handler = () => x;`,
    ],
    ['python', 'a.py', sayPython('one'), sayPython('two')],
  ])('%s: an edited handler answers anew', async (_name, file, before, after) => {
    const app = await useServer({ files: { [file]: before } });
    expect(await (await app.fetch('/a')).text()).toBe('one');
    app.write(file, after);
    await eventually(async () => (await (await app.fetch('/a')).text()) === 'two');
  });

  it.each([
    [
      'node',
      { 'a.js': 'import { x } from "./_x.js"; export const handler = () => x;', '_x.js': 'export const x = "one";' },
      '_x.js',
      'export const x = "two";',
    ],
    [
      'node, two imports away',
      {
        'a.js': 'export { x as handler } from "./lib/_y.js";',
        'lib/_y.js': 'import { z } from "./_z.js"; export const x = () => z;',
        'lib/_z.js': 'export const z = "one";',
      },
      'lib/_z.js',
      'export const z = "two";',
    ],
    [
      'commonjs',
      { 'a.cjs': 'const { x } = require("./_x.cjs"); exports.handler = () => x;', '_x.cjs': 'exports.x = "one";' },
      '_x.cjs',
      'exports.x = "two";',
    ],
    [
      'typescript',
      {
        'a.ts': 'import { x } from "./_x"; export const handler = () => x;',
        '_x.ts': 'export const x: string = "one";',
      },
      '_x.ts',
      'export const x: string = "two";',
    ],
    [
      'python',
      { 'a.py': 'from _x import x\ndef handler(event):\n    return x\n', '_x.py': 'x = "one"\n' },
      '_x.py',
      'x = "two"\n',
    ],
  ])('%s: an edited helper answers anew', async (_name, files, helper, after) => {
    const app = await useServer({ files });
    expect(await (await app.fetch('/a')).text()).toBe('one');
    app.write(helper, after);
    await eventually(async () => (await (await app.fetch('/a')).text()) === 'two');
  });

  it('adds and removes routes with files and folders', async () => {
    const app = await useServer({ files: { 'a.js': say('a') } });
    expect((await app.fetch('/new/thing')).status).toBe(404);
    app.write('new/thing.py', sayPython('thing'));
    await eventually(async () => (await (await app.fetch('/new/thing')).text()) === 'thing');
    app.remove('new');
    await eventually(async () => (await app.fetch('/new/thing')).status === 404);
    expect(await (await app.fetch('/a')).text()).toBe('a');
  });

  it('applies configuration and environment files', async () => {
    const app = await useServer({
      files: { 'a/handler.js': 'export const handler = (e) => e.env.GREETING ?? "none";' },
    });
    expect(await (await app.fetch('/a')).text()).toBe('none');
    app.write('a/fn.env.json', { GREETING: 'hi' });
    await eventually(async () => (await (await app.fetch('/a')).text()) === 'hi');
    app.write('fn.env.json', { GREETING: 'from the root' });
    app.remove('a/fn.env.json');
    await eventually(async () => (await (await app.fetch('/a')).text()) === 'from the root');
    app.write('a/fn.config.json', { invoke: { methods: ['POST'] } });
    await eventually(async () => (await app.fetch('/a')).status === 405);
  });

  it('keeps serving the rest after a broken edit, and mends', async () => {
    const app = await useServer({ files: { 'a.js': say('a'), 'b.js': say('b') } });
    expect(await (await app.fetch('/a')).text()).toBe('a');
    app.write('a.js', 'export const handler = () => {{{;');
    await eventually(async () => (await app.fetch('/a')).status === 500);
    expect(await (await app.fetch('/b')).text()).toBe('b');
    app.write('a.js', say('mended'));
    await eventually(async () => (await (await app.fetch('/a')).text()) === 'mended');
  });

  it('keeps the last good configuration after a broken edit of it', async () => {
    const app = await useServer({
      files: { 'a/handler.js': say('a'), 'a/fn.config.json': { invoke: { methods: ['POST'] } } },
    });
    expect((await app.fetch('/a')).status).toBe(405);
    app.write('a/fn.config.json', '{ "invoke": { "methods": ["PO');
    await app.waitForLog(/\[Discovery\].*fn\.config\.json/);
    expect((await app.fetch('/a')).status).toBe(405);
    expect((await app.fetch('/a', { method: 'POST' })).status).toBe(200);
  });

  it('finds a module that was missing', async () => {
    const app = await useServer({
      files: { 'a.js': 'import { x } from "./_later.js"; export const handler = () => x;' },
    });
    expect((await app.fetch('/a')).status).toBe(500);
    app.write('_later.js', 'export const x = "here now";');
    await eventually(async () => (await (await app.fetch('/a')).text()) === 'here now');
  });

  it('restarts only what changed', async () => {
    const pid = 'export const handler = () => String(process.pid);';
    const app = await useServer({ files: { 'a.js': pid, 'b.js': pid, 'note.txt': 'x' } });
    const ask = async (path: string) => (await app.fetch(path)).text();
    const [a, b] = [await ask('/a'), await ask('/b')];
    app.write('note.txt', 'y');
    app.write('a.js', `${pid}\n`);
    await eventually(async () => (await ask('/a')) !== a);
    expect(await ask('/b')).toBe(b);
  });

  it('survives a save storm without a stale answer at its end', async () => {
    const app = await useServer({ files: { 'a.js': say(0), 'b.py': sayPython('0') } });
    await app.fetch('/a');
    await app.fetch('/b');
    for (let n = 1; n <= 50; n++) {
      // Half of the editors write in place, the other half by rename.
      const path = join(app.root, 'a.js');
      if (n % 2) writeFileSync(path, say(n));
      else {
        writeFileSync(`${path}.tmp~`, say(n));
        renameSync(`${path}.tmp~`, path);
      }
      app.write('b.py', sayPython(String(n)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(async () => (await (await app.fetch('/a')).text()) === '50');
    await eventually(async () => (await (await app.fetch('/b')).text()) === '50');
    // And it stays so.
    expect(await (await app.fetch('/a')).text()).toBe('50');
    expect(await (await app.fetch('/b')).text()).toBe('50');
  });

  it('takes a swap of 500 files as one change', { timeout: 60_000 }, async () => {
    const files = (value: string) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`many/f${n}.js`, say(value)]));
    const app = await useServer({ files: { ...files('old'), 'z.js': say('z') } });
    expect(await (await app.fetch('/many/f499')).text()).toBe('old');
    for (const [name, text] of Object.entries(files('new'))) app.write(name, text);
    await eventually(async () => (await (await app.fetch('/many/f499')).text()) === 'new');
    expect(await (await app.fetch('/many/f0')).text()).toBe('new');
    expect(await (await app.fetch('/z')).text()).toBe('z');
  });

  it('keeps a running call on the code it started with', async () => {
    const slow = (text: string) =>
      `export const handler = async () => { await new Promise((r) => setTimeout(r, 300)); return ${JSON.stringify(text)}; };`;
    const app = await useServer({ files: { 'slow.js': slow('old') } });
    const running = app.fetch('/slow').then((response) => response.text());
    await eventually(() => app.server.status().functions.some((fn) => fn.active > 0));
    app.write('slow.js', slow('new'));
    expect(await running).toBe('old');
    await eventually(async () => (await (await app.fetch('/slow')).text()) === 'new');
  });

  it('reloads by hand when watching is off', async () => {
    const app = await useServer({ files: { 'a.js': say('one') }, env: { FN_HOT_RELOAD: '0' } });
    expect(await (await app.fetch('/a')).text()).toBe('one');
    app.write('a.js', say('two'));
    app.write('b.js', say('b'));
    expect(await (await app.fetch('/_fn/reload', { method: 'POST' })).json()).toMatchObject({ ok: true });
    expect(await (await app.fetch('/a')).text()).toBe('two');
    expect(await (await app.fetch('/b')).text()).toBe('b');
  });
});
