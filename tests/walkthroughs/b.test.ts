import { expect, it } from 'vitest';
import { runCli } from '../support/cli.js';
import { inEveryLanguage, type Language } from './languages.js';
import { TREE_SOURCES } from './tree-sources.js';
import { startWalk } from './walk.js';

const PROFILE = 'api/v1/admin/users/settings/profile';

function files({ id, extension }: Language): Record<string, string> {
  const { shared, all, one, parameter, number, created } = TREE_SOURCES[id];
  const sources = {
    'users/_shared': shared,
    'users/index': all,
    'users/[id]': one,
    'blog/[...slug]': parameter('slug', 'slug'),
    'shop/[[...opt]]': parameter('opt', 'opt'),
    'admin/post.users.[id]': parameter('updated', 'id'),
    'orders/get': number('orders', 0),
    'orders/post': created,
    'orders/[id]/get': parameter('order', 'id'),
    'orders/[id]/put': parameter('changed', 'id'),
    'orders/[id]/delete': parameter('deleted', 'id'),
    [`${PROFILE}/index`]: number('deep', 6),
    [`${PROFILE}/more/index`]: number('deep', 7),
    'get.post.items': number('methods', 2),
    'thing.test': number('test', 1),
    _private: number('private', 1),
  };
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [`functions/${name}.${extension}`, source]),
  );
}

/** Languages in which `index` makes a folder one function, which is then called like the folder. SPEC §2.2. */
const INDEX_IS_ENTRY = new Set(['node', 'php', 'lua']);

/** The lines of the route table, exactly. */
function table({ runtime, extension }: Language): string {
  const indexOf = (folder: string) => (INDEX_IS_ENTRY.has(runtime) ? folder : `${folder}/index.${extension}`);
  const rows = [
    ['POST', '/admin/users/:id', `admin/post.users.[id].${extension}`],
    ['GET', `/${PROFILE}`, indexOf(PROFILE)],
    ['GET', '/blog/:slug*', `blog/[...slug].${extension}`],
    ['GET', '/orders', `orders/get.${extension}`],
    ['POST', '/orders', `orders/post.${extension}`],
    ['DELETE', '/orders/:id', `orders/[id]/delete.${extension}`],
    ['GET', '/orders/:id', `orders/[id]/get.${extension}`],
    ['PUT', '/orders/:id', `orders/[id]/put.${extension}`],
    ['GET', '/shop', `shop/[[...opt]].${extension}`],
    ['GET', '/shop/:opt*', `shop/[[...opt]].${extension}`],
    ['GET', '/users', indexOf('users')],
    ['GET', '/users/:id', `users/[id].${extension}`],
  ] as const;
  return rows
    .map(
      ([method, path, source]) => `  ${method.padEnd(6)}  ${path.padEnd(PROFILE.length + 1)}  ${runtime}  ${source}\n`,
    )
    .join('');
}

inEveryLanguage((language) => {
  const { extension } = language;

  it('B: a tree without any configuration', async () => {
    const { root, server, ask, sees } = await startWalk({ files: files(language) });

    // While it compiles what needs it.
    const routes = await runCli(['routes'], root);
    const [listed, diagnostics] = routes.stdout.split('\nDiagnostics\n') as [string, string];
    expect(listed).toBe(table(language));
    expect(server.output()).toContain(table(language));
    const told = diagnostics.trimEnd().split('\n');
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(
      /^ {2}! api\/v1\/admin\/users\/settings\/profile\/more {2}.*7 levels below the root.* \[too_deep\]$/,
    );
    expect(told[1]).toContain(
      `  ! get.post.items.${extension}  The file is ignored: its name has the methods "get" and "post".`,
    );
    expect(routes.stdout).not.toMatch(/thing\.test|_private|_shared/);

    const put = { init: { method: 'PUT' } };
    const post = { init: { method: 'POST' } };
    await sees('/users', { what: 'all users', from: '_shared' });
    await sees('/users/42', { what: 'user 42', from: '_shared' });
    await sees('/blog/2026/hello%20world', { slug: '2026/hello world' });
    await sees('/shop', { opt: null });
    await sees('/shop/a/b', { opt: 'a/b' });
    await sees('/admin/users/7', { updated: '7' }, post);
    await sees('/orders', { orders: 0 });
    await sees('/orders', { placed: true }, { status: 201, ...post });
    await sees('/orders/9', { order: '9' });
    await sees('/orders/9', { changed: '9' }, put);
    await sees('/orders/9', { deleted: '9' }, { init: { method: 'DELETE' } });
    await sees(`/${PROFILE}`, { deep: 6 });

    const refused = await ask('/orders', { method: 'DELETE' });
    expect({ status: refused.status, allow: refused.headers.get('allow') }).toEqual({
      status: 405,
      allow: 'GET, HEAD, OPTIONS, POST',
    });
    for (const path of [
      '/blog',
      '/users/_shared',
      '/_private',
      '/thing',
      '/thing/test',
      '/items',
      `/${PROFILE}/more`,
    ]) {
      expect((await ask(path)).status, path).toBe(404);
    }
    const { paths } = (await (await ask('/openapi.json')).json()) as { paths: object };
    expect(Object.keys(paths).sort()).toEqual([
      '/admin/users/{id}',
      `/${PROFILE}`,
      '/blog/{slug}',
      '/orders',
      '/orders/{id}',
      '/shop',
      '/shop/{opt}',
      '/users',
      '/users/{id}',
    ]);
    const { mapped_routes } = (await (await ask('/_fn/catalog')).json()) as { mapped_routes: object };
    expect(JSON.stringify(mapped_routes)).not.toMatch(/_shared|_private|thing/);
  });
});
