import { type PoolEvent, prepareTree } from '@fastfn/server';
import { tree } from '@fastfn/testing';
import { expect, it } from 'vitest';

const env = { PATH: process.env.PATH, HOME: process.env.HOME, FN_AUTO_NODE_DEPS: '0' };

it('prepares every function of a folder without serving it', async () => {
  const { root: cwd } = tree({
    'a.js': 'export const handler = () => 1;',
    'b.lua': 'return { handler = function() return 1 end }',
  });
  const events: PoolEvent[] = [];
  const report = await prepareTree({ cwd, env, onEvent: (event) => events.push(event) });
  expect(report).toMatchObject({ prepared: 2, failures: [], diagnostics: [] });
  expect(events.filter(({ type }) => type === 'prepare_finished')).toHaveLength(2);
});

it('tells a missing tool once for all functions of its language', async () => {
  const { root: cwd } = tree({
    'a.py': 'def handler(event): return 1',
    'b.py': 'def handler(event): return 2',
    'c.js': 'export const handler = () => 1;',
  });
  const report = await prepareTree({ cwd, env: { ...env, FN_PYTHON_BIN: '/no/such/python' } });
  expect(report.prepared).toBe(1);
  expect(report.failures).toEqual([
    {
      functions: ['python/a.py@default', 'python/b.py@default'],
      message: expect.stringContaining('/no/such/python'),
      detail: expect.stringContaining('Install Python'),
    },
  ]);
});

it('goes on after a function that cannot be prepared', async () => {
  const { root: cwd } = tree({
    'x/index.js': 'export const handler = () => 1;',
    'x/fn.config.json': '{ "shared_deps": ["gone"] }',
    'y.js': 'export const handler = () => 1;',
  });
  const report = await prepareTree({ cwd, env });
  expect(report).toMatchObject({ prepared: 1, failures: [{ functions: ['node/x@default'] }] });
  expect(report.failures[0]!.message).toContain('gone');
});

it('brings along what discovery has to say', async () => {
  const { root: cwd } = tree({
    'x/index.js': 'export const handler = () => 1;',
    'x/fn.config.json': '{ "timeout_ms": -1 }',
  });
  const { diagnostics } = await prepareTree({ cwd, env });
  expect(diagnostics).toContainEqual(expect.objectContaining({ severity: 'error', key: 'timeout_ms' }));
});
