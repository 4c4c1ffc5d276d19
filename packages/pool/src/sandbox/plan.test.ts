import { describe, expect, it } from 'vitest';
import { around, topmost } from './paths.js';
import { planSandbox, type SandboxFacts } from './plan.js';

const TREE: Readonly<Record<string, readonly string[]>> = {
  '/r': ['hello.py', 'data', 'users', '_lib', 'fn.env.json', '.fastfn'],
  '/r/users': ['index.py', '_db.py', 'fn.env.json', '[id]'],
};
const list = (folder: string): readonly string[] => TREE[folder] ?? [];

const facts: SandboxFacts = {
  root: '/r',
  folder: '/r/users',
  ownFolder: '/r/users',
  tree: { privates: ['/r/_lib', '/r/users/_db.py'], settings: ['/r/fn.env.json', '/r/users/fn.env.json'] },
  others: ['/r', '/r/orders'],
  guarded: ['/r/.fastfn'],
  read: ['/usr', '/r/shared.py'],
  allow: ['/data'],
  tmp: '/t',
};

describe('planSandbox', () => {
  it('gives a folder to its function, without its settings', () => {
    const plan = planSandbox(facts, list);
    expect(plan.read).toEqual(['/usr', '/r/shared.py', '/r/_lib']);
    expect(plan.list).toEqual(['/r']);
    expect(plan.write).toEqual(['/r/users', '/t', '/data', '/dev/null', '/dev/full']);
    expect(plan.hide).toEqual(['/r/users/fn.env.json']);
    // Its values are in its environment anyway.
    expect(plan.unhidden).toBeNull();
  });

  it('keeps a function in root away from the others, but for what it may load of theirs', () => {
    const top = { ...facts, folder: '/r', ownFolder: '/r', others: ['/r/users'] };
    const plan = planSandbox(top, list);
    expect(plan.hide).toEqual([
      '/r/users/index.py',
      '/r/users/fn.env.json',
      '/r/users/[id]',
      '/r/.fastfn',
      '/r/fn.env.json',
    ]);
    expect(plan.unhidden!.write).toEqual([
      '/r/hello.py',
      '/r/data',
      '/r/_lib',
      '/r/fn.env.json',
      '/t',
      '/data',
      '/dev/null',
      '/dev/full',
    ]);
    expect(plan.unhidden!.read).toContain('/r/users/_db.py');
  });

  it("hides settings of others' below its own folder", () => {
    const settings = ['/r/users/[id]/fn.env.json'];
    const plan = planSandbox({ ...facts, tree: { privates: [], settings } }, list);
    expect(plan.hide).toEqual(settings);
    expect(plan.unhidden).not.toBeNull();
  });
});

it.each([
  [
    ['/a/b', '/a', '/a.b'],
    ['/a', '/a.b'],
  ],
  [['/', '/a'], ['/']],
  [['/a', '/a'], ['/a']],
])('the topmost of %j are %j', (paths, expected) => {
  expect(topmost(paths)).toEqual(expected);
});

it('takes folders whole where it can', () => {
  expect(around('/r/users', ['/r/users/fn.env.json'], list)).toEqual([
    '/r/users/index.py',
    '/r/users/_db.py',
    '/r/users/[id]',
  ]);
  expect(around('/r/users', ['/r/orders'], list)).toEqual(['/r/users']);
  expect(around('/r/users', ['/r'], list)).toEqual([]);
});
