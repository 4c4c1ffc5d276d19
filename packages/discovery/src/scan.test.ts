import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaints, discoverTree, fakeReader, link, routes, tree } from '../test/fixture.js';
import { type Disk, MAX_HANDLER_FILES, nodeDisk } from './scan.js';

it.each(['node_modules', 'vendor', '__pycache__', 'target', 'src', 'SRC', '.git', '.deps', '_private', 'Node_Modules'])(
  'never enters %s, and does not speak of it',
  (name) => {
    const manifest = discoverTree(tree({ [`${name}/get.js`]: '', [`a/${name}/handler.js`]: '' }));
    expect(manifest.functions).toEqual([]);
    expect(manifest.diagnostics).toEqual([]);
  },
);

it('ignores what the options and the root config name, in any case', () => {
  const root = tree({
    'fn.config.json': { ignoreDirs: ['drafts'] },
    'Drafts/get.js': '',
    'LIB/get.js': '',
    'a.js': '',
  });
  expect(routes(discoverTree(root, { ignoreDirs: ['Lib'] }))).toEqual(['GET /a → a.js']);
});

it('goes six folders deep', () => {
  const manifest = discoverTree(tree({ 'a/b/c/d/e/f/get.js': '', 'a/b/c/d/e/f/g/get.js': '' }));
  expect(routes(manifest)).toEqual(['GET /a/b/c/d/e/f → a/b/c/d/e/f/get.js']);
  expect(complaints(manifest)).toEqual(['too_deep a/b/c/d/e/f/g']);
});

it('skips folders whose names make no URL, and says so', () => {
  const manifest = discoverTree(
    tree({ '日本/get.js': '', 'my folder/get.js': '', '[a-b]/get.js': '', 'ok/get.js': '' }),
  );
  expect(routes(manifest)).toEqual(['GET /ok → ok/get.js']);
  expect(complaints(manifest)).toEqual([
    'invalid_folder_name [a-b]',
    'invalid_folder_name my folder',
    'invalid_folder_name 日本',
  ]);
});

it('tells catch-alls that are not last and parameters that occur twice', () => {
  const manifest = discoverTree(tree({ '[...all]/x.js': '', '[id]/[id].js': '', '[a]/[a]/handler.js': '' }));
  expect(manifest.claims).toEqual([]);
  expect(complaints(manifest)).toEqual([
    'catch_all_not_last [...all]/x.js',
    'duplicate_parameter [a]/[a]',
    'duplicate_parameter [id]/[id].js',
  ]);
});

it('speaks of a root that is not there', () => {
  const manifest = discoverTree(join(tree({}), 'nope'));
  expect(manifest).toMatchObject({ functions: [], claims: [], diagnostics: [{ code: 'unreadable_folder', file: '' }] });
});

describe('links', () => {
  it('to files and folders inside root are followed', () => {
    const manifest = discoverTree(
      tree({ 'a/get.js': link('../_lib/real.js'), '_lib/real.js': '', b: link('_more'), '_more/x.js': '' }),
    );
    expect(routes(manifest)).toEqual(['GET /a → a/get.js', 'GET /b/x → b/x.js']);
  });

  it('to folders that are served anyway, and in circles, are entered once', () => {
    const manifest = discoverTree(
      tree({ 'users/get.js': '', alias: link('users'), 'users/up': link('..'), 'users/self': link('.'), x: link('x') }),
    );
    expect(routes(manifest)).toEqual(['GET /users → users/get.js']);
    expect(complaints(manifest)).toEqual([
      'link_duplicate alias',
      'link_duplicate users/self',
      'link_duplicate users/up',
    ]);
  });

  it('inside linked folders end too', () => {
    const manifest = discoverTree(
      tree({
        b: link('_more'),
        '_more/x.js': '',
        '_more/again': link('../_more'),
        '_more/deep/y.js': '',
        '_more/deep/back': link('..'),
      }),
    );
    expect(routes(manifest)).toEqual(['GET /b/deep/y → b/deep/y.js', 'GET /b/x → b/x.js']);
    expect(complaints(manifest)).toEqual(['link_duplicate b/again', 'link_duplicate b/deep/back']);
  });

  it('leading outside or nowhere are not followed', () => {
    const root = tree({
      'a.js': link('../secret.js'),
      b: link('../outside'),
      'c.js': link('nope.js'),
      'd.txt': link('nope'),
    });
    symlinkSync('/etc/hosts', join(dirname(root), 'secret.js'));
    mkdirSync(join(dirname(root), 'outside'));
    const manifest = discoverTree(root);
    expect(manifest.functions).toEqual([]);
    expect(complaints(manifest)).toEqual(['link_outside a.js', 'link_outside b', 'broken_link c.js']);
  });

  it('cannot carry an entrypoint out of its folder', () => {
    const manifest = discoverTree(
      tree({ 'a/fn.config.json': { entrypoint: 'app.js' }, 'a/app.js': link('../b/secret.js'), 'b/secret.js': '' }),
    );
    expect(complaints(manifest)).toEqual(['entrypoint_outside a/fn.config.json', 'no_handler a/fn.config.json']);
  });

  it('may be the root itself', () => {
    const root = tree({ 'real/hello.js': '', served: link('real') });
    const manifest = discoverTree(join(root, 'served'), { reader: fakeReader(root) });
    expect(manifest.root).toBe(join(root, 'real'));
    expect(manifest.functions[0]!.entry).toBe(join(root, 'real/hello.js'));
  });
});

it('does not open pipes', () => {
  const root = tree({ 'a.js': '' });
  execFileSync('env', ['mkfifo', join(root, 'pipe.js'), join(root, 'pipe.txt')]);
  symlinkSync('pipe.js', join(root, 'linked.js'));
  const manifest = discoverTree(root);
  expect(routes(manifest)).toEqual(['GET /a → a.js']);
  expect(complaints(manifest)).toEqual(['not_a_file linked.js', 'not_a_file pipe.js']);
});

describe('a disk that fails', () => {
  // Tests may run as root, whom no permission stops.
  const failing = (changes: Partial<Disk>): Disk => ({ ...nodeDisk, ...changes });
  const refuse = (code: string) => () => {
    throw Object.assign(new Error(`${code}: permission denied`), { code });
  };

  it('an unreadable folder is told, the rest goes on', () => {
    const root = tree({ 'a/get.js': '', 'b/get.js': '' });
    const list: Disk['list'] = (folder) => (folder.endsWith('/a') ? refuse('EACCES')() : nodeDisk.list(folder));
    const manifest = discoverTree(root, { disk: failing({ list }) });
    expect(routes(manifest)).toEqual(['GET /b → b/get.js']);
    expect(complaints(manifest)).toEqual(['unreadable_folder a']);
  });

  it('a folder that vanishes meanwhile is no fault', () => {
    const root = tree({ 'a/get.js': '', 'b/get.js': '' });
    const list: Disk['list'] = (folder) => (folder.endsWith('/a') ? refuse('ENOENT')() : nodeDisk.list(folder));
    expect(discoverTree(root, { disk: failing({ list }) }).diagnostics).toEqual([]);
  });

  it('an unreadable handler is a function all the same, and told at each discovery', () => {
    const root = tree({ 'a.js': '' });
    const manifest = discoverTree(root, { disk: failing({ head: () => null }) });
    expect(routes(manifest)).toEqual(['GET /a → a.js']);
    expect(complaints(manifest)).toEqual(['unreadable_file a.js']);
  });

  it('an endless folder ends', () => {
    const root = tree({});
    const entries = Array.from({ length: MAX_HANDLER_FILES + 10 }, (_, i) => ({
      name: `f${i}.js`,
      kind: 'file' as const,
    }));
    const manifest = discoverTree(root, { disk: failing({ list: () => entries, head: () => '' }) });
    expect(manifest.functions).toHaveLength(MAX_HANDLER_FILES);
    expect(complaints(manifest)).toEqual(['too_many_files ']);
  });
});
