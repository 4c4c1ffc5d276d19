import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { tree, write } from '../test/fixture.js';
import { summary, watching } from '../test/watching.js';

const NOTHING = { changed: [], added: [], removed: [] };

it('tells a save, an added file and a removed one', async () => {
  const root = tree({ 'a/handler.js': '1', 'a/old.js': '' });
  const { next } = watching(root);
  writeFileSync(join(root, 'a/handler.js'), '22');
  expect(await next()).toEqual({ ...NOTHING, changed: ['a/handler.js'] });
  writeFileSync(join(root, 'a/new.js'), '');
  expect(await next()).toEqual({ ...NOTHING, added: ['a/new.js'] });
  unlinkSync(join(root, 'a/old.js'));
  expect(await next()).toEqual({ ...NOTHING, removed: ['a/old.js'] });
});

it.each<[string, (file: string) => void]>([
  ['in place', (file) => writeFileSync(file, 'new')],
  [
    'truncates, writes in parts, syncs',
    (file) => {
      const fd = openSync(file, 'w');
      writeSync(fd, 'n');
      writeSync(fd, 'ew');
      fsyncSync(fd);
      closeSync(fd);
    },
  ],
  [
    'writes a temporary file and renames it (VS Code, sed -i)',
    (file) => {
      writeFileSync(`${dirname(file)}/sedX4f2`, 'new');
      renameSync(`${dirname(file)}/sedX4f2`, file);
    },
  ],
  [
    'moves the old file to a backup and writes anew (vim)',
    (file) => {
      writeFileSync(`${dirname(file)}/4913`, '');
      unlinkSync(`${dirname(file)}/4913`);
      renameSync(file, `${file}~`);
      writeFileSync(file, 'new');
      unlinkSync(`${file}~`);
    },
  ],
  [
    'removes and writes',
    (file) => {
      unlinkSync(file);
      writeFileSync(file, 'new');
    },
  ],
  [
    'safe write with two renames (JetBrains)',
    (file) => {
      writeFileSync(`${file}___jb_tmp___`, 'new');
      renameSync(file, `${file}___jb_old___`);
      renameSync(`${file}___jb_tmp___`, file);
      unlinkSync(`${file}___jb_old___`);
    },
  ],
])('an editor that %s: one change, again and again', async (_, save) => {
  const root = tree({ 'a/handler.js': 'old' });
  const { next, batches } = watching(root);
  for (let i = 0; i < 3; i++) {
    writeFileSync(join(root, 'mark'), String(i));
    await next();
    save(join(root, 'a/handler.js'));
    expect(await next()).toEqual({ ...NOTHING, changed: ['a/handler.js'] });
  }
  expect(batches).toHaveLength(6);
});

it('an editor that removes, waits a little, and writes: still one change', async () => {
  const root = tree({ 'a.js': 'old' });
  const { next } = watching(root, { debounceMs: 400 });
  unlinkSync(join(root, 'a.js'));
  setTimeout(() => writeFileSync(join(root, 'a.js'), 'new'), 40);
  expect(await next()).toEqual({ ...NOTHING, changed: ['a.js'] });
});

it('never ends on a stale state, however fast the saves come', async () => {
  const root = tree({ 'a.js': '0' });
  let seen = '';
  const watched = watching(root, {
    onBatch: () => {
      seen = readFileSync(join(root, 'a.js'), 'utf8');
    },
  });
  for (let i = 1; i <= 50; i++) {
    writeFileSync(join(root, 'a.js'), String(i));
    await new Promise((resolve) => setTimeout(resolve, 1 + (i % 20)));
  }
  await watched.until(() => seen === '50');
});

it('makes one batch of a burst: 500 files swapped', async () => {
  const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`d${i % 20}/f${i}.js`, 'old']));
  const root = tree(files);
  const { next } = watching(root);
  for (let i = 0; i < 500; i++) {
    const path = join(root, `d${i % 20}/f${i}.js`);
    if (i % 5 === 0) unlinkSync(path);
    else writeFileSync(path, `new ${i}`);
    if (i % 5 === 1) writeFileSync(`${path}.added.js`, '');
  }
  const batch = await next();
  expect([batch.changed.length, batch.added.length, batch.removed.length]).toEqual([400, 100, 100]);
});

it('sees files in new folders, however deep, and what happens to them later', async () => {
  const root = tree({});
  const { next, until } = watching(root);
  write(root, { 'a/b/c/handler.js': '', 'a/_private.py': '' });
  expect(summary(await until((batches) => Object.keys(summary(batches)).length === 2))).toEqual({
    'a/b/c/handler.js': 'added',
    'a/_private.py': 'added',
  });
  while ((await next()).added.length === 0);
  appendFileSync(join(root, 'a/b/c/handler.js'), 'x');
  await until((batches) => summary(batches)['a/b/c/handler.js'] === 'changed');
});

it('tells the files of a folder that is removed, renamed or moved in', async () => {
  const root = tree({ 'a/one.js': '', 'a/b/two.js': '' });
  const { next } = watching(root);
  renameSync(join(root, 'a'), join(root, 'z'));
  expect(await next()).toEqual({ changed: [], added: ['z/b/two.js', 'z/one.js'], removed: ['a/b/two.js', 'a/one.js'] });
  appendFileSync(join(root, 'z/b/two.js'), 'x');
  expect(await next()).toEqual({ ...NOTHING, changed: ['z/b/two.js'] });
  rmSync(join(root, 'z'), { recursive: true });
  expect(await next()).toEqual({ ...NOTHING, removed: ['z/b/two.js', 'z/one.js'] });
});

it('sees through a folder that is removed and made again', async () => {
  const root = tree({ 'a/b/one.js': 'old', 'a/b/gone.js': '' });
  const { next } = watching(root);
  rmSync(join(root, 'a'), { recursive: true });
  write(root, { 'a/b/one.js': 'newer' });
  expect(await next()).toEqual({ changed: ['a/b/one.js'], added: [], removed: ['a/b/gone.js'] });
  appendFileSync(join(root, 'a/b/one.js'), 'x');
  expect(await next()).toEqual({ ...NOTHING, changed: ['a/b/one.js'] });
});

it('survives the end and the return of the root', async () => {
  const root = tree({ 'a.js': '' });
  const { next } = watching(root);
  for (let i = 0; i < 2; i++) {
    rmSync(root, { recursive: true });
    expect(await next()).toEqual({ ...NOTHING, removed: ['a.js'] });
    mkdirSync(root);
    writeFileSync(join(root, 'a.js'), '');
    expect(await next()).toEqual({ ...NOTHING, added: ['a.js'] });
    appendFileSync(join(root, 'a.js'), 'x');
    expect(await next()).toEqual({ ...NOTHING, changed: ['a.js'] });
  }
});

it('survives the end and the return of the folders above the root', async () => {
  const outer = tree({ 'project/functions/a.js': '' });
  const root = join(outer, 'project/functions');
  const { next } = watching(root);
  rmSync(join(outer, 'project'), { recursive: true });
  expect(await next()).toEqual({ ...NOTHING, removed: ['a.js'] });
  write(outer, { 'project/functions/a.js': '' });
  expect(await next()).toEqual({ ...NOTHING, added: ['a.js'] });
  appendFileSync(join(root, 'a.js'), 'x');
  expect(await next()).toEqual({ ...NOTHING, changed: ['a.js'] });
});

it('starts with a root that is not there yet', async () => {
  const root = join(tree({}), 'later');
  const { next } = watching(root);
  mkdirSync(root);
  writeFileSync(join(root, 'a.js'), '');
  expect((await next()).added).toEqual(['a.js']);
});

it('watches single files beside the root', async () => {
  const outer = tree({ 'functions/a.js': '', 'fastfn.json': '{}' });
  const files = [join(outer, 'fastfn.json'), join(outer, '.env')];
  const { next } = watching(join(outer, 'functions'), { files });
  writeFileSync(join(outer, 'other.json'), '');
  writeFileSync(join(outer, 'fastfn.json'), '{"port": 1}');
  expect(await next()).toEqual({ ...NOTHING, changed: ['../fastfn.json'] });
  writeFileSync(join(outer, '.env'), 'A=1');
  expect(await next()).toEqual({ ...NOTHING, added: ['../.env'] });
  unlinkSync(files[0]!);
  expect(await next()).toEqual({ ...NOTHING, removed: ['../fastfn.json'] });
});

it('keeps quiet about dependencies, build output, dotfiles, temporary files, and files merely touched by mode', async () => {
  const root = tree({ 'a/handler.js': '', 'a/node_modules/x/index.js': '', 'a/.deps/y.py': '' });
  const { next } = watching(root);
  write(root, {
    'a/node_modules/x/index.js': 'changed',
    'a/node_modules/z/index.js': 'new',
    'a/.deps/y.py': 'changed',
    'a/.env': '',
    'a/__pycache__/x.pyc': '',
    'target/out': '',
    'a/handler.js~': '',
    'a/.handler.js.swp': '',
    'a/handler.js.tmp': '',
  });
  writeFileSync(join(root, 'a/_shared.js'), '');
  expect(await next()).toEqual({ ...NOTHING, added: ['a/_shared.js'] });
});

it('tells a link that appears, and does not follow it', async () => {
  const root = tree({ 'a/handler.js': '', 'b/x.js': '' });
  const { next } = watching(root);
  symlinkSync('../a', join(root, 'b/loop'));
  expect(await next()).toEqual({ ...NOTHING, added: ['b/loop'] });
});

it('keeps a write of the same size in the same millisecond', async () => {
  const root = tree({ 'a.js': 'one' });
  const { next } = watching(root);
  const time = new Date();
  writeFileSync(join(root, 'x'), 'two');
  utimesSync(join(root, 'x'), time, time);
  renameSync(join(root, 'x'), join(root, 'a.js'));
  expect(await next()).toEqual({ ...NOTHING, changed: ['a.js'] });
});

it('polls when asked to', async () => {
  const outer = tree({ 'functions/a.js': '', 'functions/b.js': '', 'fastfn.json': '{}' });
  const root = join(outer, 'functions');
  const { next, watcher } = watching(root, { watchdog: false, intervalMs: 5, files: [join(outer, 'fastfn.json')] });
  expect(watcher.mode).toBe('polling');
  writeFileSync(join(root, 'a.js'), '1');
  expect(await next()).toEqual({ ...NOTHING, changed: ['a.js'] });
  unlinkSync(join(root, 'b.js'));
  expect(await next()).toEqual({ ...NOTHING, removed: ['b.js'] });
  writeFileSync(join(outer, 'fastfn.json'), '{"a": 1}');
  expect(await next()).toEqual({ ...NOTHING, changed: ['../fastfn.json'] });
  rmSync(root, { recursive: true });
  expect((await next()).removed).toEqual(['a.js']);
  write(root, { 'sub/c.js': '' });
  expect((await next()).added).toEqual(['sub/c.js']);
});

it('closes twice, and is silent afterwards', async () => {
  const root = tree({ 'a.js': '' });
  const { watcher, batches } = watching(root);
  writeFileSync(join(root, 'a.js'), '1');
  await watcher.close();
  await watcher.close();
  const other = watching(root);
  writeFileSync(join(root, 'a.js'), '22');
  await other.next();
  expect(batches).toEqual([]);
});

it('tells what the listener threw and goes on', async () => {
  const root = tree({ 'a.js': '' });
  const errors: string[] = [];
  const { next } = watching(root, {
    onBatch() {
      throw new Error('listener');
    },
    onError: (error) => errors.push(error.message),
  });
  writeFileSync(join(root, 'a.js'), '1');
  await next();
  writeFileSync(join(root, 'a.js'), '22');
  await next();
  expect(errors).toEqual(['listener', 'listener']);
});

it('refuses relative paths', () => {
  expect(() => watching('functions')).toThrow('watch() needs absolute paths, but was given "functions".');
});

it('takes links that lead nowhere, in a circle or below a file as they are', async () => {
  const root = tree({ 'a.js': '1' });
  symlinkSync('self', join(root, 'self'));
  symlinkSync('nowhere.js', join(root, 'dangling.js'));
  symlinkSync('a.js/x.js', join(root, 'below.js'));
  const { next } = watching(root);
  writeFileSync(join(root, 'a.js'), '22');
  expect(await next()).toEqual({ ...NOTHING, changed: ['a.js'] });
});
