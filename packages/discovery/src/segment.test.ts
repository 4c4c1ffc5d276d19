import { expect, it } from 'vitest';
import { folderSegment, isProblem } from './segment.js';
import { isVersionName, versionPattern } from './versions.js';

it.each([
  ['users', 'users'],
  ['Users', 'users'],
  ['index', 'index'],
  ['main', 'main'],
  ['v1.2', 'v1.2'],
  ['a_b-c', 'a_b-c'],
  ['[id]', ':id'],
  ['[userId]', ':userId'],
  ['[...rest]', ':rest*'],
  ['[[...rest]]', ':rest*?'],
  ['my folder', '! invalid_folder_name'],
  ['日本', '! invalid_folder_name'],
  ['[id', '! invalid_folder_name'],
  ['[a-b]', '! invalid_folder_name'],
  ['a[b]', '! invalid_folder_name'],
  ['a@b', '! invalid_folder_name'],
])('the folder %s is %s', (name, expected) => {
  const segment = folderSegment(name);
  const text = isProblem(segment)
    ? `! ${segment.problem}`
    : segment.kind === 'static'
      ? segment.text
      : `:${segment.name}${segment.kind === 'param' ? '' : segment.optional ? '*?' : '*'}`;
  expect(text).toBe(expected);
});

it.each([
  ['v2', true],
  ['2', true],
  ['v1.2-beta', true],
  ['1_0', true],
  ['v', false],
  ['version2', false],
  ['V2', false],
  ['beta', false],
  ['v2@x', false],
])('%s is a version: %s', (name, expected) => {
  expect(isVersionName(name)).toBe(expected);
});

it.each([
  ['/hello', 'v2', '/hello@v2'],
  ['/alice/hello', 'v1-Beta', '/alice/hello@v1-beta'],
  ['/', 'v2', null],
  ['/users/:id', 'v2', null],
  ['/x/*', 'v2', null],
])('%s and %s make %s', (base, version, expected) => {
  expect(versionPattern(base, version)).toBe(expected);
});
