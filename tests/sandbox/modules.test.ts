import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, useServer } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

/** What a strict sandbox must not break: finding and loading code, and writing where one may. */
describe('code that lies elsewhere is loaded', () => {
  it('imports below root, from several folders, also of other functions (node)', async () => {
    const app = await useServer({
      files: {
        'orders/index.ts': `import { total } from '../cart/total.js';
          import { tax } from '../_lib/tax';
          import fs from 'node:fs';
          export const handler = () => {
            let secret = 'refused';
            try { secret = fs.readFileSync(new URL('../cart/index.js', import.meta.url), 'utf8'); } catch {}
            return { sum: total() + tax(), secret };
          };`,
        'cart/total.ts': `import { one } from './deep/one.js'; export const total = () => one + 1;`,
        'cart/deep/one.js': 'export const one = 1;',
        'cart/index.js': 'export const handler = () => "cart";',
        '_lib/tax.ts': 'export const tax = () => 40;',
      },
    });
    expect(await (await app.fetch('/orders')).json()).toEqual({ sum: 42, secret: 'refused' });
  });

  it('imports below root (python)', async () => {
    const app = await useServer({
      files: {
        'orders/get.py': `from _shared import tax
from cart.total import total

def handler(event):
    try:
        secret = open("../cart/handler.py").read()
    except PermissionError:
        secret = "refused"
    return {"sum": total() + tax(), "secret": secret}
`,
        'cart/total.py': 'from .one import ONE\n\ndef total():\n    return ONE + 1\n',
        'cart/one.py': 'ONE = 1\n',
        'cart/handler.py': 'def handler(event):\n    return "cart"\n',
        '_shared.py': 'def tax():\n    return 40\n',
      },
    });
    expect(await (await app.fetch('/orders')).json()).toEqual({ sum: 42, secret: 'refused' });
  });

  it.each([
    [
      'js',
      "import { word } from './_new.mjs';\nexport const handler = () => word;",
      '_new.mjs',
      "export const word = 'new';",
    ],
    ['py', 'from _new import WORD\n\ndef handler(event):\n    return WORD\n', '_new.py', "WORD = 'new'\n"],
  ])('a private module that comes later (%s)', async (extension, code, name, module) => {
    const app = await useServer({ files: { [`later.${extension}`]: code } });
    expect((await app.fetch('/later')).status).toBe(500);
    app.write(name, module);
    await eventually(async () => expect(await (await app.fetch('/later')).text()).toBe('new'));
  });

  it('packages above root, links of a workspace among them', async () => {
    const project = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
    onTestFinished(() => rmSync(project, { recursive: true, force: true }));
    const write = (path: string, text: string): void => {
      mkdirSync(join(project, path, '..'), { recursive: true });
      writeFileSync(join(project, path), text);
    };
    write('package.json', '{"type": "module"}');
    write('node_modules/plain/package.json', '{"name": "plain", "main": "index.cjs"}');
    write('node_modules/plain/index.cjs', 'module.exports = 1;');
    write('libs/mine/package.json', '{"name": "@me/mine", "type": "module", "exports": "./index.js"}');
    write('libs/mine/index.js', 'export const two = 2;');
    mkdirSync(join(project, 'node_modules/@me'));
    symlinkSync('../../libs/mine', join(project, 'node_modules/@me/mine'));
    write(
      'functions/api/get.js',
      `import one from 'plain';\nimport { two } from '@me/mine';\nexport const handler = () => one + two;`,
    );
    const app = await useServer({ root: join(project, 'functions') });
    expect(await (await app.fetch('/api')).text()).toBe('3');
  });
});

it('a function cannot widen its reach by links that it makes', async () => {
  const app = await useServer({
    files: {
      'a/index.js': `import fs from 'node:fs';
        export const handler = ({ query }) => {
          if (query.make) {
            fs.mkdirSync('node_modules', { recursive: true });
            for (const name of ['_evil', 'node_modules/x', 'evil.js']) fs.symlinkSync('../b/data.txt', name);
            fs.appendFileSync('index.js', "\\nimport './evil.js';");
            return 'made';
          }
          return fs.readFileSync('../b/data.txt', 'utf8');
        };`,
      'b/index.js': 'export const handler = () => "b";',
      'b/data.txt': 'data of b',
    },
    env: { FN_HOT_RELOAD: '0' },
  });
  expect(await (await app.fetch('/a?make=1')).text()).toBe('made');
  app.reload();
  expect((await app.fetch('/a')).status).toBe(500);
});

describe('what is refused says so', () => {
  it.each([
    ['js', "import fs from 'node:fs';\nexport const handler = () => fs.readFileSync('/etc/shadow', 'utf8');"],
    ['py', "def handler(event):\n    return open('/etc/shadow').read()\n"],
  ])('with a hint in the log and in the answer (%s)', async (extension, code) => {
    const app = await useServer({ files: { [`peek.${extension}`]: code } });
    const answer = (await (await app.fetch('/peek')).json()) as { debug: { hint?: string } };
    expect(answer.debug.hint).toMatch(/FN_STRICT_FS_ALLOW/);
    await app.waitForLog(/FN_STRICT_FS_ALLOW/);
  });
});

describe('switches', () => {
  const peek = "import fs from 'node:fs';\nexport const handler = ({ query }) => fs.readFileSync(query.path, 'utf8');";
  const outside = (): string => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'outside-')));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'file.txt'), 'outside');
    return join(folder, 'file.txt');
  };

  it('FN_STRICT_FS_ALLOW names further folders', async () => {
    const file = outside();
    const app = await useServer({ files: { 'peek.js': peek }, env: { FN_STRICT_FS_ALLOW: join(file, '..') } });
    expect(await (await app.fetch(`/peek?path=${file}`)).text()).toBe('outside');
    expect((await app.fetch('/peek?path=/etc/shadow')).status).toBe(500);
  });

  it.each([
    ['strict_fs: false', { 'fn.config.json': '{"strict_fs": false}' }, {}],
    ['FN_STRICT_FS=0', {}, { FN_STRICT_FS: '0' }],
  ])('%s turns it off', async (_name, files, env) => {
    const file = outside();
    const app = await useServer({ files: { 'peek.js': peek, ...files }, env });
    expect(await (await app.fetch(`/peek?path=${file}`)).text()).toBe('outside');
  });

  it('health says the level of each language that runs something', async () => {
    const app = await useServer({ files: { 'a.js': peek, 'b.py': 'def handler(event):\n    return 1\n' } });
    const health = (await (await app.fetch('/_fn/health')).json()) as { sandbox: unknown };
    const level = expect.stringMatching(/^(?:kernel|runtime)$/);
    expect(health.sandbox).toMatchObject({ node: level, python: level });
  });
});
