import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../../test-support.js';
import { ADMIN_DEFAULTS, type LoginSettings } from '../settings.js';
import { Lockout } from './lockout.js';
import { matchesHash } from './password.js';
import { Sessions } from './sessions.js';

const salt = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const pbkdf2Hash = `pbkdf2-sha256:1000:${salt.toString('hex')}:${pbkdf2Sync('right', salt, 1000, 32, 'sha256').toString('hex')}`;
const scryptHash = `scrypt:1024:8:1:${salt.toString('hex')}:${scryptSync('right', salt, 32, { N: 1024, r: 8, p: 1 }).toString('hex')}`;
const settings: LoginSettings = {
  username: 'admin',
  passwordHash: pbkdf2Hash,
  password: null,
  maxAttempts: 3,
  lockMs: 60_000,
  sessionSecret: 's'.repeat(32),
};

const serve = (login: LoginSettings | null = settings): Promise<TestGateway> =>
  startGateway({ admin: { token: null, console: { ...ADMIN_DEFAULTS.console, login } } });

const post = (app: TestGateway, body: unknown, headers: Record<string, string> = {}) =>
  app.fetch('/_fn/login', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

const RIGHT = { username: 'admin', password: 'right' };

describe('logging in', () => {
  test('gives a cookie that opens the API, and logout takes it back', async () => {
    const app = await serve();
    expect((await app.fetch('/_fn/catalog')).status).toBe(401);
    const answer = await post(app, RIGHT);
    expect(answer.status).toBe(200);
    const [cookie] = answer.headers['set-cookie']!;
    expect(cookie).toMatch(/^fastfn_session=\d+\.[\w-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/);
    const Cookie = cookie!.split(';')[0]!;
    expect((await app.fetch('/_fn/catalog', { headers: { Cookie } })).status).toBe(200);
    expect((await app.fetch('/_fn/ui-state', { headers: { Cookie } })).json()).toMatchObject({
      login_enabled: true,
      current_user: 'admin',
    });
    const out = await app.fetch('/_fn/logout', { method: 'POST', headers: { Cookie } });
    expect(out.status).toBe(200);
    expect(out.headers['set-cookie']![0]).toMatch(/^fastfn_session=; Max-Age=0;/);
  });

  test('the cookie is Secure on https', async () => {
    const app = await startGateway({
      admin: { token: 'token-token', console: { ...ADMIN_DEFAULTS.console, login: settings, localOnly: false } },
    });
    const answer = await post(app, RIGHT, { 'X-Forwarded-Proto': 'https' });
    expect(answer.headers['set-cookie']![0]).toContain('; Secure');
  });

  test.each<[unknown, number]>([
    [{ username: 'admin', password: 'wrong' }, 401],
    [{ username: 'Admin', password: 'right' }, 401],
    [{ username: '', password: '' }, 401],
    [{ username: 'admin' }, 400],
    [{ password: 'right' }, 400],
    [{ username: null, password: 'right' }, 400],
    [{ username: ['admin'], password: 'right' }, 400],
    [{ username: 'admin', password: 7 }, 400],
    [{ username: 'admin', password: 'right\0' }, 400],
    [{ username: 'admin', password: 'x'.repeat(2000) }, 400],
    ['', 400],
    ['username=admin&password=right', 400],
    [`{"x": "${'x'.repeat(20_000)}"}`, 413],
  ])('%j → %i', async (body, status) => {
    const answer = await post(await serve(), body);
    expect(answer.status).toBe(status);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.text).not.toContain('right');
  });

  test('locks a peer out after wrong guesses, also when they come at once; missing fields do not count', async () => {
    const app = await serve();
    for (let i = 0; i < 5; i++) expect((await post(app, { username: 'admin' })).status).toBe(400);
    const wrong = { username: 'admin', password: 'wrong' };
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => post(app, wrong)))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    const locked = await post(app, RIGHT);
    expect(locked.status).toBe(429);
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('is refused to a page of another site, and not there when off', async () => {
    expect((await post(await serve(), RIGHT, { Origin: 'https://evil.example' })).status).toBe(403);
    const off = await serve(null);
    expect((await post(off, RIGHT)).status).toBe(404);
    expect((await off.fetch('/_fn/logout', { method: 'POST' })).status).toBe(200);
  });
});

test.each([
  [pbkdf2Hash, 'right', true],
  [pbkdf2Hash.toUpperCase().replace('PBKDF2-SHA256', 'pbkdf2-sha256'), 'right', true],
  [pbkdf2Hash, 'Right', false],
  [pbkdf2Hash, '', false],
  [scryptHash, 'right', true],
  [scryptHash, 'wrong', false],
])('hash %#', async (hash, password, right) => {
  expect(await matchesHash(hash, password)).toBe(right);
});

describe('sessions', () => {
  const cookieOf = (sessions: Sessions): string => sessions.open(false).split(';')[0]!;

  test('end with time and with the credentials', () => {
    let now = 1_000_000;
    const make = (over: Partial<LoginSettings> = {}) => new Sessions({ ...settings, ...over }, 1000, () => now);
    const cookie = cookieOf(make());
    expect(make().userOf(cookie)).toBe('admin');
    expect(make({ username: 'other' }).userOf(cookie)).toBeNull();
    expect(make({ passwordHash: scryptHash }).userOf(cookie)).toBeNull();
    expect(make({ sessionSecret: 't'.repeat(32) }).userOf(cookie)).toBeNull();
    now += 1000;
    expect(make().userOf(cookie)).toBeNull();
  });

  test.each(['', 'fastfn_session=', 'fastfn_session=.', 'fastfn_session=9e99.x', 'fastfn_session=-1.x', 'other=1'])(
    '%j is no session',
    (cookie) => expect(new Sessions(settings, 1000).userOf(cookie)).toBeNull(),
  );

  test('a longer life cannot be written into the cookie', () => {
    const sessions = new Sessions(settings, 1000);
    const [, expires, signature] = /=(\d+)\.(.+)/.exec(cookieOf(sessions))!;
    expect(sessions.userOf(`fastfn_session=${Number(expires) + 1}.${signature}`)).toBeNull();
    expect(sessions.userOf(`fastfn_session=0${expires}.${signature}x`)).toBeNull();
  });
});

test('a lockout ends with time, and with a right login', () => {
  let now = 0;
  const lockout = new Lockout({ maxAttempts: 2, lockMs: 10_000, now: () => now });
  expect([lockout.attempt('a'), lockout.attempt('a'), lockout.attempt('a'), lockout.attempt('b')]).toEqual([
    0, 0, 10, 0,
  ]);
  now = 10_000;
  expect([lockout.attempt('a'), lockout.attempt('a'), lockout.attempt('a')]).toEqual([0, 0, 10]);
  lockout.forgive('a');
  expect(lockout.attempt('a')).toBe(0);
});
