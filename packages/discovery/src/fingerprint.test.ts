import type { FunctionSpec } from '@fastfn/core';
import { expect, it } from 'vitest';
import { discoverTree, tree } from '../test/fixture.js';
import { specFingerprint } from './fingerprint.js';

function spec(): FunctionSpec {
  return discoverTree(tree({ 'a.js': '' })).functions[0]!;
}

it('is the same for the same function, whatever the order of its env', () => {
  const fn = spec();
  const one = { ...fn, env: { A: '1', B: '2' } };
  const two = { ...structuredClone(fn), env: { B: '2', A: '1' } };
  expect(specFingerprint(one)).toBe(specFingerprint(two));
});

it.each<[string, (fn: FunctionSpec) => FunctionSpec]>([
  ['entry', (fn) => ({ ...fn, entry: '/x.js' })],
  ['folder', (fn) => ({ ...fn, folder: '/x' })],
  ['ownFolder', (fn) => ({ ...fn, ownFolder: '/x' })],
  ['handler', (fn) => ({ ...fn, handler: 'main' })],
  ['adapter', (fn) => ({ ...fn, adapter: 'fetch' })],
  ['sharedDeps', (fn) => ({ ...fn, sharedDeps: ['x'] })],
  ['env', (fn) => ({ ...fn, env: { A: '1' } })],
  ['secretNames', (fn) => ({ ...fn, secretNames: ['x'] })],
  ['strictFs', (fn) => ({ ...fn, policy: { ...fn.policy, strictFs: false } })],
  ['timeoutMs', (fn) => ({ ...fn, policy: { ...fn.policy, timeoutMs: 1 } })],
  ['maxConcurrency', (fn) => ({ ...fn, policy: { ...fn.policy, maxConcurrency: 1 } })],
  ['maxBodyBytes', (fn) => ({ ...fn, policy: { ...fn.policy, maxBodyBytes: 1 } })],
  ['memoryMb', (fn) => ({ ...fn, policy: { ...fn.policy, memoryMb: 1 } })],
  ['debugHeaders', (fn) => ({ ...fn, policy: { ...fn.policy, debugHeaders: true } })],
  ['workerPool', (fn) => ({ ...fn, policy: { ...fn.policy, workerPool: { ...fn.policy.workerPool, maxQueue: 1 } } })],
])('changes with %s', (_, change) => {
  const fn = spec();
  expect(specFingerprint(change(fn))).not.toBe(specFingerprint(fn));
});

it.each<[string, (fn: FunctionSpec) => FunctionSpec]>([
  ['aliases', (fn) => ({ ...fn, aliases: ['x'] })],
  ['docs', (fn) => ({ ...fn, docs: { ...fn.docs, summary: 'x' } })],
  ['group', (fn) => ({ ...fn, group: 'x' })],
  ['maxResponseBytes', (fn) => ({ ...fn, policy: { ...fn.policy, maxResponseBytes: 1 } })],
  ['schedule', (fn) => ({ ...fn, policy: { ...fn.policy, schedule: { enabled: true, everyMs: 1 } } })],
  ['keepWarm', (fn) => ({ ...fn, policy: { ...fn.policy, keepWarm: { ...fn.policy.keepWarm, enabled: true } } })],
])('does not change with %s', (_, change) => {
  const fn = spec();
  expect(specFingerprint(change(fn))).toBe(specFingerprint(fn));
});
