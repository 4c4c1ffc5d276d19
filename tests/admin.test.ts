import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestServer, tree, type UseServerInput, useServer } from '@fastfn/testing';
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

/** A server whose admin API may write, and a caller of it. */
async function writable(files: UseServerInput['files'], env: Record<string, string> = {}) {
  const app = await useServer({ files, env: { FN_CONSOLE_WRITE_ENABLED: '1', ...env } });
  const call = async (method: string, path: string, body?: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.fetch(`/_fn/${path}`, { method, ...(body !== undefined && { body: text }) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { ...app, call };
}

/** Names of all files below the root, but for the state folder. */
function filesIn({ root }: TestServer): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((path) => !path.startsWith('.fastfn') && statSync(join(root, path)).isFile())
    .sort();
}

describe('function', () => {
  it.each([
    ['node', 'handler.js'],
    ['python', 'handler.py'],
  ])('%s: created, called, changed, removed', async (runtime, file) => {
    const app = await writable({ 'a.js': 'export const handler = () => 1;' });
    const at = `function?runtime=${runtime}&name=my/echo`;
    const made = await app.call('POST', at, { methods: ['GET', 'POST'], summary: 'Echoes' });
    expect(made).toMatchObject({ status: 201, body: { runtime, name: 'my/echo', version: 'default' } });
    expect(made.body.file).toBe(`${runtime}/my/echo/${file}`);
    expect(await (await app.fetch('/my/echo?x=1')).json()).toEqual({ query: { x: '1' } });
    expect((await app.call('POST', at, {})).status).toBe(409);

    const shown = await app.call('GET', at);
    expect(shown.body).toMatchObject({
      code: made.body.code,
      policy: { timeout_ms: 30_000, methods: ['GET', 'POST'] },
      metadata: { group: null, endpoints: { public_route: '/my/echo' }, invoke: { summary: 'Echoes' } },
      files: [{ path: file, main: true }],
    });
    expect((await app.call('GET', `${at}&include_code=0`)).body).not.toHaveProperty('code');

    const version = await app.call('POST', `${at}&version=v2`, {});
    expect(version).toMatchObject({ status: 201, body: { version: 'v2' } });
    expect((await app.fetch('/my/echo@v2')).status).toBe(200);

    const code = String(made.body.code).replace('query', 'changed');
    expect((await app.call('PUT', at.replace('function', 'function-code'), { code })).body).toMatchObject({ code });
    expect(await (await app.fetch('/my/echo?x=1')).json()).toEqual({ changed: { x: '1' } });

    expect((await app.call('DELETE', `${at}&version=v2`)).body).toEqual({ ok: true });
    expect((await app.call('DELETE', at)).body).toEqual({ ok: true });
    expect((await app.call('DELETE', at)).status).toBe(404);
    expect((await app.fetch('/my/echo')).status).toBe(404);
    expect(filesIn(app)).toEqual(['a.js']);
  });

  it.each(['php', 'lua', 'go', 'rust'] as const)(
    '%s: the template answers with its query',
    async (runtime) => {
      const app = await writable({});
      expect((await app.call('POST', `function?runtime=${runtime}&name=echo`, {})).status).toBe(201);
      if (app.server.toolStatus()[runtime]?.ok === false) return;
      await vi.waitFor(
        async () => {
          const { body } = await app.call('POST', 'invoke', { name: 'echo', query: { x: '1' } });
          expect(body).toMatchObject({ status: 200, body: '{"query":{"x":"1"}}', route: '/echo' });
        },
        { timeout: 60_000, interval: 200 },
      );
    },
    90_000,
  );

  it('in the plain layout, with routes of its own', async () => {
    const app = await writable({});
    const made = await app.call('POST', 'function?runtime=node&name=one&layout=plain', { route: '/first/:id' });
    expect(made).toMatchObject({ status: 201, body: { file: 'one/handler.js' } });
    expect((await app.fetch('/first/7')).status).toBe(200);
    expect((await app.call('GET', 'api/functions')).body).toMatchObject([{ name: 'one', routes: expect.any(Array) }]);
  });

  it.each<[string, unknown, number, string?]>([
    ['runtime=cobol&name=x', {}, 400, 'runtime'],
    ['name=x', {}, 400, 'runtime'],
    ['runtime=node', {}, 400, 'name'],
    ['runtime=node&name=', {}, 400, 'name'],
    ['runtime=node&name=..', {}, 400, 'name'],
    ['runtime=node&name=../x', {}, 400, 'name'],
    ['runtime=node&name=/etc/x', {}, 400, 'name'],
    ['runtime=node&name=a//b', {}, 400, 'name'],
    ['runtime=node&name=a%00b', {}, 400, 'name'],
    ['runtime=node&name=a%5Cb', {}, 400, 'name'],
    ['runtime=node&name=.hidden', {}, 400, 'name'],
    ['runtime=node&name=_private', {}, 400, 'name'],
    ['runtime=node&name=_fn', {}, 400, 'name'],
    ['runtime=node&name=_fn/reload', {}, 400, 'name'],
    ['runtime=node&name=Console/x', {}, 400, 'name'],
    ['runtime=node&name=a/b/c/d/e', {}, 400, 'name'],
    ['runtime=node&name=node_modules/x', {}, 400, 'name'],
    [`runtime=node&name=${'x'.repeat(300)}`, {}, 400, 'name'],
    ['runtime=node&name=x&layout=flat', {}, 400, 'layout'],
    ['runtime=node&name=x&version=..', {}, 400, 'version'],
    ['runtime=node&name=x&version=1/../..', {}, 400, 'version'],
    ['runtime=node&name=x', { route: '/_fn/x' }, 400, 'route'],
    ['runtime=node&name=x', { route: '//_FN/x' }, 400, 'route'],
    ['runtime=node&name=x', { route: 'x' }, 400, 'route'],
    ['runtime=node&name=x', { route: 7 }, 400, 'route'],
    ['runtime=node&name=x', { methods: ['BREW'] }, 400, 'invoke.methods[0]'],
    ['runtime=node&name=x', { methods: {} }, 400, 'invoke.methods'],
    ['runtime=node&name=x', { summary: 7 }, 400, 'summary'],
    ['runtime=node&name=x', { code: ['x'] }, 400, 'code'],
    ['runtime=node&name=x', { code: 'x\u0000' }, 400, 'code'],
    ['runtime=node&name=x', '{', 400],
    ['runtime=node&name=x', [], 400],
    ['runtime=node&name=x', `{"code": "${'x'.repeat(2_200_000)}"}`, 413],
  ])('POST %.60s %j → %i', async (query, body, status, key) => {
    const app = await writable({ 'a.js': 'export const handler = () => 1;' });
    const answer = await app.call('POST', `function?${query}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    const { problems = [] } = (answer.body.details ?? {}) as { problems?: { key: string }[] };
    if (key !== undefined) expect(problems.map((problem) => problem.key)).toContain(key);
    expect(filesIn(app)).toEqual(['a.js']);
  });

  it('deleting a file route leaves what lies beside it', async () => {
    const app = await writable({ 'u/[id].js': 'export const handler = () => 1;', 'u/data.txt': 'x' });
    expect((await app.call('DELETE', 'function?name=u/[id].js')).status).toBe(200);
    expect(filesIn(app)).toEqual(['u/data.txt']);
  });

  it('writes nothing when writes are off', async () => {
    const app = await writable({ 'a.js': 'export const handler = () => 1;' }, { FN_CONSOLE_WRITE_ENABLED: '0' });
    const before = filesIn(app);
    for (const [method, path] of [
      ['POST', 'function?runtime=node&name=x'],
      ['DELETE', 'function?name=a.js'],
      ['PUT', 'function-code?name=a.js'],
      ['PUT', 'function-config?name=a.js'],
      ['PUT', 'function-env?name=a.js'],
      ['PUT', 'function-file-content?name=a.js'],
      ['DELETE', 'function-file-content?name=a.js&path=a.js'],
    ] as const) {
      expect((await app.call(method, path, {})).status, `${method} ${path}`).toBe(403);
    }
    expect(filesIn(app)).toEqual(before);
  });
});

const ONE = { 'one/handler.js': 'export const handler = (e) => ({ ...e.env });' };

describe('function-config', () => {
  it('merges, key by key, and is in force at once', async () => {
    const config = '{\n  // kept small\n  "timeout_ms": 100,\n  "invoke": {"summary": "S", "methods": ["GET"]},\n}';
    const app = await writable({ ...ONE, 'one/fn.config.json': config });
    const put = (body: unknown) => app.call('PUT', 'function-config?name=one', body);
    expect((await app.call('GET', 'function-config?name=one')).body).toMatchObject({ policy: { timeout_ms: 100 } });
    const changed = await put({ max_concurrency: 3, timeout_ms: null, methods: ['GET', 'PUT'], group: 'g' });
    expect(changed.body).toMatchObject({
      group: 'g',
      policy: { timeout_ms: 30_000, max_concurrency: 3, methods: ['GET', 'PUT'] },
    });
    expect((await app.fetch('/one', { method: 'PUT' })).status).toBe(200);
    expect((await put({ methods: ['POST'], invoke: { methods: ['DELETE'] } })).body).toMatchObject({
      policy: { methods: ['DELETE'] },
    });
    expect(JSON.parse(readFileSync(join(app.root, 'one/fn.config.json'), 'utf8'))).toEqual({
      invoke: { summary: 'S', methods: ['DELETE'] },
      max_concurrency: 3,
      group: 'g',
    });
  });

  it.each<[unknown, string]>([
    [{ timeout_ms: 'fast' }, 'timeout_ms'],
    [{ timeout_ms: -1 }, 'timeout_ms'],
    [{ max_body_bytes: 1.5 }, 'max_body_bytes'],
    [{ group: 'x'.repeat(81) }, 'group'],
    [{ nope: 1 }, 'nope'],
    [{ invoke: { methods: ['BREW'] } }, 'invoke.methods[0]'],
    [{ methods: 7 }, 'invoke.methods'],
    [{ entrypoint: '../../x.js' }, 'entrypoint'],
    [{ worker_pool: { max_workers: 2, min_warm: 3 } }, 'worker_pool.min_warm'],
    [{ routes: ['/fine', '../x'] }, 'invoke.routes[1]'],
    [{ routes: '/_fn/x' }, 'invoke.routes[0]'],
    [{ routes: ['//Console/x'] }, 'invoke.routes[0]'],
    [{ routes: ['/a\u0000b'] }, 'invoke.routes[0]'],
    [{ invoke: { routes: ['/a/../_fn'] } }, 'invoke.routes[0]'],
    [{ group: 'a\u0000b' }, 'group'],
    [{ group: '\ud800' }, 'group'],
    [{ invoke: { summary: 'a\u001b[2Jb' } }, 'invoke.summary'],
    [{ home: 7 }, 'home'],
    [{ home: { redirect: '' } }, 'home.redirect'],
    [{ assets: { directory: '../..' } }, 'assets.directory'],
    [{ assets: { directory: 'public' } }, 'assets'],
    [{ schedule: { every_seconds: -1 } }, 'schedule.every_seconds'],
    [{ cors: { origins: ['javascript:x'] } }, 'cors.origins[0]'],
    [{ edge: { base_url: 'file:///etc' } }, 'edge.base_url'],
  ])('PUT %.60j → 400, naming %s', async (body, key) => {
    const app = await writable({ ...ONE, 'one/fn.config.json': '{}' });
    const { status, body: answer } = await app.call('PUT', 'function-config?name=one', body);
    expect(status).toBe(400);
    const { problems } = answer.details as { problems: { key: string }[] };
    expect(problems.map((problem) => problem.key)).toContain(key);
    expect(readFileSync(join(app.root, 'one/fn.config.json'), 'utf8')).toBe('{}');
  });

  it('what was passed over before does not stand in the way of other keys', async () => {
    const app = await writable({ ...ONE, 'one/fn.config.json': '{"colour": 1, "invoke": {"routes": ["../x"]}}' });
    expect((await app.call('PUT', 'function-config?name=one', { timeout_ms: 50 })).status).toBe(200);
    expect((await app.call('PUT', 'function-config?name=one', { routes: ['../x', '../y'] })).status).toBe(400);
  });

  it('refuses nonsense', async () => {
    const app = await writable(ONE);
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    for (const body of ['', '[]', '{', deep]) {
      expect((await app.call('PUT', 'function-config?name=one', body)).status).toBe(400);
    }
    expect((await app.call('PUT', 'function-config?name=two', {})).status).toBe(404);
    expect(filesIn(app)).toEqual(['one/handler.js']);
  });
});

describe('function-env', () => {
  const files = {
    ...ONE,
    'one/fn.env.json': { PLAIN: 'a', API_KEY: 'k-4711', P: { value: 'p-4711', is_secret: true } },
  };

  it('masks, keeps, deletes, and is in force at once', async () => {
    const app = await writable(files);
    const at = 'function-env?name=one';
    const masked = {
      PLAIN: { value: 'a', is_secret: false },
      API_KEY: { value: '<hidden>', is_secret: true },
      P: { value: '<hidden>', is_secret: true },
    };
    expect((await app.call('GET', at)).body).toEqual({ fn_env: masked });
    const put = await app.call('PUT', at, { ...masked, PLAIN: null, NEW: 7, API_KEY: '<hidden>' });
    expect(put.body).toEqual({
      fn_env: { API_KEY: masked.API_KEY, P: masked.P, NEW: { value: 7, is_secret: false } },
    });
    expect(await (await app.fetch('/one')).json()).toMatchObject({ NEW: '7', API_KEY: 'k-4711', P: 'p-4711' });
    expect(await (await app.fetch('/one')).json()).not.toHaveProperty('PLAIN');
    const everything = JSON.stringify([
      await app.call('GET', at),
      await app.call('GET', 'function?name=one'),
      app.logs,
    ]);
    expect(everything).not.toContain('4711');
  });

  it.each<[unknown]>([
    [{ A: [] }],
    [{ A: {} }],
    [{ A: { value: {} } }],
    [{ A: { value: 'x', is_secret: 'yes' } }],
    [{ 'A=B': 'x' }],
    [{ '': 'x' }],
    [{ A: 'x\u0000' }],
    [{ A: '<hidden>' }],
    [{ A: { value: '<hidden>' } }],
    [{ A: { secret: false } }],
    ['[]'],
    ['{'],
  ])('PUT %j → 400', async (body) => {
    const app = await writable(files);
    const before = readFileSync(join(app.root, 'one/fn.env.json'), 'utf8');
    const answer = await app.call('PUT', 'function-env?name=one', body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain('4711');
    expect(readFileSync(join(app.root, 'one/fn.env.json'), 'utf8')).toBe(before);
  });

  it('a new file is private', async () => {
    const app = await writable(ONE);
    await app.call('PUT', 'function-env?name=one', { A: 'x' });
    expect(statSync(join(app.root, 'one/fn.env.json')).mode & 0o777).toBe(0o600);
  });
});

describe('function-file-content', () => {
  const at = 'function-file-content?name=one';

  it('reads, writes and deletes', async () => {
    const app = await writable(ONE);
    const put = (path: string, content: string) => app.call('PUT', at, { path, content });
    expect(await put('lib/_deep/x.js', 'export const x = 1;')).toMatchObject({ status: 200 });
    await put('handler.js', 'import { x } from "./lib/_deep/x.js"; export const handler = () => x;');
    expect(await (await app.fetch('/one')).text()).toBe('1');
    expect((await app.call('GET', `${at}&path=lib/_deep/x.js`)).body).toEqual({
      path: 'lib/_deep/x.js',
      content: 'export const x = 1;',
    });
    const { files } = (await app.call('GET', 'function-files?name=one')).body as { files: { path: string }[] };
    expect(files.map(({ path }) => path)).toEqual(['handler.js', 'lib/_deep/x.js']);
    expect((await app.call('DELETE', `${at}&path=handler.js`)).status).toBe(400);
    expect((await app.call('DELETE', `${at}&path=lib/_deep/x.js`)).body).toEqual({ ok: true });
    expect((await app.call('GET', `${at}&path=lib/_deep/x.js`)).status).toBe(404);
    expect(filesIn(app)).toEqual(['one/handler.js']);
  });

  it.each<[string, number]>([
    ['', 400],
    ['.', 400],
    ['..', 400],
    ['../two.js', 400],
    ['lib/../../two.js', 400],
    ['/etc/passwd', 400],
    ['%2e%2e/two.js', 400],
    ['a%00.js', 400],
    ['..%5Ctwo.js', 400],
    ['C:%5Cx', 400],
    ['.env', 400],
    ['lib/.git/config', 400],
    ['lib//x', 400],
    ['lib/', 400],
    ['a/'.repeat(20).concat('x'), 400],
    ['x'.repeat(600), 400],
    ['fn.config.json', 403],
    ['FN.ENV.JSON', 403],
    ['fn.env.json', 403],
    ['lib/fn.env.json', 403],
    ['out/secret.txt', 403],
    ['link.txt', 403],
    ['dangling.txt', 403],
    ['alias.txt', 403],
    ['inside.txt', 400],
    ['lib', 400],
  ])('path %.40s → %i in every method', async (path, status) => {
    const outside = tree({ 'secret.txt': 'top-4711' });
    const app = await writable({
      ...ONE,
      'two.js': '',
      'one/lib/x.txt': 'x',
      'one/fn.env.json': { TOKEN: 'env-4711' },
    });
    symlinkSync(outside.root, join(app.root, 'one/out'));
    symlinkSync(join(outside.root, 'secret.txt'), join(app.root, 'one/link.txt'));
    symlinkSync('nowhere', join(app.root, 'one/dangling.txt'));
    symlinkSync('fn.env.json', join(app.root, 'one/alias.txt'));
    symlinkSync('handler.js', join(app.root, 'one/inside.txt'));
    const answers = [
      await app.call('GET', `${at}&path=${path}`),
      await app.call('PUT', at, { path: decodeURIComponent(path), content: 'bad' }),
      await app.call('DELETE', `${at}&path=${path}`),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status]);
    expect(JSON.stringify(answers)).not.toContain('4711');
    expect(readFileSync(join(outside.root, 'secret.txt'), 'utf8')).toBe('top-4711');
    expect(readFileSync(join(app.root, 'one/handler.js'), 'utf8')).toBe(ONE['one/handler.js']);
  });

  it('refuses bodies that are none', async () => {
    const app = await writable(ONE);
    for (const body of ['', '{', [], {}, { path: 'a.js' }, { path: 7, content: '' }, { path: 'a.js', content: {} }]) {
      expect((await app.call('PUT', at, body)).status, JSON.stringify(body)).toBe(400);
    }
    expect(filesIn(app)).toEqual(['one/handler.js']);
  });

  it('a function behind a link that leads out is not touched', async () => {
    const outside = tree({ 'handler.js': 'export const handler = () => 1;' });
    const app = await writable({ 'one/x.txt': '' });
    symlinkSync(outside.root, join(app.root, 'linked'));
    app.reload();
    const answer = await app.call('PUT', 'function-code?name=linked', { code: 'bad' });
    expect([403, 404]).toContain(answer.status);
    expect(readFileSync(join(outside.root, 'handler.js'), 'utf8')).toBe('export const handler = () => 1;');
  });
});

it('packs are listed by runtime', async () => {
  const app = await writable({ '.fastfn/packs/python/common/x.py': '', '.fastfn/packs/node/a/package.json': '{}' });
  expect((await app.call('GET', 'packs')).body).toEqual({
    runtimes: { node: { packs: [{ name: 'a' }] }, python: { packs: [{ name: 'common' }] } },
  });
});

describe('logs, events, metrics', () => {
  const files = {
    'print.js':
      'export const handler = (e) => { console.log("printed " + e.query.n); console.error("oops"); return 1; };',
    'say.py': 'def handler(event):\n    print("python says " + event["query"].get("n", ""))\n    return 1\n',
    'leak.js': 'export const handler = (e) => { console.log("key " + e.env.API_KEY); return 1; };',
    'fn.env.json': { API_KEY: 'k-4711' },
  };

  it.each([
    ['node', 'print.js', '/print?n=7', 'printed 7', 'stdout'],
    ['python', 'say.py', '/say?n=7', 'python says 7', 'stdout'],
  ])('%s: what handlers print, filtered', async (runtime, fn, url, line, stream) => {
    const app = await writable(files);
    await app.fetch(url);
    const text = async (query: string) => (await app.fetch(`/_fn/logs?file=runtime${query}`)).text();
    const shown = `[${runtime}] [fn:${fn}@default ${stream}] ${line}\n`;
    await vi.waitFor(async () => expect(await text('')).toContain(shown));
    expect(await text(`&runtime=${runtime}&fn=${fn}&version=default&stream=stdout`)).toContain(shown);
    expect(await text('&fn=other')).toBe('');
    expect(await text('&stream=stderr')).not.toContain(line);
    const { body } = await app.call('GET', `logs?file=runtime&format=json&lines=1&stream=stdout`);
    expect(body).toEqual({
      file: 'runtime',
      runtime: null,
      fn: null,
      version: null,
      stream: 'stdout',
      lines: 1,
      data: [expect.stringContaining(line)],
    });
  });

  it('requests and messages have logs of their own; secrets are hidden', async () => {
    const app = await writable(files);
    await app.fetch('/leak?token=t-4711');
    await app.fetch('/no%0Anewline');
    await vi.waitFor(async () =>
      expect(await (await app.fetch('/_fn/logs?file=runtime')).text()).toContain('key <hidden>'),
    );
    const access = await (await app.fetch('/_fn/logs?file=access')).text();
    expect(access).toMatch(/ info 127\.0\.0\.1 GET \/leak 200 1 \d+\.\dms node\/leak\.js@default\n/);
    expect(access).toMatch(/ warn 127\.0\.0\.1 GET \/no%0Anewline 404 .* not_found\n/);
    expect(access).not.toContain('4711');
    expect((await app.fetch('/_fn/logs')).headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it.each([
    'file=passwd',
    'file=../x',
    'stream=stdin',
    'format=xml',
    'lines=-1',
    'lines=many',
    'lines=1e9',
    'runtime=cobol',
    'follow=2',
  ])('logs?%s → 400', async (query) => {
    const app = await writable({});
    expect((await app.call('GET', `logs?${query}`)).status).toBe(400);
  });

  it('follow sends what comes, and ends with the server', async () => {
    const app = await writable(files);
    const response = await app.fetch('/_fn/logs?file=runtime&follow=1&stream=stdout');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const text = response.text();
    await app.fetch('/print?n=1');
    await vi.waitFor(async () =>
      expect(await (await app.fetch('/_fn/logs?file=runtime')).text()).toContain('printed 1'),
    );
    const began = app.server.close();
    expect(await text).toMatch(/data: .*printed 1\n\n/);
    await began;
  });

  it('fastfn logs prints them', async () => {
    const app = await writable(files);
    await app.fetch('/print?n=8');
    await vi.waitFor(async () =>
      expect(await (await app.fetch('/_fn/logs?file=runtime')).text()).toContain('printed 8'),
    );
    const { code, stdout } = await cli('logs', '--file', 'runtime', '--lines', '1', '--no-follow', '--dir', app.root);
    expect([code, stdout.split('\n').length]).toEqual([0, 2]);
    const following = cli('logs', '--file', 'runtime', '--dir', app.root);
    await vi.waitFor(async () => {
      await app.fetch('/print?n=9');
      expect(await (await app.fetch('/_fn/metrics')).text()).toContain('function="node/print.js@default"');
    });
    await app.server.close();
    expect((await following).stdout).toContain('printed 8');
    expect((await cli('logs', '--file', 'nope', '--dir', app.root)).code).not.toBe(0);
  });

  it('events: calls, reloads and diagnostics, and those missed', async () => {
    const app = await writable(files);
    const response = await app.fetch('/_fn/events');
    const text = response.text();
    await app.fetch('/print?n=1&secret=4711');
    app.write('new.js', 'export const handler = () => 1;');
    await app.call('POST', 'reload');
    app.write('fn.config.json', '{"timeout_ms": "x"}');
    await app.call('POST', 'reload');
    const again = await app.fetch('/_fn/events', { headers: { 'Last-Event-ID': '1' } });
    const missed = again.text();
    await app.server.close();
    expect(await text).toMatch(/event: call\ndata: .*"path":"\/print".*"fn":"node\/print\.js@default"/);
    expect(await text).toMatch(/event: reload\ndata: .*"added_routes":\["GET \/new"\]/);
    expect(await text).toMatch(/event: diagnostics\ndata: .*timeout_ms/);
    expect(await missed).toMatch(/id: \d+\nevent: reload\ndata: .*"GET \/new"/);
    expect(await text).not.toContain('4711');
  });

  it('metrics are Prometheus text', async () => {
    const app = await writable(files);
    await app.fetch('/print?n=1');
    await app.fetch('/print?n=1');
    await app.fetch('/nothing');
    const response = await app.fetch('/_fn/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    for (const line of [
      '# TYPE fastfn_requests_total counter',
      'fastfn_requests_total{function="node/print.js@default",status="2xx"} 2',
      'fastfn_requests_total{function="none",status="4xx"} 1',
      '# TYPE fastfn_request_duration_seconds histogram',
      'fastfn_request_duration_seconds_bucket{le="+Inf",function="node/print.js@default",status="2xx"} 2',
      'fastfn_request_duration_seconds_count{function="node/print.js@default",status="2xx"} 2',
      'fastfn_cold_starts_total 1',
      'fastfn_worker_crashes_total 0',
      'fastfn_timeouts_total 0',
      'fastfn_queue_length{function="node/print.js@default"} 0',
      'fastfn_queue_drops_total{function="node/print.js@default",reason="overflow"} 0',
      'fastfn_workers{function="node/print.js@default",state="idle"} 1',
      'fastfn_daemon_up{runtime="node",index="1"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/^fastfn_memory_bytes\{kind="rss"\} \d+$/m);
    expect(text).toMatch(/^fastfn_reloads_total \d+$/m);
  });
});

describe('secrets', () => {
  const show = {
    node: 'export const handler = (e) => e.secrets;',
    python: 'def handler(event):\n    return event["secrets"]\n',
  };
  const files = {
    'node/handler.js': show.node,
    'node/fn.env.json': { DB_PASS: { secret: true } },
    'py/handler.py': show.python,
    'py/fn.env.json': { DB_PASS: { secret: true } },
    'other/handler.js': show.node,
  };

  it.each(['node', 'py'])('%s: given to those that name them, anew when they change', async (name) => {
    const app = await writable(files);
    const seen = async (path: string) => (await app.fetch(path)).json();
    expect(await seen(`/${name}`)).toEqual({});
    expect(await app.call('POST', 'secrets', { key: 'DB_PASS', value: 'first-4711' })).toEqual({
      status: 201,
      body: { status: 'created', key: 'DB_PASS' },
    });
    expect(await seen(`/${name}`)).toEqual({ DB_PASS: 'first-4711' });
    await app.call('POST', 'secrets', { key: 'DB_PASS', value: 'second-4711' });
    expect(await seen(`/${name}`)).toEqual({ DB_PASS: 'second-4711' });
    expect(await seen('/other')).toEqual({});
    expect((await app.call('GET', 'secrets')).body).toEqual([{ key: 'DB_PASS' }]);
    const everything = [
      await app.call('GET', 'secrets'),
      await app.call('GET', 'catalog'),
      await app.call('GET', 'function?name=node'),
      await app.call('GET', 'api/functions'),
      app.logs,
    ];
    expect(JSON.stringify(everything)).not.toContain('4711');
    expect((await app.call('DELETE', 'secrets?key=DB_PASS')).status).toBe(200);
    expect((await app.call('DELETE', 'secrets?key=DB_PASS')).status).toBe(404);
    expect(await seen(`/${name}`)).toEqual({});
  });

  it('are encrypted at rest, private, and there after a restart', async () => {
    const state = tree();
    const first = await writable(files, { FN_STATE_DIR: state.root });
    await first.call('POST', 'secrets', { key: 'DB_PASS', value: 'kept-4711' });
    await first.close();
    for (const file of ['secrets.key', 'secrets.enc']) {
      expect(statSync(join(state.root, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(state.root, file), 'latin1')).not.toContain('4711');
    }
    expect(readdirSync(state.root).sort()).toEqual(['secrets.enc', 'secrets.key']);
    const second = await writable(files, { FN_STATE_DIR: state.root });
    expect(await (await second.fetch('/node')).json()).toEqual({ DB_PASS: 'kept-4711' });
    await second.close();

    state.write('secrets.key', '00'.repeat(32));
    const third = await writable(files, { FN_STATE_DIR: state.root });
    expect(await (await third.fetch('/node')).json()).toEqual({});
    expect((await third.call('POST', 'secrets', { key: 'A', value: 'b' })).status).toBe(500);
    expect(third.logs.join('\n')).toContain('cannot be decrypted');
  });

  it.each<[unknown]>([
    [{}],
    [{ key: 'A' }],
    [{ value: 'b' }],
    [{ key: '', value: 'b' }],
    [{ key: 'a b', value: 'b' }],
    [{ key: '../x', value: 'b' }],
    [{ key: '1A', value: 'b' }],
    [{ key: 'A', value: 7 }],
    [{ key: 'A', value: null }],
    [{ key: 'A', value: 'x\u0000' }],
    [{ key: 'A', value: 'x'.repeat(65_537) }],
    [{ key: 'A'.repeat(200), value: 'b' }],
    ['{'],
  ])('POST, body %# → 400', async (body) => {
    const app = await writable({});
    expect((await app.call('POST', 'secrets', body)).status).toBe(400);
    expect((await app.call('DELETE', 'secrets')).status).toBe(400);
    expect((await app.call('GET', 'secrets')).body).toEqual([]);
  });

  it('are written only with the write switch', async () => {
    const app = await writable({}, { FN_CONSOLE_WRITE_ENABLED: '0' });
    expect((await app.call('POST', 'secrets', { key: 'A', value: 'b' })).status).toBe(403);
    expect((await app.call('DELETE', 'secrets?key=A')).status).toBe(403);
    expect((await app.call('GET', 'secrets')).status).toBe(200);
  });
});

it('OpenAPI describes exactly what is served', async () => {
  const app = await writable({}, { FN_OPENAPI_INCLUDE_INTERNAL: '1' });
  const { paths } = (await app.call('GET', 'openapi.json')).body as { paths: Record<string, object> };
  for (const [path, item] of Object.entries(paths)) {
    // No endpoint takes PATCH: the refusal names what it takes.
    const { status, headers } = await app.fetch(path.replace(/\{\w+\}/g, 'x'), { method: 'PATCH' });
    expect(status, path).toBe(405);
    const allow = headers
      .get('allow')!
      .split(', ')
      .filter((method) => method !== 'HEAD');
    expect(allow.sort(), path).toEqual(
      Object.keys(item)
        .map((method) => method.toUpperCase())
        .sort(),
    );
  }
  expect(Object.keys(paths)).toContain('/_fn/metrics');
});
