import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { containedFile, isBelow } from './contained.js';

function folder(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-contained-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'fn/lib'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), '');
  symlinkSync('..', join(root, 'fn/up'));
  symlinkSync('../secret.txt', join(root, 'fn/secret'));
  symlinkSync('lib', join(root, 'fn/inner'));
  return join(root, 'fn');
}

test.each(['a.js', 'lib/new/deep.txt', 'ünï.txt', 'a b.txt', '[id].js', 'inner/x.txt', 'x..y'])(
  '%j is inside',
  (path) => {
    const root = folder();
    expect(containedFile(root, path)).toBe(join(root, path));
  },
);

test.each([
  '',
  '.',
  '..',
  '/',
  '/a',
  'a/',
  'a//b',
  './a',
  'a/./b',
  '../a',
  'lib/../../secret.txt',
  'a\0',
  'a\nb',
  'a\u202eb',
  'a\u2028b',
  '\ud800',
  'a\\b',
  'C:x',
  '.env',
  'lib/.x',
  'up/secret.txt',
  'up/new.txt',
  'secret',
  'fn.env.json',
  'Fn.Config.JSON',
  'lib/fastfn.toml',
  'up/fn/a.js/../b',
])('%j is refused', (path) => {
  expect(() => containedFile(folder(), path)).toThrow();
});

test.each([
  ['/a', '/a', true],
  ['/a', '/a/b', true],
  ['/a', '/ab', false],
  ['/', '/a', true],
  ['/a/b', '/a', false],
])('isBelow(%j, %j) is %s', (root, path, below) => expect(isBelow(root, path)).toBe(below));
