import { describe, expect, test } from 'vitest';
import { startGateway } from '../../test-support.js';
import { ADMIN_DEFAULTS, type AdminSettings, type ConsoleSettings } from '../settings.js';
import { RateLimit } from './rate-limit.js';
import { sameSecret } from './token.js';

const TOKEN = 'a-long-admin-token';
const login = {
  username: 'admin',
  passwordHash: null,
  password: 'right',
  maxAttempts: 3,
  lockMs: 60_000,
  sessionSecret: 's'.repeat(32),
};

function settings(console: Partial<ConsoleSettings> = {}, token: string | null = TOKEN): AdminSettings {
  return { token, console: { ...ADMIN_DEFAULTS.console, ...console } };
}

const FORWARDED = { 'X-Forwarded-For': '9.9.9.9' };
const WITH_TOKEN = { 'x-fn-admin-token': TOKEN };

describe('who may call', () => {
  test.each<[string, Partial<ConsoleSettings>, string, string, Record<string, string>, number, string?]>([
    ['a read, locally', {}, 'GET', '/_fn/catalog', {}, 200],
    ['the API off', { apiEnabled: false }, 'GET', '/_fn/catalog', {}, 404],
    ['the API off, with the token', { apiEnabled: false }, 'GET', '/_fn/ui-state', WITH_TOKEN, 404],
    ['forwarded', {}, 'GET', '/_fn/catalog', FORWARDED, 403, 'on the machine'],
    ['forwarded, with the token', {}, 'GET', '/_fn/catalog', { ...FORWARDED, ...WITH_TOKEN }, 200],
    ['a wrong token', {}, 'GET', '/_fn/catalog', { ...FORWARDED, 'x-fn-admin-token': 'wrong' }, 403],
    ['an empty token', {}, 'GET', '/_fn/catalog', { ...FORWARDED, 'x-fn-admin-token': '' }, 403],
    ['a long token', {}, 'GET', '/_fn/catalog', { ...FORWARDED, 'x-fn-admin-token': TOKEN.repeat(300) }, 403],
    [
      'a token of 10,000 bytes',
      {},
      'GET',
      '/_fn/catalog',
      { ...FORWARDED, 'x-fn-admin-token': 'x'.repeat(10_000) },
      403,
    ],
    [
      'the token with something after it',
      {},
      'PUT',
      '/_fn/ui-state',
      { 'x-fn-admin-token': `${TOKEN}, ${TOKEN}` },
      403,
    ],
    ['the token in another case', {}, 'PUT', '/_fn/ui-state', { 'x-fn-admin-token': TOKEN.toUpperCase() }, 403],
    [
      'cookies of 10,000 bytes',
      { login },
      'GET',
      '/_fn/catalog',
      { Cookie: `fastfn_session=${'9'.repeat(10_000)}` },
      401,
    ],
    ['a Host of 10,000 bytes', {}, 'GET', '/_fn/catalog', { Host: `${'a'.repeat(10_000)}.example` }, 403, 'Host'],
    ['a Host that only begins right', {}, 'GET', '/_fn/catalog', { Host: 'localhost.evil.example' }, 403, 'Host'],
    ['a Host that only ends right', {}, 'GET', '/_fn/catalog', { Host: 'evil-localhost' }, 403, 'Host'],
    ['an Origin of 10,000 bytes', {}, 'POST', '/_fn/reload', { Origin: `https://${'a'.repeat(10_000)}` }, 403],
    ['forwarded, not local only', { localOnly: false }, 'GET', '/_fn/catalog', FORWARDED, 200],
    ['another Host', {}, 'GET', '/_fn/catalog', { Host: 'evil.example' }, 403, 'Host'],
    [
      'another Host, not local only',
      { localOnly: false },
      'GET',
      '/_fn/catalog',
      { Host: 'evil.example' },
      403,
      'Host',
    ],
    ['another Host, with the token', {}, 'GET', '/_fn/catalog', { Host: 'evil.example', ...WITH_TOKEN }, 403, 'Host'],
    ['not logged in', { login }, 'GET', '/_fn/catalog', {}, 401, 'Log in'],
    [
      'not logged in, a forged cookie',
      { login },
      'GET',
      '/_fn/catalog',
      { Cookie: 'fastfn_session=99999999999999.x' },
      401,
    ],
    ['the token instead of a login', { login }, 'GET', '/_fn/catalog', WITH_TOKEN, 200],
    ['forwarded comes before the login', { login }, 'GET', '/_fn/catalog', FORWARDED, 403],
    ['the login comes before the origin', { login }, 'POST', '/_fn/reload', { Origin: 'https://evil.example' }, 401],
    ['a write', {}, 'PUT', '/_fn/ui-state', {}, 403, 'switched off'],
    ['a write, switched on', { writeEnabled: true }, 'PUT', '/_fn/ui-state', {}, 200],
    ['a write, with the token', {}, 'PUT', '/_fn/ui-state', WITH_TOKEN, 200],
    ['a write, with a wrong token', {}, 'PUT', '/_fn/ui-state', { 'x-fn-admin-token': `${TOKEN}x` }, 403],
    [
      'the origin comes before the write switch',
      {},
      'PUT',
      '/_fn/ui-state',
      { Origin: 'https://evil.example' },
      403,
      'another site',
    ],
    [
      'a foreign page with the token',
      {},
      'PUT',
      '/_fn/ui-state',
      { ...WITH_TOKEN, Origin: 'null' },
      403,
      'another site',
    ],
    ['a foreign page reading', {}, 'GET', '/_fn/ui-state', { Origin: 'https://evil.example' }, 200],
    ['reload is no write', {}, 'POST', '/_fn/reload', {}, 200],
    [
      'reload from a foreign page',
      { writeEnabled: true },
      'POST',
      '/_fn/reload',
      { 'Sec-Fetch-Site': 'cross-site' },
      403,
    ],
    ['a method that nobody knows', {}, 'BREW', '/_fn/catalog', {}, 501],
    ['a method it does not take', {}, 'DELETE', '/_fn/catalog', {}, 405],
    ['such a method from a stranger', {}, 'DELETE', '/_fn/catalog', FORWARDED, 403],
  ])('%s: %j %s %s %j → %i', async (_, console, method, path, headers, status, says = '') => {
    const app = await startGateway({ admin: settings(console) });
    const body = method === 'PUT' ? '{}' : undefined;
    const answer = await app.fetch(path, { method, headers, body });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(says);
    expect(answer.text).not.toContain(TOKEN);
  });

  test('without a token in the settings, no header is one', async () => {
    const app = await startGateway({ admin: settings({}, null) });
    for (const given of ['', 'null', 'undefined']) {
      const answer = await app.fetch('/_fn/catalog', { headers: { ...FORWARDED, 'x-fn-admin-token': given } });
      expect(answer.status).toBe(403);
    }
  });

  test('health tells details to the token, not to a rebound page', async () => {
    const app = await startGateway({ admin: settings() });
    const keys = async (headers: Record<string, string>) =>
      Object.keys((await app.fetch('/_fn/health', { headers })).json()).length;
    expect(await keys({})).toBeGreaterThan(1);
    expect(await keys({ ...FORWARDED, ...WITH_TOKEN })).toBeGreaterThan(1);
    expect(await keys({ Host: 'evil.example' })).toBe(1);
    expect(await keys(FORWARDED)).toBe(1);
  });
});

describe('the rate limit', () => {
  test('429 with the time to wait, for one peer; health is free', async () => {
    const rateLimit = { max: 2, windowMs: 60_000 };
    const app = await startGateway({ admin: settings({ rateLimit, localOnly: false }) });
    const ask = (path: string, headers = {}) => app.fetch(path, { headers });
    expect((await ask('/_fn/catalog')).status).toBe(200);
    expect((await ask('/_fn/catalog')).status).toBe(200);
    const refused = await ask('/_fn/catalog');
    expect(refused.status).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask('/_fn/catalog', WITH_TOKEN)).status).toBe(429);
    expect((await ask('/_fn/catalog', FORWARDED)).status).toBe(200);
    expect((await ask('/_fn/health')).status).toBe(200);
    expect((await ask('/_fn/openapi.json')).status).toBe(200);
  });

  test('bounds guesses of the token, wherever they are made; nothing tells whether one was right', async () => {
    const rateLimit = { max: 3, windowMs: 60_000 };
    const app = await startGateway({ admin: settings({ rateLimit }) });
    const ask = (path: string, token: string, ip: string) =>
      app.fetch(path, { headers: { 'X-Forwarded-For': ip, 'x-fn-admin-token': token } });
    expect((await ask('/_fn/catalog', 'guess one', '9.9.9.9')).status).toBe(403);
    expect((await ask('/_fn/health', 'guess two', '9.9.9.9')).json()).toEqual({ status: 'ok' });
    expect((await ask('/_fn/catalog', 'guess three', '9.9.9.9')).status).toBe(403);
    const refused = await ask('/_fn/catalog', TOKEN, '9.9.9.9');
    expect(refused.json()).toMatchObject({ code: 'rate_limited', error: expect.stringContaining('wrong tokens') });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask('/_fn/health', TOKEN, '9.9.9.9')).json()).toEqual({ status: 'ok' });
    expect((await app.fetch('/_fn/catalog', { headers: { 'X-Forwarded-For': '9.9.9.9' } })).status).toBe(403);
    for (let i = 0; i < 3; i++) expect((await ask('/_fn/catalog', TOKEN, '9.9.9.8')).status).toBe(200);
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:1.2.3.4', '1.2.3.4', false],
    ['1.2.3.4', '1.2.3.5', false],
    ['::1', '::1', true],
  ])('%s and %s are one peer: %s', (one, other, same) => {
    const limit = new RateLimit({ max: 1, windowMs: 60_000 });
    limit.count(one);
    expect(limit.count(other) > 0).toBe(same);
    expect(limit.wait(one)).toBeGreaterThan(0);
  });

  test('windows end, peers are apart, 0 is no limit', () => {
    let now = 1000;
    const limit = new RateLimit({ max: 1, windowMs: 5000, now: () => now });
    expect([limit.count('a'), limit.count('a'), limit.count('b')]).toEqual([0, 5, 0]);
    now += 4001;
    expect(limit.count('a')).toBe(1);
    now += 1000;
    expect(limit.count('a')).toBe(0);
    const none = new RateLimit({ max: 0, windowMs: 1 });
    expect([none.count('a'), none.count('a')]).toEqual([0, 0]);
  });

  test('remembers a bounded number of peers', () => {
    const limit = new RateLimit({ max: 1, windowMs: 60_000 });
    limit.count('first');
    for (let i = 0; i < 10_000; i++) limit.count(`peer ${i}`);
    expect(limit.count('first')).toBe(0);
    expect(limit.count('peer 9999')).toBeGreaterThan(0);
  });
});

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['', 'a', false],
  ['aa', 'a', false],
  ['ä', 'a', false],
])('sameSecret(%j, %j) is %s', (given, secret, same) => {
  expect(sameSecret(given, secret)).toBe(same);
});

describe('ui-state', () => {
  test('tells, changes and resets the switches', async () => {
    const app = await startGateway({ admin: settings({ writeEnabled: true }) });
    const put = (body: unknown) => app.fetch('/_fn/ui-state', { method: 'PUT', body: JSON.stringify(body) });
    const initial = {
      ui_enabled: false,
      api_enabled: true,
      write_enabled: true,
      local_only: true,
      login_enabled: false,
      current_user: null,
    };
    expect((await app.fetch('/_fn/ui-state')).json()).toEqual(initial);
    expect((await put({ api_enabled: false, local_only: false })).json()).toMatchObject({ api_enabled: false });
    expect((await app.fetch('/_fn/catalog')).status).toBe(404);
    expect((await app.fetch('/_fn/ui-state', { headers: FORWARDED })).status).toBe(200);
    expect((await app.fetch('/_fn/ui-state', { method: 'DELETE' })).json()).toEqual(initial);
    expect((await app.fetch('/_fn/catalog')).status).toBe(200);
    expect((await put({ write_enabled: false })).status).toBe(200);
    expect((await put({ write_enabled: true })).status).toBe(403);
  });

  test.each<[string, number]>([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['"x"', 400],
    ['{"ui_enabled": "true"}', 400],
    ['{"ui_enabled": 1}', 400],
    ['{"ui_enabled": null}', 400],
    ['{"nope": true}', 400],
    ['{"__proto__": true}', 400],
    ['{"constructor": true}', 400],
    [`{"ui_enabled": true, "x": "${'x'.repeat(131_072)}"}`, 413],
  ])('PUT, body %#', async (body, status) => {
    const app = await startGateway({ admin: settings({ writeEnabled: true }) });
    const answer = await app.fetch('/_fn/ui-state', { method: 'PUT', body });
    expect(answer.status).toBe(status);
    expect((await app.fetch('/_fn/ui-state')).json()).toMatchObject({ ui_enabled: false });
  });
});
