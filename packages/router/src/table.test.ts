import { describe, expect, it } from 'vitest';
import { compileRouteTable } from './compile.js';
import { claim, fn, manifest } from './fixtures.js';

const table = compileRouteTable(
  manifest([
    claim('GET /', fn('root')),
    claim('GET,POST /users', fn('users')),
    claim('GET,DELETE /users/:id', fn('user')),
    claim('GET /users/me', fn('me')),
    claim('GET /users/:id/posts/:post', fn('post')),
    claim('GET /blog/:slug*', fn('blog')),
    claim('GET /blog/new', fn('new')),
    claim('GET,OPTIONS /own', fn('own')),
    claim('GET /tail/*', fn('tail')),
    claim('OPTIONS,GET /deep/:rest*', fn('deep')),
    claim('GET /deep/one', fn('one')),
    claim('GET /hello@v2', fn('hello', { version: 'v2' })),
    claim('GET /café', fn('cafe')),
    claim('GET /a b', fn('space')),
    claim('GET /100%', fn('percent')),
    claim('GET /star*x', fn('star')),
    claim('GET /co:lon/:id', fn('colon')),
    claim('GET /q?#/:id', fn('delimiters')),
    claim('GET /head', fn('get')),
    claim('HEAD /head', fn('head')),
    claim('GET /proto/:__proto__/:constructor', fn('proto')),
  ]),
);

describe('match', () => {
  it.each<[string, string, Record<string, string>]>([
    ['/', 'root', {}],
    ['//', 'root', {}],
    ['/users', 'users', {}],
    ['/users/', 'users', {}],
    ['//users///', 'users', {}],
    ['/%75sers', 'users', {}],
    ['/users/me', 'me', {}],
    ['/users/m%65', 'me', {}],
    ['/users/Me', 'user', { id: 'Me' }],
    ['/users/a%2Fb', 'user', { id: 'a/b' }],
    ['/users/a%252Fb', 'user', { id: 'a%2Fb' }],
    ['/users/%3Fx%23y*', 'user', { id: '?x#y*' }],
    ['/users/100%25', 'user', { id: '100%' }],
    ['/users/%01%01', 'user', { id: '\u0001\u0001' }],
    ['/users/%E2%82%AC', 'user', { id: '€' }],
    ['/users/..', 'user', { id: '..' }],
    ['/users/%2e%2E', 'user', { id: '..' }],
    ['/users//7//posts/9/', 'post', { id: '7', post: '9' }],
    ['/users/me/posts/9', 'post', { id: 'me', post: '9' }],
    ['/blog/new', 'new', {}],
    ['/blog/a', 'blog', { slug: 'a' }],
    ['/blog/a/b//c/', 'blog', { slug: 'a/b/c' }],
    ['/blog/a%2Fb/c%20d', 'blog', { slug: 'a/b/c d' }],
    ['/blog/new/x', 'blog', { slug: 'new/x' }],
    ['/tail/x/y', 'tail', { wildcard: 'x/y' }],
    ['/hello@v2', 'hello', {}],
    ['/hello%40v2', 'hello', {}],
    ['/caf%C3%A9', 'cafe', {}],
    ['/a%20b', 'space', {}],
    ['/100%25', 'percent', {}],
    ['/star*x', 'star', {}],
    ['/star%2Ax', 'star', {}],
    ['/co:lon/1', 'colon', { id: '1' }],
    ['/q%3F%23/1', 'delimiters', { id: '1' }],
    ['/users/%5F%5Fproto__', 'user', { id: '__proto__' }],
  ])('GET %s', (path, name, params) => {
    const match = table.match('GET', 'localhost', path);
    expect(match).toMatchObject({ kind: 'route', route: { fn: { name } } });
    expect({ ...(match as { params: object }).params }).toEqual(params);
  });

  it('keeps a parameter called __proto__', () => {
    const match = table.match('GET', '', '/proto/a/b');
    expect(match.kind === 'route' && Object.entries(match.params)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it.each([
    '/users/%',
    '/users/%2',
    '/users/%zz',
    '/%C0%AF',
    '/%FF',
    '/%ED%A0%80',
    '/nowhere/%E0%A4%A',
    '/users/%00',
    '/users/\0',
  ])('malformed: %s', (path) => expect(table.match('GET', '', path)).toEqual({ kind: 'malformed' }));

  it.each([
    '/nowhere',
    '/blog',
    '/blog/',
    '/tail',
    '/Users',
    '/users/1/posts',
    '',
    '*',
    'users',
    '/users%2F1',
    '/star',
    '/hello@v3',
  ])('none: %s', (path) => expect(table.match('GET', '', path)).toEqual({ kind: 'none' }));

  it('does not let a catch-all at the root take the root', () => {
    const everything = compileRouteTable(manifest([claim('GET /:all*', fn('all'))]));
    expect(everything.match('GET', '', '/')).toEqual({ kind: 'none' });
    expect(everything.match('GET', '', '///')).toEqual({ kind: 'none' });
    expect(everything.match('GET', '', '/x')).toMatchObject({ kind: 'route', params: { all: 'x' } });
  });

  it('falls back to a less specific URL that has the method', () => {
    expect(table.match('DELETE', '', '/users/me')).toMatchObject({
      route: { fn: { name: 'user' } },
      params: { id: 'me' },
    });
  });

  it.each<[string, string, string[]]>([
    ['DELETE', '/users', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ['OPTIONS', '/users', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ['PUT', '/users/me', ['DELETE', 'GET', 'HEAD', 'OPTIONS']],
    ['PATCH', '/users/9/', ['DELETE', 'GET', 'HEAD', 'OPTIONS']],
    ['POST', '/', ['GET', 'HEAD', 'OPTIONS']],
    ['BREW', '/blog/x/y', ['GET', 'HEAD', 'OPTIONS']],
    ['OPTIONS', '/deep/one', ['GET', 'HEAD', 'OPTIONS']],
  ])('%s %s is 405', (method, path, allow) => {
    expect(table.match(method, '', path)).toMatchObject({ kind: 'method', allow });
  });

  it('gives the most specific route with a 405', () => {
    expect(table.match('PUT', '', '/users/me')).toMatchObject({ route: { fn: { name: 'me' } } });
  });

  it('serves HEAD by GET unless HEAD has a route of its own', () => {
    expect(table.match('HEAD', '', '/users/1')).toMatchObject({ kind: 'route', route: { fn: { name: 'user' } } });
    expect(table.match('HEAD', '', '/head')).toMatchObject({ route: { fn: { name: 'head' } } });
    expect(table.match('GET', '', '/head')).toMatchObject({ route: { fn: { name: 'get' } } });
  });

  it('serves OPTIONS where it is declared', () => {
    expect(table.match('OPTIONS', '', '/own')).toMatchObject({ kind: 'route', route: { fn: { name: 'own' } } });
    expect(table.match('OPTIONS', '', '/deep/a/b')).toMatchObject({ kind: 'route', params: { rest: 'a/b' } });
  });

  it('survives paths of any size', () => {
    const deep = '/x'.repeat(10_000);
    const long = 'y'.repeat(1_000_000);
    expect(table.match('GET', '', deep)).toEqual({ kind: 'none' });
    expect(table.match('GET', '', `/blog${deep}`)).toMatchObject({ params: { slug: deep.slice(1) } });
    expect(table.match('GET', '', `/users/${long}`)).toMatchObject({ params: { id: long } });
    expect(table.match('GET', '', `/users/${'%61'.repeat(100_000)}`)).toMatchObject({
      params: { id: 'a'.repeat(100_000) },
    });
    expect(table.match('GET', '', '/'.repeat(1_000_000))).toMatchObject({ route: { fn: { name: 'root' } } });
  });

  it('lists routes most specific first', () => {
    const patterns = compileRouteTable(
      manifest(
        ['/:a*', '/:a/x', '/b/:c*', '/b/:c', '/b/x', '/:a', '/'].map((url, i) => claim(`GET ${url}`, fn(`f${i}`))),
      ),
    ).routes.map(({ pattern }) => pattern);
    expect(patterns).toEqual(['/', '/b/x', '/b/:c', '/b/:c*', '/:a', '/:a/x', '/:a*']);
  });
});

describe('claims that make no route', () => {
  it.each(['relative', '/a/../b', '/./a', '/:a*/b', '/*/b', '/:', '/:a-b', '/:*', ''])('%s', (pattern) => {
    const bad = { ...claim('GET /x', fn('bad')), pattern };
    const { routes, diagnostics } = compileRouteTable(manifest([bad, claim('GET /ok', fn('ok'))]));
    expect(routes.map((route) => route.pattern)).toEqual(['/ok']);
    expect(diagnostics).toMatchObject([{ code: 'invalid_route', severity: 'warning', file: 'node/bad' }]);
  });

  it('tidies what it can', () => {
    const { routes } = compileRouteTable(
      manifest([claim('get,GET //x//y/', fn('tidy'), { hosts: ['A.Test.', 'a.test'] })]),
    );
    expect(routes).toMatchObject([{ pattern: '/x/y', methods: ['GET'], hosts: ['a.test'] }]);
  });
});

describe('functionByName', () => {
  const node = fn('hello', { aliases: ['hello/handler.js'] });
  const python = fn('hello', { runtime: 'python' });
  const v2 = fn('hello', { runtime: 'python', version: 'v2' });
  const aliased = fn('other', { runtime: 'go', aliases: ['hello'] });
  const functions = [aliased, v2, python, node];
  const names = compileRouteTable({ ...manifest([]), functions });

  it.each([
    [['hello'], node],
    [['hello', 'default'], node],
    [['hello', undefined, 'python'], python],
    [['hello', undefined, 'go'], aliased],
    [['hello', 'v2'], v2],
    [['hello', 'v2', 'node'], null],
    [['hello/handler.js'], node],
    [['other'], aliased],
    [['nobody'], null],
    [['__proto__'], null],
  ] as [[string, string?, string?], unknown][])('%j', (args, expected) => {
    expect(names.functionByName(...args)).toBe(expected);
  });

  it('obeys the runtime order', () => {
    const other = compileRouteTable({ ...manifest([]), functions }, { runtimeOrder: ['python', 'node', 'go'] });
    expect(other.functionByName('hello')).toBe(python);
  });
});

describe('private paths', () => {
  const users = compileRouteTable({
    ...manifest([claim('GET /users/:id', fn('user')), claim('GET /users/_me', fn('me'))]),
    privatePaths: ['/users/_shared', '/users/_me'],
  });

  it.each([
    ['/users/_shared', 'none'],
    ['/users/%5Fshared/', 'none'],
    ['/users/_other', 'route'],
    // An explicit route is nobody's parameter.
    ['/users/_me', 'route'],
  ])('%s: %s', (path, kind) => {
    expect(users.match('GET', '', path).kind).toBe(kind);
  });
});
