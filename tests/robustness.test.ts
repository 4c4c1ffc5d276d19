import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually, rawHttp, tree, useServer } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli, startCli } from './support/cli.js';
import { descendants, isAlive } from './support/processes.js';

const say = (what: unknown) => `export const handler = () => ${JSON.stringify(what)};`;
const PID = 'export const handler = () => String(process.pid);';

async function serve(...[args, cwd, env]: Parameters<typeof startCli>) {
  const server = await startCli(args, cwd, env);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  return { ...server, text: async (path: string) => (await fetch(server.url + path)).text() };
}

describe('a tree with everything in it that a disk may hold', () => {
  it('serves what can be served and tells the rest', async () => {
    const { root } = tree({ 'a.js': say('a'), 'sub/b.js': say('b'), 'naïve.js': say('n'), '日本.js': say('j') });
    symlinkSync(root, join(root, 'loop'));
    symlinkSync('self', join(root, 'self'));
    symlinkSync('self.js', join(root, 'self.js'));
    symlinkSync('nowhere.js', join(root, 'dangling.js'));
    symlinkSync('/etc/hosts', join(root, 'hosts.js'));
    symlinkSync('a.js', join(root, 'linked.js'));
    writeFileSync(join(root, 'two\nlines\u001b[31m.js'), say('two'));
    execFileSync('mkfifo', [join(root, 'pipe.js'), join(root, 'fn.config.json'), join(root, 'fastfn.json')]);

    // A project file that is no file refuses the start; elsewhere it is a diagnostic. Neither waits for a writer.
    const refused = await runCli(['run', '.', '--port', '0'], root);
    expect({ code: refused.code, says: refused.stderr }).toEqual({
      code: 1,
      says: expect.stringMatching(/fastfn\.json.*regular file/),
    });
    rmSync(join(root, 'fastfn.json'));

    const app = await serve(['dev', '.'], root);
    expect(await Promise.all(['/a', '/sub/b', '/na-ve', '/linked'].map(app.text))).toEqual(['a', 'b', 'n', 'a']);
    for (const path of ['/loop/a', '/self', '/dangling', '/hosts', '/pipe']) {
      expect((await fetch(app.url + path)).status, path).toBe(404);
    }
    for (const name of [/loop: /, /self\.js: /, /dangling\.js: /, /hosts\.js: /, /pipe\.js: /, /日本\.js: /]) {
      expect(app.output()).toMatch(name);
    }
    expect(app.output()).not.toContain('\u001b');
  });

  it('comes up with 10,000 handlers', { timeout: 60_000 }, async () => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 10_000; i++) files[`g${i % 100}/f${i}.js`] = say(i);
    const app = await useServer({ files });
    expect(await (await app.fetch('/g99/f9999')).text()).toBe('9999');
    app.write('g1/f1.js', say('edited'));
    await eventually(async () => (await (await app.fetch('/g1/f1')).text()) === 'edited');
    app.write('g1/added.js', say('added'));
    await eventually(async () => (await (await app.fetch('/g1/added')).text()) === 'added');
  });

  it('survives the end and the return of the functions folder', async () => {
    const base = tree({ 'fn/a.js': say('one') });
    const app = await serve(['dev', 'fn'], base.root);
    const status = async (path: string) => (await fetch(app.url + path)).status;
    expect(await app.text('/a')).toBe('one');
    base.remove('fn');
    await eventually(async () => (await status('/a')) === 404);
    base.write('fn/a.js', say('two'));
    await eventually(async () => (await app.text('/a')) === 'two');
    renameSync(base.path('fn'), base.path('away'));
    await eventually(async () => (await status('/a')) === 404);
    renameSync(base.path('away'), base.path('fn'));
    await eventually(async () => (await app.text('/a')) === 'two');
    base.write('fn/a.js', say('three'));
    await eventually(async () => (await app.text('/a')) === 'three');
  });
});

describe('a checkout', () => {
  it('is one reload, leaves no stale answer and restarts only what changed', { timeout: 60_000 }, async () => {
    const { root, write } = tree({
      'same.js': PID,
      'public/page.txt': 'old',
      'fn.config.json': { assets: { directory: 'public' } },
    });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.email=a@example.com', '-c', 'user.name=A', ...args], { cwd: root });
    const fill = (value: string) => {
      for (let i = 0; i < 10; i++) write(`d${i}/_part.js`, `export const part = "${value}";`);
      for (let i = 0; i < 500; i++) {
        write(
          `d${i % 10}/f${i}.js`,
          `import { part } from './_part.js'; export const handler = () => "${value}" + part;`,
        );
      }
    };
    git('init', '-q', '-b', 'one');
    fill('one');
    git('add', '-A');
    git('commit', '-qm', 'one');
    git('checkout', '-qb', 'two');
    fill('two');
    git('commit', '-qam', 'two');

    const app = await serve(['dev', '.'], root);
    const pid = await app.text('/same');
    expect(await app.text('/d7/f77')).toBe('twotwo');
    git('checkout', '-q', 'one');
    await eventually(async () => (await app.text('/d9/f499')) === 'oneone');
    for (let i = 0; i < 500; i += 41) expect(await app.text(`/d${i % 10}/f${i}`)).toBe('oneone');
    expect(app.output().match(/↻/g)).toHaveLength(1);

    write('public/page.txt', 'new');
    await eventually(async () => (await app.text('/page.txt')) === 'new');
    expect(await app.text('/same')).toBe(pid);
    expect(app.output().match(/↻/g)).toHaveLength(1);
  });

  it('a save storm under load never shows a broken or a stale answer', async () => {
    const app = await useServer({ files: { 'a.js': say('s0') } });
    const file = join(app.root, 'a.js');
    let ended = false;
    const seen: string[] = [];
    const client = (async () => {
      while (!ended) seen.push(await (await app.fetch('/a')).text());
    })();
    for (let n = 1; n <= 50; n++) {
      writeFileSync(`${file}.new`, say(`s${n}`));
      renameSync(`${file}.new`, file);
      await app.fetch('/a');
    }
    await eventually(async () => (await (await app.fetch('/a')).text()) === 's50');
    ended = true;
    await client;
    const numbers = seen.map((text) => Number(/^s(\d+)$/.exec(text)?.[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });
});

describe('processes', () => {
  it('two servers share a folder and know nothing of each other', async () => {
    const { root } = tree({ 'a.js': PID });
    const [one, two] = await Promise.all([serve(['dev', '.'], root), serve(['run', '.'], root)]);
    const pid = await two.text('/a');
    expect(await one.text('/a')).not.toBe(pid);
    expect(await one.stop()).toBe(0);
    expect(await two.text('/a')).toBe(pid);
  });

  it('kill -9 of workers and daemons: only calls under way fail, then all is well again', async () => {
    const { root } = tree({
      'a.js': `let n = 0;
        export const handler = async (e) => { if (e.query.wait) { console.log("in it"); await new Promise(() => {}); } return String(++n); };`,
      'b.py': 'def handler(event):\n    return "b"\n',
    });
    const app = await serve(['dev', '.'], root, { FN_RUNTIME_DAEMONS: 'node=2' });
    interface Health {
      runtimes: Record<string, { sockets: { pid: number; up: boolean }[] }>;
      functions: { states: { name: string; workers: { pid: number }[] }[] };
    }
    const health = async () => (await fetch(`${app.url}/_fn/health`)).json() as Promise<Health>;

    const caught = fetch(`${app.url}/a?wait=1`);
    await app.waitFor(/in it/);
    for (const { name, workers } of (await health()).functions.states) {
      if (name === 'a.js') for (const { pid } of workers) process.kill(pid, 'SIGKILL');
    }
    expect([(await caught).status, await app.text('/b'), await app.text('/a')]).toEqual([502, 'b', '1']);

    const [first, second] = (await health()).runtimes.node!.sockets;
    process.kill(first!.pid, 'SIGKILL');
    await eventually(async () => (await fetch(`${app.url}/a`)).status === 200);
    process.kill(second!.pid, 'SIGKILL');
    const killed = [first!.pid, second!.pid];
    await eventually(async () =>
      (await health()).runtimes.node!.sockets.every(({ up, pid }) => up && !killed.includes(pid)),
    );
    expect((await fetch(`${app.url}/a`)).status).toBe(200);
  });

  it('what a killed server leaves in FN_SOCKET_BASE_DIR is no obstacle and is cleared', async () => {
    const { root } = tree({ 'a.js': say('a') });
    const sockets = tree().root;
    const env = { FN_SOCKET_BASE_DIR: sockets };
    const killed = await serve(['run', '.'], root, env);
    expect(await killed.text('/a')).toBe('a');

    const second = await runCli(['run', '.', '--port', '0'], root, env);
    expect({ code: second.code, says: second.stderr }).toEqual({
      code: 1,
      says: expect.stringMatching(/Another process listens on .*FN_SOCKET_BASE_DIR/s),
    });

    const children = descendants(killed.child.pid!);
    await killed.stop('SIGKILL');
    await eventually(() => !children.some(isAlive));
    const next = await serve(['run', '.'], root, env);
    expect(await next.text('/a')).toBe('a');
    expect(await next.stop()).toBe(0);
    expect(readdirSync(sockets)).toEqual([]);
  });

  it.each([
    ['is a file', (base: string) => writeFileSync(base, '')],
    ['cannot be made', (base: string) => symlinkSync('nowhere/at/all', base)],
  ])('a folder for sockets that %s is told in words', async (_, spoil) => {
    const { root, path } = tree({ 'fn/a.js': say('a') });
    spoil(path('sockets'));
    const { code, stderr } = await runCli(['run', 'fn', '--port', '0'], root, { FN_SOCKET_BASE_DIR: path('sockets') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/FN_SOCKET_BASE_DIR/);
    expect(stderr).not.toMatch(/\n\s+at |fault of FastFN/);
  });
});

describe('clients', () => {
  const REFUSED: [string, string, number][] = [
    ['no HTTP at all', '\u0016\u0003\u0001hello\r\n\r\n', 400],
    ['no Host', 'GET /a HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', 400],
    ['two lengths', 'POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', 400],
    [
      'length and chunks',
      'POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a broken chunk', 'POST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc', 400],
    ['a space in the URL', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a broken escape', 'GET /a%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['a header of 70 kB', `GET /a HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`, 431],
    [
      'a body over the limit',
      'POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nConnection: close\r\n\r\n',
      413,
    ],
    [
      'an unknown expectation',
      'POST /e HTTP/1.1\r\nHost: a\r\nExpect: luck\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      417,
    ],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
  ];

  it('malformed requests are refused in JSON and harm nobody', async () => {
    const app = await useServer({ files: { 'a.js': say('a'), 'post.e.js': 'export const handler = (e) => e.body;' } });
    for (const [title, bytes, status] of REFUSED) {
      const answer = await rawHttp(app.url, bytes);
      expect(answer.split('\r\n', 1)[0], title).toContain(` ${status} `);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))), title).toMatchObject({
        error: expect.stringMatching(/./),
        code: expect.stringMatching(/^[a-z_]+$/),
      });
    }
    expect(await (await app.fetch('/a')).text()).toBe('a');
  });

  it('bodies over the limit end with 413, announced or not', async () => {
    const app = await useServer({
      files: {
        'e/handler.js': 'export const handler = (e) => String(e.body.length);',
        'e/fn.config.json': { max_body_bytes: 100, invoke: { methods: ['POST'] } },
      },
    });
    const post = async (chunks: number) => {
      const body = new ReadableStream({
        start(controller) {
          for (let i = 0; i < chunks; i++) controller.enqueue(new Uint8Array(50).fill(120));
          controller.close();
        },
      });
      return (await app.fetch('/e', { method: 'POST', body, duplex: 'half' } as RequestInit)).status;
    };
    const sized = async (bytes: number) => (await app.fetch('/e', { method: 'POST', body: 'x'.repeat(bytes) })).status;
    expect([await sized(100), await sized(101), await post(2), await post(3)]).toEqual([200, 413, 200, 413]);
  });

  it('those that leave free their slot and end the stream; those that idle are no burden', async () => {
    const app = await useServer({
      files: {
        'stream.js': `import { writeFileSync } from 'node:fs';
          export async function* handler() {
            try { for (;;) { yield 'x'.repeat(65536); await new Promise((r) => setTimeout(r, 1)); } }
            finally { writeFileSync('ended', ''); }
          }`,
        'post.e.js': 'export const handler = (e) => e.body;',
        'a.js': say('a'),
      },
    });
    const open = (text: string) => {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {});
      socket.write(text);
      return socket;
    };
    for (let i = 0; i < 200; i++) open('POST /e HTTP/1.1\r\nHost: a\r\nContent-Le');
    const midBody = open('POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
    const midResponse = open('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => midResponse.once('data', resolve));
    midResponse.destroy();
    midBody.destroy();
    await eventually(() => existsSync(join(app.root, 'ended')));
    await eventually(() => app.server.status().functions.every((fn) => fn.active === 0));
    expect(await (await app.fetch('/a')).text()).toBe('a');
  });
});

// Root reads what it likes, so this only says something for other users.
describe.skipIf(process.getuid?.() === 0)('without permission', () => {
  it('the rest is served, and what becomes readable too', async () => {
    const { root, chmod, path } = tree({ 'a.js': say('a'), 'closed/x.js': say('x'), 'locked.js': say('locked') });
    onTestFinished(() => chmod('closed', 0o755));
    chmod('closed', 0);
    chmod('locked.js', 0);
    mkdirSync(path('empty'));
    const app = await serve(['dev', '.'], root);
    const status = async (at: string) => (await fetch(app.url + at)).status;
    expect(await Promise.all(['/a', '/closed/x', '/locked'].map(status))).toEqual([200, 404, 500]);
    expect(app.output()).toMatch(/closed: The folder cannot be read/);
    chmod('closed', 0o755);
    chmod('locked.js', 0o644);
    await eventually(async () => (await status('/closed/x')) === 200);
    await eventually(async () => (await status('/locked')) === 200);
  });
});
