import { expect, it } from 'vitest';
import { EMPTY_ENV, extendEnv } from './env.js';

const file = (values: Record<string, string | null>, secretKeys: string[] = [], secretNames: string[] = []) => ({
  values,
  secretKeys,
  secretNames,
});

it('lets the nearest win and null unset', () => {
  const root = extendEnv(EMPTY_ENV, file({ A: '1', B: '1', C: '1' }));
  const below = extendEnv(root, file({ B: '2', C: null, D: '2' }));
  expect(below.env).toEqual({ A: '1', B: '2', D: '2' });
  expect(root.env).toEqual({ A: '1', B: '1', C: '1' });
});

it('knows which of the values are secret', () => {
  const root = extendEnv(EMPTY_ENV, file({ TOKEN: 'x', PLAIN: 'y', GONE: 'z' }, ['TOKEN', 'GONE']));
  expect(root.secretKeys).toEqual(['GONE', 'TOKEN']);
  const below = extendEnv(root, file({ PLAIN: 'hidden', GONE: null }, ['PLAIN']));
  expect(below.secretKeys).toEqual(['PLAIN', 'TOKEN']);
  expect(extendEnv(below, file({ TOKEN: 'public' })).secretKeys).toEqual(['PLAIN']);
});

it('gathers the names of stored secrets', () => {
  const root = extendEnv(EMPTY_ENV, file({}, [], ['DB']));
  expect(extendEnv(root, file({}, [], ['API', 'DB'])).secretNames).toEqual(['API', 'DB']);
});
