import { describe, expect, it } from 'vitest';
import { compileRouteTable } from './compile.js';
import { claim, fn, home, manifest } from './fixtures.js';

const dashboard = fn('dashboard');

describe('folder homes', () => {
  it('answer with the route they name, all its methods and hosts', () => {
    const table = compileRouteTable(
      manifest(
        [claim('GET /portal/dashboard', dashboard, { hosts: ['h.test'] }), claim('POST /portal/dashboard', fn('save'))],
        [home('/portal', '/portal/dashboard')],
      ),
    );
    expect(table.match('GET', 'h.test', '/portal/')).toMatchObject({
      kind: 'route',
      route: { pattern: '/portal', fn: { name: 'dashboard' }, origin: 'home', rank: 1 },
    });
    expect(table.match('POST', '', '/portal')).toMatchObject({ route: { fn: { name: 'save' } } });
    expect(table.diagnostics).toEqual([]);
  });

  it.each([1, 2, 3] as const)('give way to any claim of their URL (rank %i)', (rank) => {
    const table = compileRouteTable(
      manifest([claim('GET /p', fn('index'), { rank }), claim('GET,POST /p/d', dashboard)], [home('/p', '/p/d')]),
    );
    expect(table.match('GET', '', '/p')).toMatchObject({ route: { fn: { name: 'index' } } });
    expect(table.match('POST', '', '/p')).toMatchObject({ kind: 'method' });
  });

  it('follow each other', () => {
    const table = compileRouteTable(
      manifest([claim('GET /a/b/c', dashboard)], [home('/a', '/a/b'), home('/a/b', '/a/b/c')]),
    );
    expect(table.match('GET', '', '/a')).toMatchObject({ route: { fn: { name: 'dashboard' } } });
    expect(table.match('GET', '', '/a/b')).toMatchObject({ route: { fn: { name: 'dashboard' } } });
  });

  it('pass parameters of the folder on', () => {
    const table = compileRouteTable(
      manifest([claim('GET /users/:id/profile', dashboard)], [home('/users/:id', '/users/:id/profile')]),
    );
    expect(table.match('GET', '', '/users/7')).toMatchObject({
      route: { fn: { name: 'dashboard' } },
      params: { id: '7' },
    });
  });

  it.each([
    ['/p/nowhere', 'no function answers there'],
    ['/p/:id', 'it has parameters that the URL of the folder does not give'],
    ['/p/conflict', 'no function answers there'],
    ['p', 'it is not a valid route'],
    ['/p', 'its homes lead back to itself'],
    ['/loop', 'its homes lead back to itself'],
  ])('that name %s are told', (route, reason) => {
    const claims = [
      claim('GET /p/:id', dashboard),
      claim('GET /p/conflict', fn('x')),
      claim('GET /p/conflict', fn('y')),
    ];
    const table = compileRouteTable(manifest(claims, [home('/p', route), home('/loop', '/p')]));
    expect(table.diagnostics).toContainEqual(
      expect.objectContaining({
        code: 'home_unresolved',
        file: 'p/fn.config.json',
        message: `The home of /p names ${route}, but ${reason}.`,
      }),
    );
    expect(table.match('GET', '', '/p')).toEqual({ kind: 'none' });
  });

  it('with a redirect only are none of the table', () => {
    const table = compileRouteTable(manifest([], [{ pattern: '/p', route: null, redirect: '/q', source: 'p' }]));
    expect(table.routes).toEqual([]);
    expect(table.diagnostics).toEqual([]);
  });
});

describe('the home of the root', () => {
  it.each([
    ['/dashboard', false],
    ['/users/7', false],
    ['/my-name', false],
    ['/nowhere', true],
    ['/_fn/docs', true],
  ])('%s: told when nothing answers there: %s', (route, told) => {
    const claims = [claim('GET /dashboard', fn('dashboard')), claim('GET /users/:id', fn('my-name'))];
    const table = compileRouteTable({ ...manifest(claims), rootHome: { route } });
    const expected = {
      code: 'home_unresolved',
      file: 'fn.config.json',
      message: `The home of / names ${route}, but no function answers there.`,
    };
    expect(table.diagnostics).toEqual(told ? [expect.objectContaining(expected)] : []);
  });
});
