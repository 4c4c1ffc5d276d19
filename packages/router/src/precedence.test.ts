import type { RouteClaim, RouteTable } from '@fastfn/core';
import { describe, expect, it } from 'vitest';
import { compileRouteTable, type RouteTableOptions } from './compile.js';
import { claim, fn, manifest } from './fixtures.js';

const a = fn('a');
const b = fn('b', { runtime: 'python' });
const v2 = fn('b', { runtime: 'python', version: 'v2' });

/** Who answers: a function's key, `conflict`, or the other kinds of a match. */
function answer(table: RouteTable, method: string, path: string, host = ''): string {
  const match = table.match(method, host, path);
  return match.kind === 'route' ? match.route.fn.key : match.kind;
}

const file = (owner = a) => claim('GET /x', owner);
const entry = (owner = a) => claim('GET /x', owner, { rank: 2 });
const policy = (owner = a) => claim('GET /x', owner, { rank: 3 });
const forced = (owner = a) => claim('GET /x', owner, { rank: 3, force: true });

describe('who wins a URL', () => {
  it.each<[string, RouteClaim[], RouteTableOptions, string, string[]]>([
    ['a file alone', [file()], {}, a.key, []],
    ['manifest over file', [file(b), entry(a)], {}, a.key, ['route_replaced']],
    ['file over unforced policy', [file(a), policy(b)], {}, a.key, ['route_refused']],
    ['manifest over unforced policy', [entry(a), policy(b)], {}, a.key, ['route_refused']],
    ['forced policy over file', [file(a), forced(b)], {}, b.key, ['route_replaced']],
    [
      'forced policy over manifest and file',
      [file(a), entry(fn('c')), forced(b)],
      {},
      b.key,
      ['route_replaced', 'route_replaced'],
    ],
    ['globally forced policy over file', [file(a), policy(b)], { forceUrl: true }, b.key, ['route_replaced']],
    ["a version's own force flag counts for nothing", [file(a), forced(v2)], {}, a.key, ['route_refused']],
    ['a version may be forced globally', [file(a), forced(v2)], { forceUrl: true }, v2.key, ['route_replaced']],
    ['forced beats unforced policy', [policy(a), forced(b)], {}, b.key, ['route_refused']],
    ['two forced policies', [forced(a), forced(b)], {}, 'conflict', ['route_conflict']],
    ['two unforced policies', [policy(a), policy(b)], {}, 'conflict', ['route_conflict']],
    ['two policies, forced globally', [policy(a), policy(b)], { forceUrl: true }, 'conflict', ['route_conflict']],
    ['two files', [file(a), file(b)], {}, 'conflict', ['route_conflict']],
    ['two manifests', [entry(a), entry(b)], {}, 'conflict', ['route_conflict']],
    ['a manifest ends a dispute of files', [file(a), file(b), entry(a)], {}, a.key, ['route_replaced']],
    ['one function twice', [file(a), entry(a), policy(a)], {}, a.key, []],
    [
      'a policy beside two files in conflict',
      [file(a), file(b), policy(fn('c'))],
      {},
      'conflict',
      ['route_conflict', 'route_refused'],
    ],
  ])('%s', (_, claims, options, expected, codes) => {
    for (const order of [claims, [...claims].reverse()]) {
      const table = compileRouteTable(manifest(order), options);
      expect(answer(table, 'GET', '/x')).toBe(expected);
      expect(table.diagnostics.map(({ code }) => code).sort()).toEqual(codes);
    }
  });

  it('lets the first runtime in order answer for a name that several have', () => {
    const php = fn('hello', { runtime: 'php' });
    const node = fn('hello');
    const claims = [claim('GET /hello', php), claim('GET /hello', node)];
    const byDefault = compileRouteTable(manifest(claims));
    expect(answer(byDefault, 'GET', '/hello')).toBe(node.key);
    expect(byDefault.diagnostics).toMatchObject([{ code: 'name_taken', severity: 'warning', file: 'php/hello' }]);
    const reversed = compileRouteTable(manifest(claims), { runtimeOrder: ['php', 'node'] });
    expect(answer(reversed, 'GET', '/hello')).toBe(php.key);
    expect(answer(compileRouteTable(manifest(claims), { runtimeOrder: ['php'] }), 'GET', '/hello')).toBe(php.key);
  });

  it('does not extend the name rule to policy routes', () => {
    const claims = [
      claim('GET /api', fn('hello'), { rank: 3 }),
      claim('GET /api', fn('hello', { runtime: 'php' }), { rank: 3 }),
    ];
    expect(answer(compileRouteTable(manifest(claims)), 'GET', '/api')).toBe('conflict');
  });
});

describe('conflicts', () => {
  const table = compileRouteTable(
    manifest([
      claim('GET,POST,PUT /x', a),
      claim('POST,PUT,DELETE /x', b),
      claim('GET /same', a),
      claim('GET /same', b),
      claim('GET /a/:id', a),
      claim('GET,PUT /a/:slug', b),
    ]),
  );

  it('cover exactly the methods in dispute', () => {
    expect(answer(table, 'GET', '/x')).toBe(a.key);
    expect(answer(table, 'POST', '/x')).toBe('conflict');
    expect(answer(table, 'PUT', '/x')).toBe('conflict');
    expect(answer(table, 'DELETE', '/x')).toBe(b.key);
    expect(table.conflicts.find(({ pattern }) => pattern === '/x')).toMatchObject({
      methods: ['POST', 'PUT'],
      hosts: [],
      claims: [{ fn: a }, { fn: b }],
    });
  });

  it('narrow the routes that remain, and remove those with nothing left', () => {
    const routes = table.routes.map(({ pattern, methods, fn: { key } }) => [pattern, methods, key]);
    expect(routes).toEqual([
      ['/a/:slug', ['PUT'], b.key],
      ['/x', ['DELETE'], b.key],
      ['/x', ['GET'], a.key],
    ]);
  });

  it('ignore how parameters are called', () => {
    expect(answer(table, 'GET', '/a/1')).toBe('conflict');
    expect(table.match('PUT', '', '/a/1')).toMatchObject({ kind: 'route', params: { slug: '1' } });
  });

  it('answer 405 for other methods, and OPTIONS, with the disputed ones allowed', () => {
    expect(table.match('DELETE', '', '/same')).toEqual({
      kind: 'method',
      allow: ['GET', 'HEAD', 'OPTIONS'],
      route: expect.objectContaining({ fn: a }),
    });
    expect(answer(table, 'OPTIONS', '/same')).toBe('method');
    expect(answer(table, 'HEAD', '/same')).toBe('conflict');
  });

  it('name both functions and their files', () => {
    const [diagnostic] = table.diagnostics.filter(({ message }) => message.includes('/same'));
    expect(diagnostic).toMatchObject({ code: 'route_conflict', severity: 'error' });
    expect(diagnostic!.message).toBe(
      'GET /same is claimed by node/a (node/a) and python/b (python/b): it answers 409.',
    );
  });
});

describe('hosts', () => {
  const c = fn('c');
  const d = fn('d');
  const table = compileRouteTable(
    manifest([
      claim('GET /x', a),
      claim('GET /x', b, { hosts: ['api.example.com'] }),
      claim('GET /x', c, { hosts: ['*.example.com'] }),
      claim('GET /x', d, { hosts: ['api.example.com:8443', '[::1]'] }),
      claim('POST /only', a, { hosts: ['api.example.com'] }),
      claim('GET /:any', fn('any')),
      claim('GET /two', a, { hosts: ['one.test', 'two.test'] }),
      claim('GET /two', b, { hosts: ['two.test', 'three.test'] }),
    ]),
  );

  it.each([
    ['', a.key],
    ['other.test', a.key],
    ['example.com', a.key],
    ['api.example.com', b.key],
    ['API.Example.COM.', b.key],
    ['api.example.com:9000', b.key],
    ['api.example.com:8443', d.key],
    ['www.example.com', c.key],
    ['a.b.example.com:1', c.key],
    ['notexample.com', a.key],
    ['[::1]', d.key],
    ['[::1]:8080', d.key],
    ['::1', d.key],
    ['[::1', a.key],
    ['.', a.key],
    [':80', a.key],
  ])('%s', (host, expected) => {
    expect(answer(table, 'GET', '/x', host)).toBe(expected);
  });

  it('conflict only on the hosts both claim', () => {
    expect(answer(table, 'GET', '/two', 'one.test')).toBe(a.key);
    expect(answer(table, 'GET', '/two', 'two.test')).toBe('conflict');
    expect(answer(table, 'GET', '/two', 'three.test')).toBe(b.key);
    expect(table.conflicts).toMatchObject([{ pattern: '/two', methods: ['GET'], hosts: ['two.test'] }]);
  });

  it('answer 421 when only the host does not fit, and let a less specific URL answer first', () => {
    expect(answer(table, 'GET', '/two', 'else.test')).toBe('node/any@default');
    expect(answer(table, 'POST', '/only', 'else.test')).toBe('method');
    const bound = compileRouteTable(manifest([claim('GET /y', a, { hosts: ['h.test'] })]));
    expect(answer(bound, 'GET', '/y', 'else.test')).toBe('host');
    expect(answer(bound, 'PUT', '/y', 'else.test')).toBe('host');
    expect(answer(bound, 'PUT', '/y', 'h.test')).toBe('method');
    expect(answer(bound, 'GET', '/z', 'else.test')).toBe('none');
  });

  it('take any number of hosts on one URL', () => {
    const many = Array.from({ length: 100 }, (_, i) => claim('GET /m/:id', fn(`m${i}`), { hosts: [`h${i}.test`] }));
    const big = compileRouteTable(manifest(many));
    expect(answer(big, 'GET', '/m/1', 'h77.test')).toBe('node/m77@default');
  });

  it('read "*" as any host', () => {
    expect(answer(compileRouteTable(manifest([claim('GET /s', a, { hosts: ['*'] })])), 'GET', '/s', 'x.test')).toBe(
      a.key,
    );
  });
});
