import { resolvePolicy } from '@fastfn/core';
import { compileRouteTable } from '@fastfn/router';
import { describe, expect, it } from 'vitest';
import { buildOpenApi, withServer } from './document.js';
import { fn, manifest, route } from './fixtures.js';
import type { OpenApiDocument, Operation } from './types.js';

function build(...routes: Parameters<typeof route>[] | never[]): OpenApiDocument {
  return buildOpenApi({ table: { routes: routes.map((args) => route(...args)) }, includeInternal: false });
}

function operation(document: OpenApiDocument, path: string, method = 'get'): Operation {
  return document.paths[path]![method]!;
}

describe('paths', () => {
  it.each([
    ['/users/:id', '/users/{id}'],
    ['/blog/:slug*', '/blog/{slug}'],
    ['/my-profile/*', '/my-profile/{wildcard}'],
    ['/', '/'],
    ['/hello@v2', '/hello@v2'],
    ['/:a/:a', '/{a}/{a_2}'],
    ['/a{b}/c%', '/a%7Bb%7D/c%25'],
    ['/é x', '/%C3%A9%20x'],
    ['/q?#', '/q%3F%23'],
  ])('%s → %s', (pattern, path) => {
    expect(Object.keys(build([`GET ${pattern}`, fn('f')]).paths)).toEqual([path]);
  });

  it('describes a catch-all', () => {
    const { parameters, description } = operation(build(['GET /blog/:slug*', fn('blog')]), '/blog/{slug}');
    expect(parameters).toEqual([
      {
        name: 'slug',
        in: 'path',
        required: true,
        description: 'The rest of the path: one or more segments, slashes included.',
        schema: { type: 'string' },
      },
    ]);
    expect(description).toBe('`{slug}` stands for the rest of the path and may contain slashes.');
  });

  it('has one path where routes differ in parameter names only', () => {
    const document = build(['GET /a/:id', fn('x')], ['PUT /a/:slug', fn('y')]);
    expect(Object.keys(document.paths)).toEqual(['/a/{id}']);
    expect(operation(document, '/a/{id}', 'put')).toMatchObject({
      parameters: [{ name: 'id', in: 'path' }],
      description: '`{id}` reaches the handler as `slug`.',
    });
  });

  it('keeps a parameter and a catch-all of one name apart', () => {
    const document = build(['GET /b/:slug', fn('one')], ['GET /b/:slug*', fn('many')]);
    expect(Object.keys(document.paths)).toEqual(['/b/{slug}', '/b/{slug_path}']);
  });

  it('has exactly the methods of the routes', () => {
    const document = build(['GET,POST /x', fn('x')], ['DELETE /x', fn('y')], ['BREW /tea', fn('z')]);
    expect(Object.keys(document.paths['/x']!).sort()).toEqual(['delete', 'get', 'post']);
    expect(document.paths['/tea']).toBeUndefined();
  });

  it('leaves conflicts and refused claims out, like the table', () => {
    const table = compileRouteTable(
      manifest([
        route('GET,POST /x', fn('a')),
        route('POST /x', fn('b')),
        route('GET /both', fn('a')),
        route('GET /both', fn('b')),
        route('GET /x', fn('late'), { rank: 3, origin: 'policy' }),
      ]),
    );
    const { paths } = buildOpenApi({ table, includeInternal: false });
    expect(Object.keys(paths)).toEqual(['/x']);
    expect(Object.keys(paths['/x']!)).toEqual(['get']);
    expect(paths['/x']!.get!.operationId).toBe('get_node_a_default');
  });
});

describe('operations', () => {
  it('say what the function says', () => {
    const owner = fn('my-profile', {
      summary: 'Greets',
      description: 'At length.',
      tags: ['people'],
      query: { name: 'World', n: 3, ratio: 0.5, all: true, ids: [1], where: { a: null }, later: null, '': 1 },
      deprecated: true,
    });
    expect(operation(build(['GET /my-profile', owner]), '/my-profile')).toMatchObject({
      operationId: 'get_node_my_profile_default',
      summary: 'Greets',
      description: 'At length.',
      tags: ['people'],
      deprecated: true,
      parameters: [
        { name: 'name', in: 'query', required: false, schema: { type: 'string' }, example: 'World' },
        { name: 'n', schema: { type: 'integer' }, example: 3 },
        { name: 'ratio', schema: { type: 'number' } },
        { name: 'all', schema: { type: 'boolean' } },
        { name: 'ids', schema: { type: 'array', items: { type: 'integer' } } },
        { name: 'where', schema: { type: 'object', properties: { a: { type: 'null' } } } },
        { name: 'later', schema: { type: 'string' } },
      ],
    });
  });

  it.each([
    ['/', 'Home'],
    ['/my-profile', 'My profile'],
    ['/users/:id', 'Users by id'],
    ['/orders/:orderId/items/:item_no', 'Orders items by order id and item no'],
    ['/hello@v2', 'Hello v2'],
    ['/api/v1.2/x', 'Api v1.2 x'],
    ['/:slug*', 'By slug'],
    ['/--', 'Home'],
  ])('have a readable summary without one: %s', (pattern, summary) => {
    const { paths } = build([`GET ${pattern}`, fn('f', { summary: '  ' })]);
    expect(Object.values(paths)[0]!.get!.summary).toBe(summary);
    expect(Object.values(paths)[0]!.get!.tags).toEqual(['functions']);
  });

  it('list the answers that can happen', () => {
    const usual = ['200', '404', '405', '413', '429', '502', '503', '504'];
    const plain = build(['GET /x', fn('x')]);
    expect(Object.keys(operation(plain, '/x').responses)).toEqual(usual);
    const owner = fn('y', {}, { policy: resolvePolicy({ invoke: { async: true } }) });
    const more = operation(build(['GET /y', owner, { hosts: ['a.test', '*.b.test'] }]), '/y');
    expect(Object.keys(more.responses).sort()).toEqual([...usual, '202', '421'].sort());
    expect(more.description).toBe('Answers only for `a.test`, `*.b.test`.');
    expect(more.parameters).toMatchObject([{ name: 'Prefer', in: 'header' }]);
  });

  it('tell of other functions on other hosts', () => {
    const document = build(
      ['GET /x', fn('bound', { summary: 'Bound' }), { hosts: ['a.test'] }],
      ['GET /x', fn('free', { summary: 'Free' })],
    );
    expect(operation(document, '/x')).toMatchObject({
      summary: 'Free',
      description: 'For `a.test` another function answers: Bound.',
    });
  });
});

describe('request bodies', () => {
  const bodyOf = (method: string, docs: Parameters<typeof fn>[1]) =>
    operation(build([`${method} /x`, fn('x', docs)]), '/x', method.toLowerCase()).requestBody;

  it.each(['GET', 'HEAD', 'OPTIONS'])('%s has none', (method) => {
    expect(bodyOf(method, { body: { a: 1 }, contentType: 'application/json' })).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s has one, even undeclared', (method) => {
    expect(bodyOf(method, {})).toEqual({
      required: false,
      content: { 'application/json': { schema: { type: 'object' } } },
    });
  });

  it.each<[string, Parameters<typeof fn>[1], object]>([
    ['an object', { body: { a: [1] } }, { 'application/json': { example: { a: [1] }, schema: { type: 'object' } } }],
    ['JSON text', { body: '{"a": 1}' }, { 'application/json': { example: { a: 1 } } }],
    [
      'JSON text, typed',
      { body: '[1]', contentType: 'application/vnd.x+json' },
      { 'application/vnd.x+json': { example: [1] } },
    ],
    ['broken JSON text', { body: '{a', contentType: 'application/json' }, { 'application/json': { example: '{a' } }],
    ['plain text', { body: 'hello' }, { 'text/plain': { example: 'hello', schema: { type: 'string' } } }],
    ['JSON text that is text', { body: '{}', contentType: 'text/plain' }, { 'text/plain': { example: '{}' } }],
    ['a null', { body: null }, { 'application/json': { example: null, schema: { type: 'null' } } }],
    ['a blank type', { contentType: ' ' }, { 'application/json': { schema: { type: 'object' } } }],
    ['text without example', { contentType: 'text/csv' }, { 'text/csv': { schema: { type: 'string' } } }],
    ['a form', { contentType: 'multipart/form-data' }, { 'multipart/form-data': { schema: { type: 'object' } } }],
    ['bytes', { contentType: 'image/png' }, { 'image/png': { schema: { type: 'string', format: 'binary' } } }],
  ])('%s', (_, docs, content) => {
    expect(bodyOf('POST', docs)).toMatchObject({ content });
  });
});

describe('operation ids', () => {
  const ids = (document: OpenApiDocument) =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
    );

  it('give the plain id to the URL that is the name', () => {
    const owner = fn('my-profile', {}, { runtime: 'python' });
    expect(
      ids(build(['GET /api/profile', owner], ['GET,POST /my-profile', owner], ['GET /my-profile/*', owner])),
    ).toEqual([
      'get /api/profile get_python_my_profile_default_api_profile',
      'get /my-profile get_python_my_profile_default',
      'post /my-profile post_python_my_profile_default',
      'get /my-profile/{wildcard} get_python_my_profile_default_my_profile__',
    ]);
  });

  it('are unique when names become alike, and for versions and homes', () => {
    const file = fn('users/[id].js');
    expect(
      ids(
        build(
          ['GET /a-b', fn('a-b')],
          ['GET /a_b', fn('a_b')],
          ['GET /hello@v2', fn('hello', {}, { version: 'v2' })],
          ['GET /home', file, { origin: 'home' }],
          ['GET /users/:id', file],
        ),
      ),
    ).toEqual([
      'get /a-b get_node_a_b_default',
      'get /a_b get_node_a_b_default_a_b',
      'get /hello@v2 get_node_hello_v2',
      'get /home get_node_users__id__js_default_home',
      'get /users/{id} get_node_users__id__js_default',
    ]);
  });
});

describe('document', () => {
  it('shows internal endpoints when asked', () => {
    const hidden = buildOpenApi({ table: { routes: [] }, includeInternal: false });
    expect(hidden.paths).toEqual({});
    const shown = buildOpenApi({ table: { routes: [] }, includeInternal: true, title: 'T', version: '2' });
    expect(Object.keys(shown.paths)).toEqual(
      expect.arrayContaining([
        '/_fn/health',
        '/_fn/live',
        '/_fn/ready',
        '/_fn/reload',
        '/_fn/catalog',
        '/_fn/openapi.json',
        '/_fn/docs',
      ]),
    );
    expect(shown.info).toEqual({ title: 'T', version: '2' });
    expect(shown.tags).toEqual([{ name: 'internal', description: 'Endpoints of FastFN itself.' }]);
  });

  it('lists tags once', () => {
    const document = build(
      ['GET /b', fn('b', { tags: ['zoo', 'art'] })],
      ['GET /c', fn('c', { tags: ['art'] })],
      ['GET /d', fn('d')],
    );
    expect(document.tags.map(({ name }) => name)).toEqual(['art', 'zoo', 'functions']);
  });

  it('takes a server without its trailing slash, and is not changed by it', () => {
    const document = build(['GET /x', fn('x')]);
    expect(withServer(document, 'https://api.test/').servers).toEqual([{ url: 'https://api.test' }]);
    expect(withServer(document, '/').servers).toEqual([{ url: '/' }]);
    expect(document.servers).toBeUndefined();
    expect(withServer(document, '/').paths).toBe(document.paths);
  });
});
