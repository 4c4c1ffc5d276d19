import { describe, expect, test } from 'vitest';
import { claimsOf, type GatewaySetup, makeClaim, makeFunction, reply, startGateway } from '../test-support.js';
import { homePath, redirectTarget } from './target.js';

const echo: GatewaySetup['handler'] = ({ fn, query }, sink) => reply(sink, `${fn.name}?${query.join()}`);
const routes = { 'GET /showcase': {}, 'GET /dashboard': {}, 'GET /': {} };
const noIndex = { 'GET /showcase': {}, 'GET /dashboard': {} };

describe('who answers at /', () => {
  test.each<[string, GatewaySetup, number, RegExp]>([
    [
      'home function first',
      { routes, homeFunction: '/showcase', homeRedirect: '/x', manifest: { rootHome: { route: 'dashboard' } } },
      200,
      /^showcase\?a,1$/,
    ],
    ['home function by name', { routes: noIndex, homeFunction: 'showcase' }, 200, /^showcase/],
    [
      'then home redirect',
      { routes, homeRedirect: '/_fn/docs', manifest: { rootHome: { route: 'dashboard' } } },
      302,
      /^$/,
    ],
    [
      'then home.route',
      { routes, manifest: { rootHome: { route: 'dashboard', redirect: '/x' } } },
      200,
      /^dashboard\?a,1$/,
    ],
    ['then home.redirect', { routes, manifest: { rootHome: { redirect: '/dashboard' } } }, 302, /^$/],
    ['then the function', { routes }, 200, /^\?a,1$/],
    ['then the landing page', { routes: noIndex }, 200, /It works/],
    ['404 without functions', { routes: {} }, 404, /not_found/],
    [
      'a broken home function is passed over',
      { routes, homeFunction: '/nowhere', homeRedirect: 'javascript:x' },
      200,
      /^\?a,1$/,
    ],
    [
      'a broken home.route is passed over',
      { routes, manifest: { rootHome: { route: '/_fn/health' } } },
      200,
      /^\?a,1$/,
    ],
    ['a redirect to itself is passed over', { routes, homeRedirect: '/' }, 200, /^\?a,1$/],
  ])('%s', async (_, setup, status, text) => {
    const app = await startGateway({ ...setup, handler: echo });
    const answer = await app.fetch('/?a=1');
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
  });

  test('a redirect names its target', async () => {
    const app = await startGateway({ routes, homeRedirect: '/_fn/docs' });
    expect((await app.fetch('/')).headers.location).toBe('/_fn/docs');
  });

  test('methods are those of the function behind', async () => {
    const app = await startGateway({ routes: noIndex, homeFunction: '/showcase' });
    const answer = await app.fetch('/', { method: 'POST' });
    expect(answer.status).toBe(405);
  });

  test('the landing page lists routes in dev, links what a click can reach, and needs nothing from outside', async () => {
    const app = await startGateway({
      mode: 'dev',
      claims: [...claimsOf(noIndex), makeClaim('POST /users/:id', makeFunction('u<b>'))],
    });
    const { text } = await app.fetch('/');
    expect(text).toContain('<a href="/showcase">');
    expect(text).toContain('/users/:id');
    expect(text).not.toContain('href="/users');
    expect(text).toContain('u&lt;b&gt;');
    expect(text).not.toMatch(/https?:\/\//);
  });

  test('in run it tells nothing', async () => {
    const app = await startGateway({ routes: noIndex });
    expect((await app.fetch('/')).text).not.toContain('showcase');
  });
});

test('a folder home redirects unless something answers there', async () => {
  const app = await startGateway({
    routes: { 'GET /taken': {} },
    manifest: {
      homes: [
        { pattern: '/portal', route: null, redirect: '/taken', source: '' },
        { pattern: '/taken', route: null, redirect: '/portal', source: '' },
      ],
    },
  });
  expect((await app.fetch('/portal/')).headers.location).toBe('/taken');
  expect((await app.fetch('/taken')).status).toBe(200);
});

test.each([
  ['dashboard', '/dashboard'],
  ['/a/b/', '/a/b'],
  ['/', '/'],
  ['/../x', null],
  ['https://a', null],
  ['//a', null],
  ['/_fn/x', null],
  ['/console', null],
  ['/a?b', null],
  ['', null],
])('homePath %j', (route, expected) => {
  expect(homePath(route)).toBe(expected);
});

test.each([
  ['/docs', '/docs'],
  ['https://example.com/x', 'https://example.com/x'],
  ['javascript:alert(1)', null],
  ['//evil.example', null],
  ['/\\evil.example', null],
  ['/', null],
  ['/?a', null],
  ['/a\r\nSet-Cookie: x', null],
  ['docs', null],
])('redirectTarget %j', (location, expected) => {
  expect(redirectTarget(location)).toBe(expected);
});
