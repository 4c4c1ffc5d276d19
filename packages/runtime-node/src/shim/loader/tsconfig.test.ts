import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pathCandidates, readTsConfig, TsConfigs } from './tsconfig.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function tree(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'fastfn-tsconfig-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('the best pattern wins: exact, then the longest prefix', () => {
  const root = tree({
    'tsconfig.json':
      '{"compilerOptions":{"paths":{"*":["any/*"],"@a/*":["a/*"],"@a/b/*":["b/*"],"@a/b/c":["c"],"pre*post":["x/*/y"]}}}',
  });
  const config = readTsConfig(join(root, 'tsconfig.json'));
  for (const [specifier, expected] of [
    ['z', 'any/z'],
    ['@a/x', 'a/x'],
    ['@a/b/x', 'b/x'],
    ['@a/b/c', 'c'],
    ['pre1post', 'x/1/y'],
  ] as const) {
    expect(pathCandidates(config, specifier)).toEqual([join(root, expected)]);
  }
});

test('extends: a chain, a list, a package, a circle', () => {
  const root = tree({
    'tsconfig.json': '{"extends":["./a","base/strict"]}',
    'a.json': '{"extends":"./tsconfig.json","compilerOptions":{"baseUrl":"src","experimentalDecorators":true}}',
    'node_modules/base/strict.json': '{"compilerOptions":{"verbatimModuleSyntax":true,"paths":{"x":["./x"]}}}',
  });
  expect(readTsConfig(join(root, 'tsconfig.json'))).toMatchObject({
    baseUrl: join(root, 'src'),
    experimentalDecorators: true,
    verbatimModuleSyntax: true,
    files: [join(root, 'tsconfig.json'), join(root, 'a.json'), join(root, 'node_modules/base/strict.json')],
  });
});

test('the nearest config above counts; a broken one is empty', () => {
  const root = tree({
    'tsconfig.json': '{"compilerOptions":{"baseUrl":"."}}',
    'sub/tsconfig.json': '{ broken',
    'other/x': '',
  });
  const configs = new TsConfigs();
  expect(configs.for(join(root, 'other'))?.baseUrl).toBe(root);
  expect(configs.for(join(root, 'sub'))).toMatchObject({ baseUrl: null, paths: [] });
});
