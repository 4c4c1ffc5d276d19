import { describe, expect, it } from 'vitest';
import { installPlan } from './install-plan.js';

const plan = (manifest: Record<string, unknown> | null, ...files: string[]) =>
  installPlan({ manifest, files: new Set(files) }, '9.9.9');

const OWN = { dependencies: { fastfn: '^1' } };

describe('where FastFN comes from', () => {
  it.each([
    ['no package.json', null, '9.9.9', ['fastfn']],
    ['a package.json without it', { dependencies: { ms: '1' } }, '9.9.9', ['fastfn']],
    ['dependencies', OWN, null, ['node', 'node_modules/fastfn/bin/fastfn.js']],
    ['devDependencies', { devDependencies: { fastfn: '1' } }, null, ['node', 'node_modules/fastfn/bin/fastfn.js']],
    ['nonsense for dependencies', { dependencies: ['fastfn'] }, '9.9.9', ['fastfn']],
  ])('%s', (_, manifest, globalVersion, command) => {
    expect(plan(manifest)).toMatchObject({ globalVersion, command });
  });
});

describe('how packages are installed', () => {
  it.each([
    [[], 'npm install --omit=dev --no-audit --no-fund'],
    [['package-lock.json'], 'npm ci --omit=dev --no-audit --no-fund'],
    [['npm-shrinkwrap.json', 'package-lock.json'], 'npm ci --omit=dev --no-audit --no-fund'],
    [['pnpm-lock.yaml'], 'npx --yes pnpm@10 install --frozen-lockfile --prod'],
    [['yarn.lock'], 'yarn install --frozen-lockfile --production=true'],
  ])('with %j: %s', (files, install) => {
    expect(plan(OWN, ...files).install).toBe(install);
  });

  it.each([
    [['package-lock.json'], 'npm ci --include=dev --no-audit --no-fund'],
    [['pnpm-lock.yaml'], 'npx --yes pnpm@10 install --frozen-lockfile --prod=false'],
    [['yarn.lock'], 'yarn install --frozen-lockfile --production=false'],
  ])('with %j, keeping the devDependencies that FastFN is one of: %s', (files, install) => {
    expect(plan({ devDependencies: { fastfn: '1' } }, ...files).install).toBe(install);
  });

  it('not at all without a package.json', () => expect(plan(null, 'package-lock.json').install).toBeNull());
});

describe('what is copied before the installation', () => {
  it.each([
    ['manifest and lock', OWN, ['package-lock.json', 'README.md'], ['package.json', 'package-lock.json']],
    ['settings of the tools', OWN, ['.npmrc'], ['package.json', '.npmrc']],
    ['all, for workspaces', { ...OWN, workspaces: ['x'] }, [], null],
    ['all, for a script of its own', { ...OWN, scripts: { postinstall: 'node x.js' } }, [], null],
    ['all, for a package in a folder', { dependencies: { fastfn: 'file:../fastfn' } }, [], null],
    ['only files, with other scripts', { ...OWN, scripts: { test: 'x' } }, [], ['package.json']],
  ])('%s', (_, manifest, files, copyFirst) => {
    expect(plan(manifest, ...files).copyFirst).toEqual(copyFirst);
  });
});
