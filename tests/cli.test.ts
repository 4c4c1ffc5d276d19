import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, tree } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli, spawnCli, startCli } from './support/cli.js';
import { descendants, isAlive } from './support/processes.js';

const HELLO = { 'hello.js': 'export const handler = () => "hello";' };
const SLEEP = {
  'sleep.js':
    'export const handler = async (e) => { await new Promise((r) => setTimeout(r, Number(e.query.ms))); return "slept"; };',
};

interface Health {
  functions: { summary: { pool_active: number } };
  runtimes: Record<string, { sockets: { uri: string }[] }>;
}

async function health({ url }: { url: string }): Promise<Health> {
  return (await fetch(`${url}/_fn/health`)).json() as Promise<Health>;
}

async function serve(...[args, cwd, env]: Parameters<typeof startCli>) {
  const server = await startCli(args, cwd, env);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  return server;
}

describe('the command line', () => {
  it.each([
    [['--version'], 0, /^FastFN \d+\.\d+\.\d+$/m],
    [['version'], 0, /^FastFN \d+\.\d+\.\d+$/m],
    [['--help'], 0, /dev/],
    [['dev', '--help'], 0, /--port/],
    [[], 2, /dev/],
    [['devv'], 2, /Unknown command "devv"/],
    [['dev', '--prot', '80'], 2, /Unknown option --prot/],
    [['daemon', 'cobol', '--socket', '/tmp/x'], 2, /"cobol" is no runtime/],
    [['daemon', 'node'], 2, /socket/i],
    [['daemon', 'node', '--socket', `/tmp/${'x'.repeat(120)}`], 1, /longer than the \d+ bytes/],
    [['run', '.', 'too-much'], 2, /Unexpected argument "too-much"/],
    [['routes', '--force-url', 'false', '.'], 2, /Unexpected argument "\."/],
    [['dev', '--config', 'nowhere.json'], 1, /nowhere\.json/],
    [['dev', 'nowhere'], 1, /nowhere/],
    [['dev', '--port', 'eighty'], 1, /port/i],
  ])('fastfn %j exits with %i', async (args, code, says) => {
    const result = await runCli(args as string[], tree().root);
    expect(result.stdout + result.stderr).toMatch(says);
    expect(result.code, result.stderr).toBe(code);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.stdout).not.toContain('\u001b');
  });

  it('reports every wrong setting at once', async () => {
    const { root } = tree({ 'fastfn.json': { port: 'many', 'hot-reload': 7 }, ...HELLO });
    const { code, stderr } = await runCli(['run'], root, { FN_DOCS_ENABLED: 'perhaps' });
    expect(code).toBe(1);
    for (const word of [/port/, /hot-reload/, /FN_DOCS_ENABLED/]) expect(stderr).toMatch(word);
  });

  it('says who has the port, before anything starts', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as { port: number };
    const { code, stderr } = await runCli(['run', '.', '--port', String(port)], tree(HELLO).root);
    expect(code).toBe(1);
    expect(stderr).toContain(String(port));
    expect(stderr).toMatch(/--port/);
  });

  it('refuses invalid configuration with --strict', async () => {
    const { root } = tree({
      'a/handler.js': 'export const handler = () => 1;',
      'a/fn.config.json': { timeout_ms: 'soon' },
    });
    const { code, stderr } = await runCli(['run', '.', '--strict', '--port', '0'], root);
    expect(code).toBe(1);
    expect(stderr).toMatch(/a\/fn\.config\.json.*timeout_ms/);
  });
});

describe('init', () => {
  it.each(['node', 'ts', 'python', 'php', 'lua', 'rust', 'go'])(
    '%s: what it writes answers at once',
    { timeout: 120_000 },
    async (template) => {
      const { root } = tree();
      const made = await runCli(['init', 'greet', '-t', template], root);
      expect(made.code, made.stderr).toBe(0);
      expect(made.stdout).toMatch(/greet[/\\]handler\./);
      expect(JSON.parse(readFileSync(join(root, 'greet/fn.config.json'), 'utf8'))).toMatchObject({
        name: 'greet',
        $schema: expect.any(String),
      });
      const server = await serve(['dev', '.'], root);
      expect(await (await fetch(`${server.url}/greet?name=Ada`)).json()).toEqual({ hello: 'Ada' });
    },
  );

  it.each([
    [['init', '../evil'], 2, /cannot be the name/],
    [['init', 'x', '-t', 'cobol'], 2, /no template "cobol"/],
    [['init'], 2, /name/i],
  ])('refuses %j', async (args, code, says) => {
    const result = await runCli(args as string[], tree().root);
    expect(result.stderr + result.stdout).toMatch(says);
    expect(result.code).toBe(code);
  });

  it('does not overwrite', async () => {
    const { root } = tree({ 'greet/handler.js': 'mine' });
    const result = await runCli(['init', 'greet'], root);
    expect(result.code).toBe(1);
    expect(readFileSync(join(root, 'greet/handler.js'), 'utf8')).toBe('mine');
  });
});

describe('routes and doctor', () => {
  it('routes --json is for machines', async () => {
    const { root } = tree({ ...HELLO, 'get.post.x.js': '' });
    const { stdout, code } = await runCli(['routes', '--json'], root);
    const { routes, diagnostics } = JSON.parse(stdout);
    expect(routes).toMatchObject([{ path: '/hello', methods: ['GET'], runtime: 'node' }]);
    expect(diagnostics).toMatchObject([{ code: 'ambiguous_method', file: 'get.post.x.js' }]);
    expect(code).toBe(0);
  });

  it('doctor --json sums up, and fails when something is broken', async () => {
    const fine = await runCli(['doctor', '--json'], tree(HELLO).root, { FN_HOST_PORT: '0' });
    const report = JSON.parse(fine.stdout);
    expect(report.summary.fail, fine.stdout).toBe(0);
    expect(report.checks.map((check: { id: string }) => check.id)).toEqual(
      expect.arrayContaining(['node', 'functions_root', 'runtime_node', 'runtime_python']),
    );
    expect(fine.code).toBe(0);

    const broken = await runCli(['check', '--json'], tree({ ...HELLO, 'fn.config.json': '{' }).root, {
      FN_HOST_PORT: '0',
    });
    expect(JSON.parse(broken.stdout).summary.fail).toBeGreaterThan(0);
    expect(broken.code).toBe(1);
  });

  it('doctor --fix writes functions-dir and keeps comments', async () => {
    const { root } = tree({
      'functions/hello.js': HELLO['hello.js'],
      'fastfn.json': '{\n  // mine\n  "port": 9000\n}\n',
    });
    await runCli(['doctor', '--fix'], root);
    const text = readFileSync(join(root, 'fastfn.json'), 'utf8');
    expect(text).toContain('"functions-dir": "functions"');
    expect(text).toContain('// mine');
  });

  it('check --json --fix says what it did, once', async () => {
    const { root } = tree({ 'functions/hello.js': HELLO['hello.js'] });
    const first = JSON.parse((await runCli(['check', '--json', '--fix'], root, { FN_HOST_PORT: '0' })).stdout);
    expect(first.fixed).toEqual([expect.stringMatching(/wrote .*fastfn\.json with functions-dir "functions"/)]);
    expect(first.summary.fail).toBe(0);
    expect(JSON.parse(readFileSync(join(root, 'fastfn.json'), 'utf8'))).toMatchObject({ 'functions-dir': 'functions' });
    const second = JSON.parse((await runCli(['check', '--json', '--fix'], root, { FN_HOST_PORT: '0' })).stdout);
    expect(second.fixed).toEqual([]);
  });

  it.each([
    ['fastfn.toml', 'port = 9000 # mine\n', 'functions-dir = "functions"\nport = 9000 # mine\n'],
    ['fastfn.json', '{}', '{\n  "functions-dir": "functions"\n}'],
    ['fastfn.json', '{ "functionsDir": "functions" }', '{ "functionsDir": "functions" }'],
    ['fastfn.toml', 'functions_dir = "functions"\n', 'functions_dir = "functions"\n'],
  ])('doctor --fix with a %s of %j', async (file, before, after) => {
    const { root } = tree({ 'functions/hello.js': HELLO['hello.js'], [file]: before });
    const { code, stdout, stderr } = await runCli(['doctor', '--fix'], root, { FN_HOST_PORT: '0' });
    expect(code, stdout + stderr).toBe(0);
    expect(readFileSync(join(root, file), 'utf8')).toBe(after);
  });

  it('doctor --fix writes into the file that --config names', async () => {
    const { root } = tree({ 'functions/hello.js': HELLO['hello.js'], 'other.json': '{"port": 9000}' });
    await runCli(['doctor', '--fix', '--config', 'other.json'], root);
    expect(JSON.parse(readFileSync(join(root, 'other.json'), 'utf8'))).toEqual({
      port: 9000,
      'functions-dir': 'functions',
    });
    expect(existsSync(join(root, 'fastfn.json'))).toBe(false);
  });

  it('doctor --env --json is for machines', async () => {
    const { stdout } = await runCli(['doctor', '--env', '--json'], tree(HELLO).root, { FN_LOG_LEVEL: 'warn' });
    expect(JSON.parse(stdout).env).toContainEqual(
      expect.objectContaining({ name: 'FN_LOG_LEVEL', value: 'warn', source: 'environment', problem: null }),
    );
  });

  it.each([
    [['doctor', 'domains'], {}, 2, /no domain to check[\s\S]*--domain/],
    [['doctor', '--domain', 'a.example'], {}, 2, /belongs to "fastfn doctor domains"/],
    [['doctor', 'domains', '--domain', 'no domain'], {}, 1, /"no domain" is no domain name/],
    [['doctor', 'domains', '--domain', 'a b', '--domain=c d', '--json'], {}, 1, /a b[\s\S]*c d[\s\S]*"fail": 2/],
    [['doctor', 'domains'], { 'fastfn.json': { domains: ['x.invalid'] } }, 1, /x\.invalid has no address/],
  ])('fastfn %j with %j exits with %i', async (args, files, code, says) => {
    const result = await runCli(args as string[], tree({ ...HELLO, ...(files as object) }).root);
    expect(result.stdout + result.stderr).toMatch(says);
    expect(result.code).toBe(code);
  });

  it('doctor --env hides secrets', async () => {
    const { stdout } = await runCli(['doctor', '--env'], tree(HELLO).root, {
      FN_ADMIN_TOKEN: 'do-not-print-me-123456',
    });
    expect(stdout).toMatch(/FN_ADMIN_TOKEN\s+<hidden>/);
    expect(stdout).not.toContain('do-not-print-me');
    expect(stdout).toMatch(/FN_HOT_RELOAD_DEBOUNCE_MS\s+50/);
  });
});

describe('docs', () => {
  it('prints the URL of the docs of the running server', async () => {
    const { root } = tree(HELLO);
    const server = await serve(['run', '.'], root);
    const { code, stdout } = await runCli(['docs'], root);
    expect(stdout).toBe(`${server.url}/_fn/docs\n`);
    expect(code).toBe(0);
  });

  it.each([
    ['no server runs', null, /[Nn]o server/],
    ['they are switched off', { FN_DOCS_ENABLED: '0' }, /404/],
  ])('fails when %s', async (_, env, says) => {
    const { root } = tree(HELLO);
    if (env !== null) await serve(['run', '.'], root, env);
    const { code, stdout, stderr } = await runCli(['docs'], root, env === null ? { FN_HOST_PORT: '1' } : {});
    expect(stderr).toMatch(says);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});

describe('a line for every request', () => {
  const files = { 'users/[id].js': 'export const handler = (event, { id }) => ({ id });' };
  const headers = { authorization: 'Bearer hunter2', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };

  async function answers(server: { url: string }) {
    await fetch(`${server.url}/users/7?password=hunter2`, { headers });
    await fetch(`${server.url}/nothing`);
    await fetch(`${server.url}/%zz?hunter2`);
  }

  it('json: one object with everything but secrets', async () => {
    const { root } = tree(files);
    const server = spawnCli(['run', '.'], root, { FN_LOG_FORMAT: 'json', FN_LOG_LEVEL: 'error' });
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    const url = await eventually(() => {
      const note = join(root, '.fastfn/server.json');
      return existsSync(note) && (JSON.parse(readFileSync(note, 'utf8')).url as string);
    });
    await answers({ url });
    await server.waitFor(/%zz/);
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes('"message":"request"'))
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        message: 'request',
        request_id: expect.any(String),
        method: 'GET',
        path: '/users/7',
        route: '/users/:id',
        status: 200,
        duration_ms: expect.any(Number),
        bytes: 10,
        function: 'node/users/[id].js@default',
        runtime: 'node',
        cold: true,
        client_ip: '127.0.0.1',
        trace_id: 'a'.repeat(32),
        error_code: null,
      },
      expect.objectContaining({ level: 40, path: '/nothing', status: 404, route: null, error_code: 'not_found' }),
      expect.objectContaining({ level: 40, path: '/%zz', status: 400, error_code: 'bad_request', trace_id: null }),
    ]);
    expect(server.output()).not.toContain('hunter2');
  });

  it.each([
    ['dev', {}, true],
    ['dev', { FN_ACCESS_LOG: '0' }, false],
    ['run', {}, false],
    ['run', { FN_ACCESS_LOG: '1' }, true],
  ])('%s with %j shows them to people: %s', async (mode, env, shown) => {
    const server = await serve([mode, '.'], tree(files).root, env as Record<string, string>);
    await answers(server);
    if (shown) await server.waitFor(/\/%zz {2}400/);
    await server.stop();
    expect(/\/users\/7 {2}200/.test(server.output())).toBe(shown);
    expect(server.output()).not.toContain('hunter2');
  });
});

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s finishes what runs, then leaves nothing', async (signal) => {
    const server = await serve(['run', '.'], tree({ ...SLEEP, 'x.py': 'def handler(event): return 1' }).root);
    await fetch(`${server.url}/x`);
    await fetch(`${server.url}/sleep?ms=1`);
    const children = descendants(server.child.pid!);
    expect(children.length).toBeGreaterThan(2);
    const running = fetch(`${server.url}/sleep?ms=500`).then((response) => response.text());
    await eventually(async () => (await health(server)).functions.summary.pool_active !== 0);
    server.child.kill(signal);
    expect(await running).toBe('slept');
    await once(server.child, 'exit');
    expect(server.child.exitCode).toBe(0);
    await eventually(() => children.every((pid) => !isAlive(pid)));
  });

  it('a second signal stops at once', async () => {
    const server = await serve(['run', '.'], tree(SLEEP).root);
    await fetch(`${server.url}/sleep?ms=1`);
    const running = fetch(`${server.url}/sleep?ms=60000`).catch(() => 'broken off');
    await eventually(async () => (await health(server)).functions.summary.pool_active !== 0);
    server.child.kill('SIGINT');
    await server.waitFor(/finishing running calls/);
    server.child.kill('SIGINT');
    await once(server.child, 'exit');
    await running;
  });

  it('kill -9 of the gateway takes daemons and workers along, endless loops too', async () => {
    const server = await serve(
      ['run', '.'],
      tree({
        ...HELLO,
        'spin.js': 'export const handler = () => { for (;;); };',
        'spin2.py': 'def handler(event):\n    while True: pass\n',
        'x.py': 'def handler(event): return 1',
      }).root,
    );
    await fetch(`${server.url}/hello`);
    await fetch(`${server.url}/x`);
    const spinning = ['/spin', '/spin2'].map((path) => fetch(server.url + path).catch(() => null));
    await eventually(async () => (await health(server)).functions.summary.pool_active >= 2);
    const children = descendants(server.child.pid!);
    expect(children.length).toBeGreaterThan(4);
    server.child.kill('SIGKILL');
    await Promise.all(spinning);
    await eventually(() => children.every((pid) => !isAlive(pid)));
  });
});

describe('daemons started by hand', () => {
  it.each(['node', 'python'])('%s: FN_RUNTIME_SOCKETS names them', async (runtime) => {
    const { root } = tree({
      'a.js': 'export const handler = () => "here";',
      'b.py': 'def handler(event): return "here"',
    });
    const socket = join(root, `${runtime}.sock`);
    const daemon = spawnCli(['daemon', runtime, '--socket', socket], root);
    onTestFinished(async () => void (await daemon.stop()));
    await daemon.waitFor(/ready/);
    const server = await serve(['run', '.'], root, {
      FN_RUNTIME_SOCKETS: JSON.stringify({ [runtime]: `unix:${socket}` }),
    });
    const path = runtime === 'node' ? '/a' : '/b';
    expect(await (await fetch(server.url + path)).text()).toBe('here');
    const { runtimes } = await health(server);
    expect(runtimes[runtime]!.sockets[0]!.uri).toContain(socket);
    await server.stop();
    // It was not ours to stop.
    expect(isAlive(daemon.child.pid!)).toBe(true);
  });
});
