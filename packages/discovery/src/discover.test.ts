import { describe, expect, it } from 'vitest';
import { complaints, discoverTree, routes, tree } from '../test/fixture.js';

describe('walkthrough B: a tree without any config', () => {
  it('finds exactly the public routes, and tells what it skipped', () => {
    const root = tree({
      'users/index.js': '',
      'users/[id].js': '',
      'users/_shared.js': '',
      'blog/[...slug].py': '',
      'shop/[[...opt]].py': '',
      'admin/post.users.[id].py': '',
      'orders/get.py': '',
      'orders/post.py': '',
      'orders/[id]/get.py': '',
      'orders/[id]/put.py': '',
      'orders/[id]/delete.py': '',
      'api/v1/admin/users/settings/profile/index.py': '',
      'deep/1st/two/three/four/five/six/index.py': '',
      'get.post.items.js': '',
      'thing.test.js': '',
      '_private.py': '',
    });
    const manifest = discoverTree(root);
    expect(routes(manifest)).toEqual([
      'DELETE /orders/:id → orders/[id]/delete.py',
      'GET /api/v1/admin/users/settings/profile → api/v1/admin/users/settings/profile/index.py',
      'GET /blog/:slug* → blog/[...slug].py',
      'GET /orders → orders/get.py',
      'GET /orders/:id → orders/[id]/get.py',
      'GET /shop → shop/[[...opt]].py',
      'GET /shop/:opt* → shop/[[...opt]].py',
      'GET /users → users',
      'GET /users/:id → users/[id].js',
      'POST /admin/users/:id → admin/post.users.[id].py',
      'POST /orders → orders/post.py',
      'PUT /orders/:id → orders/[id]/put.py',
    ]);
    expect(complaints(manifest)).toEqual([
      'too_deep deep/1st/two/three/four/five/six',
      'ambiguous_method get.post.items.js',
    ]);
    const users = manifest.functions.find((fn) => fn.name === 'users')!;
    expect(users).toMatchObject({ key: 'node/users@default', aliases: ['users/index.js'], configError: null });
  });
});

describe('walkthrough C: shapes', () => {
  it('keeps modules beside and below a single-entry root private', () => {
    const root = tree({
      'shop/handler.js': '',
      'shop/core.js': '',
      'shop/admin/index.js': '',
      'shop/admin/get.health.js': '',
      'shop/admin/helpers.js': '',
    });
    const manifest = discoverTree(root);
    expect(routes(manifest)).toEqual([
      'GET /shop → shop',
      'GET /shop/admin → shop/admin',
      'GET /shop/admin/health → shop/admin/get.health.js',
    ]);
    expect(manifest.diagnostics).toEqual([]);
  });

  it('lets one runtime win a folder and names the loser', () => {
    const manifest = discoverTree(tree({ 'poly/handler.py': '', 'poly/handler.js': '' }));
    expect(routes(manifest)).toEqual(['GET /poly → poly']);
    expect(manifest.functions[0]!.runtime).toBe('node');
    expect(complaints(manifest)).toEqual(['several_entries poly/handler.py']);
  });
});
