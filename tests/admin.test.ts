import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tree, useServer } from '@fastfn/testing';
import { describe, expect, it, vi } from 'vitest';
import { createMain } from '../apps/cli/src/cli.js';

/** Handlers in every language that answer with the parameter `id`, the user of the context, and print. */
const USERS: Readonly<Record<string, string>> = {
  'node/[id].js': `export const handler = (e, { id }) => {
    console.log('out ' + id); console.error('err ' + id);
    return { id, user: e.context.user ?? null, q: e.query.q ?? null };
  };`,
  'python/[id].py': `import sys
def handler(event, id):
    print("out " + id); print("err " + id, file=sys.stderr)
    return {"id": id, "user": event["context"].get("user"), "q": event["query"].get("q")}
`,
};

async function cli(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  const log = vi.spyOn(console, 'log').mockImplementation((text) => {
    stdout += `${text}\n`;
  });
  const error = vi.spyOn(console, 'error').mockReturnValue();
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    const code = await createMain(argv);
    return { code, stdout, stderr: error.mock.calls.flat().join('\n') };
  } finally {
    for (const spy of [log, error, write]) spy.mockRestore();
  }
}

const json = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

describe('invoke', () => {
  it.each(['node', 'python'])('%s: parameters, context, query and output', async (runtime) => {
    const app = await useServer({ files: USERS });
    const answer = await app.fetch(
      '/_fn/invoke',
      json({ route: `/${runtime}/:id`, params: { id: 'a b' }, query: { q: '1' }, context: { who: 'me' } }),
    );
    expect(answer.status).toBe(200);
    const result = (await answer.json()) as { body: string };
    expect(result).toMatchObject({
      status: 200,
      stdout: 'out a b\n',
      stderr: 'err a b\n',
      route: `/${runtime}/a%20b`,
      route_template: `/${runtime}/:id`,
    });
    expect(JSON.parse(result.body)).toEqual({ id: 'a b', user: { who: 'me' }, q: '1' });
  });

  it('errors of handlers are the status of the call', async () => {
    const app = await useServer({ files: { 'bad.js': 'export const handler = () => { throw new Error("no"); };' } });
    const result = (await (await app.fetch('/_fn/invoke', json({ name: 'bad.js' }))).json()) as { status: number };
    expect(result.status).toBe(500);
  });
});

describe('fastfn invoke', () => {
  it('finds the server by its folder, and prints the body', async () => {
    const app = await useServer({ files: USERS });
    const { code, stdout, stderr } = await cli(
      'invoke',
      '/node/:id',
      '--param',
      'id=7',
      '--query',
      'q=1',
      '--query',
      'q=2',
      '--dir',
      app.root,
    );
    expect(JSON.parse(stdout)).toEqual({ id: '7', user: null, q: ['1', '2'] });
    expect(stderr).toMatch(/200.*\/node\/7/);
    expect(stderr).toContain('out 7');
    expect(code).toBe(0);
  });

  it('sends method, headers and body, and fails with the call', async () => {
    const files = {
      'post.echo.js': `export const handler = (e) =>
        ({ status: e.headers['x-status'] * 1, body: [e.method, e.headers['x-a'], e.body].join(' ') });`,
    };
    const app = await useServer({ files });
    const send = (status: string, ...rest: string[]) =>
      cli(
        'invoke',
        '/echo',
        '--method',
        'POST',
        '--header',
        `X-Status: ${status}`,
        '--header',
        'x-a:b',
        '--dir',
        app.root,
        ...rest,
      );
    expect(await send('201', '--body', 'hi')).toMatchObject({ code: 0, stdout: 'POST b hi\n' });
    const { root } = tree({ 'body.txt': 'from a file' });
    expect(await send('404', `--body=@${join(root, 'body.txt')}`)).toMatchObject({
      code: 1,
      stdout: 'POST b from a file\n',
    });
    expect(JSON.parse((await send('200', '--json')).stdout)).toMatchObject({ status: 200, route: '/echo' });
  });

  it.each([
    [['/nope'], 1, /no function for \/nope/],
    [['/node/:id'], 1, /needs the parameters id/],
    [['/node/7', '--param', 'id'], 2, /--param takes name=value/],
    [['/node/7', '--body', '@nowhere'], 2, /nowhere/],
    [[], 2, /target/i],
  ])('invoke %j exits with %i', async (args, code, says) => {
    const app = await useServer({ files: USERS });
    const result = await cli('invoke', ...args, '--dir', app.root);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toMatch(says);
  });

  it('says so when no server runs', async () => {
    const { root } = tree({ 'a.js': '', 'fn.config.json': { port: 1 } });
    const result = await cli('invoke', '/a', '--dir', root);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No server answers at http://127.0.0.1:1'),
    });
  });

  it('leaves no note behind', async () => {
    const app = await useServer({ files: USERS });
    const note = join(app.root, '.fastfn/server.json');
    expect(existsSync(note)).toBe(true);
    await app.server.close({ now: true });
    expect(existsSync(note)).toBe(false);
  });
});

describe('the guard', () => {
  it('follows the environment', async () => {
    const token = 'token-of-the-test';
    const app = await useServer({ files: USERS, env: { FN_ADMIN_TOKEN: token, FN_CONSOLE_RATE_LIMIT_MAX: '5' } });
    const put = (headers: Record<string, string>) =>
      app.fetch('/_fn/ui-state', { method: 'PUT', headers, body: '{"write_enabled": true}' });
    expect((await put({})).status).toBe(403);
    expect((await put({ 'x-fn-admin-token': token, 'x-forwarded-for': '9.9.9.9' })).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await app.fetch('/_fn/catalog')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect((await app.fetch('/_fn/health')).status).toBe(200);
    expect(app.logs.join('\n')).not.toContain(token);
  });

  it('asks for a login', async () => {
    const env = {
      FN_CONSOLE_LOGIN_ENABLED: '1',
      FN_CONSOLE_LOGIN_PASSWORD: 'pass-of-the-test',
      FN_CONSOLE_SESSION_SECRET: 's'.repeat(32),
    };
    const app = await useServer({ files: USERS, env });
    expect((await app.fetch('/_fn/catalog')).status).toBe(401);
    const login = await app.fetch('/_fn/login', json({ username: 'admin', password: 'pass-of-the-test' }));
    const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    expect((await app.fetch('/_fn/catalog', { headers: { cookie } })).status).toBe(200);
    expect(app.logs.join('\n')).not.toContain('pass-of-the-test');
  });
});
