import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tree, useServer } from '@fastfn/testing';
import { expect, it } from 'vitest';

/** Every write of the admin API, with each field missing, wrong and hostile: coded answers, and nothing outside its place. */

const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  'a\u0000b',
  '../../outside.txt',
  '/_fn/x',
  '\ud800',
  'x'.repeat(100_000),
  [[]],
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
];

/** Bodies that are no object at all. */
const NO_OBJECT = ['', 'null', '[]', '"x"', '{', '{"a": 1}x', '['.repeat(50_000), '{"a":'.repeat(20_000)];

const CALL = ['name', 'route', 'runtime', 'version', 'method', 'params', 'query', 'headers', 'body', 'context'];

/** Method, path, fields, and what the other fields hold. */
const WRITES: readonly (readonly [method: string, path: string, fields: readonly string[], base: object])[] = [
  ['POST', 'invoke', CALL, { name: 'victim' }],
  [
    'POST',
    'jobs',
    [...CALL, 'max_attempts', 'retry_delay_ms', 'run_at', 'callback_url'],
    { name: 'victim', run_at: '2999-01-01T00:00:00Z' },
  ],
  ['POST', 'schedules/run', ['runtime', 'name', 'version'], { name: 'victim' }],
  ['POST', 'function?runtime=node&name=made', ['methods', 'summary', 'route', 'code'], {}],
  [
    'PUT',
    'function-config?name=victim',
    ['timeout_ms', 'methods', 'routes', 'group', 'invoke', 'worker_pool', 'edge', 'cors', 'schedule', 'home', 'assets'],
    {},
  ],
  ['PUT', 'function-env?name=victim', ['A', 'TOKEN', '__proto__', 'a b', '../x'], {}],
  ['PUT', 'function-code?name=victim', ['code'], {}],
  ['PUT', 'function-file-content?name=victim', ['path', 'content'], { path: 'note.txt', content: 'x' }],
  ['POST', 'secrets', ['key', 'value'], { key: 'A', value: 'b' }],
  ['PUT', 'ui-state', ['ui_enabled', 'api_enabled', 'write_enabled', 'local_only'], {}],
  ['POST', 'login', ['username', 'password'], { username: 'admin', password: 'wrong' }],
];

it.each(WRITES)('%s %s', { timeout: 120_000 }, async (method, path, fields, base) => {
  const around = tree({
    'outside.txt': 'untouched',
    'app/functions/victim/handler.js': 'exports.handler = () => "ok";',
  });
  const app = await useServer({
    root: join(around.root, 'app/functions'),
    env: {
      FN_CONSOLE_WRITE_ENABLED: '1',
      FN_CONSOLE_RATE_LIMIT_MAX: '0',
      FN_CONSOLE_LOGIN_MAX_ATTEMPTS: '1000',
      FN_CONSOLE_SESSION_SECRET: 'x'.repeat(32),
      FN_CONSOLE_LOGIN_PASSWORD: 'hunter2-hunter2',
      ...(path === 'login' && { FN_CONSOLE_LOGIN_ENABLED: '1' }),
    },
  });
  const send = async (body: string, what: string): Promise<void> => {
    const answer = await app.fetch(`/_fn/${path}`, { method, body });
    const text = await answer.text();
    expect(answer.status, `${what}: ${text.slice(0, 200)}`).toBeLessThan(500);
    if (answer.status < 400) return;
    const { error, code, request_id } = JSON.parse(text);
    expect([typeof error, typeof code, typeof request_id], what).toEqual(['string', 'string', 'string']);
    expect(text.length, `${what}: what was sent does not come back`).toBeLessThan(5_000);
  };
  for (const body of NO_OBJECT) await send(body, body.slice(0, 20));
  for (const field of fields) {
    for (const value of HOSTILE) {
      const body = JSON.stringify(Object.fromEntries([...Object.entries(base), [field, value]]));
      await send(body, `${field} = ${JSON.stringify(value).slice(0, 40)}`);
    }
    const { [field]: _, ...without } = base as Record<string, unknown>;
    await send(JSON.stringify(without), `without ${field}`);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(readFileSync(join(around.root, 'outside.txt'), 'utf8')).toBe('untouched');
  expect(readdirSync(around.root).sort()).toEqual(['app', 'outside.txt']);
  expect(readdirSync(join(around.root, 'app'))).toEqual(['functions']);
  expect(existsSync('/_fn')).toBe(false);
  expect((await app.fetch('/_fn/live')).status).toBe(200);
});
