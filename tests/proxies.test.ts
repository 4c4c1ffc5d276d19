import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually, type TestServer, tree, useServer } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

/** The configurations that docs/guide/behind-a-proxy.md shows, run by the real programs. */
const page = readFileSync(fileURLToPath(new URL('../docs/guide/behind-a-proxy.md', import.meta.url)), 'utf8');

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)![1]!;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore', env: { PATH: PATH } });
    return true;
  } catch {
    return false;
  }
}

const CLIENT = '127.0.0.2';

/** nginx lies in sbin, which not everybody's PATH has. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

interface Proxy {
  readonly command: string;
  /** The configuration as shown, but for ports and certificates. */
  start(upstream: string, port: number, folder: ReturnType<typeof tree>): readonly string[];
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    command: 'nginx',
    start(upstream, port, folder) {
      const shown = block('nginx')
        .replace('server 127.0.0.1:8080;', `server ${upstream};`)
        .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
        .replace(/^ *ssl_certificate.*\n/gm, '')
        .replace(/\nserver \{\n {4}listen 80;[\s\S]*$/, '\n');
      const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
      folder.write(
        'nginx.conf',
        `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; pid nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${temp.join(' ')}\n${shown}}\n`,
      );
      return ['-e', 'stderr', '-p', folder.root, '-c', 'nginx.conf'];
    },
  },
  caddy: {
    command: 'caddy',
    start(upstream, port, folder) {
      const shown = block('caddyfile')
        .replace('api.example.com {', `http://api.example.com:${port} {`)
        .replace('127.0.0.1:8080', upstream);
      folder.write('Caddyfile', `{\n\tadmin off\n\tauto_https off\n}\n${shown}`);
      return ['run', '--config', folder.path('Caddyfile'), '--adapter', 'caddyfile'];
    },
  },
};

const FILES = {
  'echo/fn.config.json': { name: 'echo' },
  'echo/handler.js': `export const handler = ({ id, client, headers, raw_path }) =>
    ({ id, ip: client.ip, host: headers.host, upgrade: headers.upgrade ?? null, raw_path });`,
  'up/fn.config.json': { max_body_bytes: 5_000_000 },
  'up/post.size.js': 'export const handler = (event) => ({ size: event.raw_body.length });',
  'feed.js': `import { setTimeout } from 'node:timers/promises';
  async function* feed(signal) {
    yield 'data: 1\\n\\n';
    await setTimeout(60_000, null, { signal });
    yield 'data: 2\\n\\n';
  }
  export const handler = ({ signal }) => ({ headers: { 'Content-Type': 'text/event-stream' }, body: feed(signal) });`,
  'text.js': `import { setTimeout } from 'node:timers/promises';
  async function* text(signal) {
    yield 'first';
    await setTimeout(60_000, null, { signal });
  }
  export const handler = ({ signal }) => ({ headers: { 'Content-Type': 'text/plain' }, body: text(signal) });`,
};

interface Front {
  readonly app: TestServer;
  get(path: string, headers?: Record<string, string>, method?: string, body?: Buffer): Promise<Answer>;
  /** Resolves with the first bytes of the body; the caller leaves then. */
  firstBytes(path: string): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

async function front({ command, start }: Proxy): Promise<Front> {
  // The proxy comes from 127.0.0.1, its client from another address of this machine, which is not trusted.
  const app = await useServer({ files: FILES, mode: 'run', env: { FN_TRUSTED_PROXY_CIDRS: '127.0.0.1' } });
  const port = await freePort();
  const folder = tree();
  const args = start(new URL(app.url).host, port, folder);
  const env = { PATH, HOME: folder.root, XDG_DATA_HOME: folder.root, XDG_CONFIG_HOME: folder.root };
  const child = spawn(command, args, { cwd: folder.root, stdio: ['ignore', 'ignore', 'pipe'], env });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part) => (said += part));
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });

  const open = (path: string, headers: Record<string, string>, method: string) =>
    request({
      host: '127.0.0.1',
      localAddress: CLIENT,
      port,
      path,
      method,
      agent: false,
      headers: { Host: 'api.example.com', ...headers },
    });
  const get: Front['get'] = (path, headers = {}, method = 'GET', body) =>
    new Promise((resolve, reject) => {
      const req = open(path, headers, method);
      req.on('error', reject);
      req.on('response', async (res) => {
        let text = '';
        for await (const part of res) text += part;
        resolve({ status: res.statusCode!, headers: res.headers, text });
      });
      req.end(body);
    });
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    return (await get('/echo')).status === 200;
  });
  return {
    app,
    get,
    firstBytes: (path) =>
      new Promise((resolve, reject) => {
        const req = open(path, {}, 'GET');
        req.on('error', reject);
        req.on('response', (res) => {
          res.on('error', () => {});
          res.once('data', (bytes) => {
            resolve(String(bytes));
            req.destroy();
          });
        });
        req.end();
      }),
  };
}

describe.each(Object.entries(PROXIES))('behind %s as the docs configure it', (name, proxy) => {
  const behind = it.skipIf(process.platform !== 'linux' || !isInstalled(proxy.command));

  behind('client address, host and request id arrive; what the client made up does not', async () => {
    const { get } = await front(proxy);
    const { headers, text } = await get('/echo', { 'X-Forwarded-For': '6.6.6.6', 'X-Request-Id': 'made-up' });
    const event = JSON.parse(text);
    expect(event).toMatchObject({ ip: CLIENT, host: 'api.example.com' });
    expect(event.id).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(headers['x-request-id']).toBe(event.id);
    const document = JSON.parse((await get('/openapi.json')).text);
    expect(document.servers).toEqual([{ url: expect.stringMatching(/^http:\/\/api\.example\.com/) }]);
  });

  behind('paths arrive as they were sent', async () => {
    const { get } = await front(proxy);
    for (const path of ['/echo/a%2Fb', '/echo/%C3%A4', '/echo/a+b']) {
      expect(JSON.parse((await get(path)).text).raw_path).toBe(path);
    }
  });

  behind('the admin API is out of sight, however it is written', async () => {
    const { get } = await front(proxy);
    for (const path of [
      '/_fn/health',
      '/_fn',
      '/_fn/',
      '//_fn/health',
      '/%5ffn/health',
      '/_fn%2fhealth',
      '/x/../_fn/health',
      '/./_fn/catalog',
      '/_FN/health',
      '/console',
      '/console/',
    ]) {
      const { status, text } = await get(path);
      expect([400, 403, 404], `${path}: ${status} ${text}`).toContain(status);
      expect(text).not.toContain('uptime');
    }
  });

  behind('streams come as they are made, and a client that leaves ends the call', async () => {
    const { app, firstBytes } = await front(proxy);
    expect(await firstBytes('/feed')).toBe('data: 1\n\n');
    expect(await firstBytes('/text')).toBe('first');
    await eventually(() => app.server.status().functions.every((fn) => fn.active === 0));
  });

  behind('bodies over a mebibyte pass', async () => {
    const { get } = await front(proxy);
    const { status, text } = await get('/up/size', {}, 'POST', Buffer.alloc(3_000_000, 'x'));
    expect([status, text]).toEqual([200, '{"size":3000000}']);
  });

  behind(`an Upgrade header does no harm with ${name}`, async () => {
    const { get } = await front(proxy);
    const { status, text } = await get('/echo', { Connection: 'Upgrade', Upgrade: 'websocket' });
    expect([status, JSON.parse(text).upgrade === null || status === 200]).toEqual([200, true]);
  });
});
