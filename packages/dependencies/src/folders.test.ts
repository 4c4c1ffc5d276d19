import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { expect, onTestFinished, test } from 'vitest';
import { contentHash, ownerFolder, packFolders, STATE_FILE, stateOf, withSource } from './index.js';

function tree(files: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-owner-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

test.for<[string[], string, string, string]>([
  [['functions/a/list'], 'a', 'a', 'a'],
  [['functions/a/list', 'functions/list'], 'a/b', 'a/b', 'a'],
  [['functions/list'], 'a/b', 'a/b', ''],
  [[], 'a/b', 'a/b', 'a/b'],
  [[], 'a/[id]', 'a', 'a'],
  [['functions/a/[id]/list'], 'a/[id]', 'a', 'a/[id]'],
  [['list'], 'a', 'a', 'a'],
])('with %j a function in %s has its dependencies in …', ([files, folder, ownFolder, expected]) => {
  const base = tree(files);
  const root = join(base, 'functions');
  const fn = { root, folder: join(root, folder), ownFolder: join(root, ownFolder) };
  const owner = ownerFolder(fn, 'list');
  expect(owner.folder).toBe(join(root, expected));
  expect(owner.hasManifest).toBe(files.some((file) => file.startsWith('functions/')));
  expect(owner.candidates[0]).toBe(join(root, folder, 'list'));
  expect(owner.candidates).not.toContain(join(base, 'list'));
});

test('what handlers ask for: this one anew, others as before, gone ones not at all', () => {
  const root = tree(['a.py', 'b.py', 'sub/c.py']);
  const before = { 'a.py': ['old'], 'b.py': ['b'], 'gone.py': ['x'] };
  expect(withSource(before, root, join(root, 'a.py'), ['new'])).toEqual({ 'a.py': ['new'], 'b.py': ['b'] });
  expect(withSource(before, root, join(root, 'a.py'), [])).toEqual({ 'b.py': ['b'] });
  expect(withSource({}, root, join(root, 'sub/c.py'), ['c'])).toEqual({ 'sub/c.py': ['c'] });
});

test('a hash goes by values and contents, not by where they are', () => {
  const [one, two] = [tree(['list']), tree(['list'])] as const;
  const hash = (root: string) => contentHash({ tool: 1 }, [join(root, 'list'), join(root, 'lock')]);
  const first = hash(one);
  expect(hash(two)).toBe(first);
  writeFileSync(join(one, 'lock'), '');
  expect(hash(one)).not.toBe(first);
  expect(contentHash({ tool: 2 }, [join(two, 'list'), join(two, 'lock')])).not.toBe(first);
});

test('the state is that of the nearest folder, for this language; packs are below root', () => {
  const root = tree([]);
  const state = {
    runtime: 'node',
    hash: 'x',
    last_status: 'ok',
    inferred: [],
    resolved: [],
    unresolved: [],
    sources: {},
  };
  writeFileSync(join(root, STATE_FILE), JSON.stringify(state));
  const fn = { root, folder: join(root, 'a/b'), runtime: 'node', sharedDeps: ['p'] } as unknown as FunctionSpec;
  expect(stateOf(fn)).toMatchObject({ runtime: 'node', hash: 'x' });
  expect(stateOf({ ...fn, runtime: 'python' })).toBeNull();
  expect(packFolders(fn)).toEqual([{ name: 'p', folder: join(root, '.fastfn/packs/node/p') }]);
});
