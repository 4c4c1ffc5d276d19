import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import type { AssetsConfig } from '@fastfn/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { claimsOf, makeSnapshot, reply, startGateway, type TestGateway } from '../test-support.js';
import { cacheControl } from './cache-control.js';

/** Whole second, so that dates in headers compare. */
const MODIFIED = new Date('2026-01-02T03:04:05Z');

function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-assets-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, MODIFIED, MODIFIED);
  }
  return root;
}

const site = {
  'public/index.html': '<!doctype html>shell',
  'public/about.html': 'about',
  'public/blog/index.html': 'blog',
  'public/app.css': 'body{}',
  'public/digits.txt': '0123456789',
  'public/empty.txt': '',
  'public/assets/app.3f9ab2c1.js': 'js',
  'public/with space.txt': 'spaced',
  'public/.env': 'TOPSECRET',
  'public/.git/config': 'TOPSECRET',
  'public-private/secret.txt': 'TOPSECRET',
  'fn.config.json': '{}',
  'hello.js': 'TOPSECRET',
  'public/_fn/own.txt': 'TOPSECRET',
  'public/console/own.txt': 'TOPSECRET',
  'public/fastfn.json': 'TOPSECRET',
};

async function serve(
  root: string,
  config: Partial<AssetsConfig> = {},
  setup: Parameters<typeof startGateway>[0] = {},
): Promise<TestGateway> {
  const assets: AssetsConfig = { directory: 'public', notFoundHandling: '404', runWorkerFirst: false, ...config };
  return startGateway({
    routes: { 'GET /hello': {}, 'POST /about': {} },
    handler: ({ fn }, sink) => reply(sink, `function ${fn.name}`),
    manifest: { root, assets },
    ...setup,
  });
}

describe('which file answers', () => {
  test.each([
    ['/', '<!doctype html>shell'],
    ['/index.html', '<!doctype html>shell'],
    ['/about', 'about'],
    ['/about.html', 'about'],
    ['/blog', 'blog'],
    ['/blog/', 'blog'],
    ['/blog/index', 'blog'],
    ['/app.css', 'body{}'],
    ['/with%20space.txt', 'spaced'],
    ['//app.css', 'body{}'],
    ['/empty.txt', ''],
    ['/hello', 'function hello'],
  ])('%s', async (path, text) => {
    const app = await serve(folder(site));
    expect(await app.fetch(path)).toMatchObject({ status: 200, text });
  });

  test.each([
    '/.env',
    '/%2eenv',
    '/.git/config',
    '/%2e%2e/fn.config.json',
    '/../fn.config.json',
    '/..%2ffn.config.json',
    '/%2e%2e%2fhello.js',
    '/public/../hello.js',
    '/..\\hello.js',
    '/../public-private/secret.txt',
    '/app.css%00.txt',
    '/%252e%252e/fn.config.json',
    '/%2e%2e%5chello.js',
    '/..%c0%afhello.js',
    '/blog/%2e%2e/%2e%2e/hello.js',
    '/.ENV',
    '/.GIT/config',
    '/_fn/own.txt',
    '/%5ffn/own.txt',
    '/_fn%2fown.txt',
    '//console//own.txt',
    '/fastfn.json',
    '/%66astfn.json',
    `/${'a/'.repeat(4000)}x`,
    '/hello.js',
    '/nothing.css',
  ])('never %s', async (path) => {
    const app = await serve(folder(site));
    const answer = await app.fetch(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).not.toMatch(/TOPSECRET/);
  });

  test('names are what the disk says, in upper and lower case', async () => {
    const app = await serve(folder(site));
    // A file system that does not tell cases apart must not open what the list of files does not have.
    for (const path of ['/APP.CSS', '/Blog', '/ASSETS/app.3f9ab2c1.js'])
      expect((await app.fetch(path)).status).toBe(404);
  });

  test('the shell of a single-page app stands for none of them', async () => {
    const app = await serve(folder(site), { notFoundHandling: 'single-page-application' });
    for (const path of ['/_fn/own.txt', '/console/own', '/%5ffn/own', '/fastfn.json', '/.env']) {
      const answer = await app.fetch(path, { headers: { Accept: 'text/html' } });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  test('links inside are followed, links out, to hidden files and in circles are not', async () => {
    const root = folder({ ...site, 'outside.txt': 'secret' });
    symlinkSync('../outside.txt', join(root, 'public/out.txt'));
    symlinkSync('..', join(root, 'public/up'));
    symlinkSync('.', join(root, 'public/round'));
    symlinkSync('.env', join(root, 'public/env.txt'));
    symlinkSync('blog', join(root, 'public/news'));
    symlinkSync('nowhere', join(root, 'public/dangling'));
    symlinkSync('../outside.txt', join(root, 'public/app.css.br'));
    const app = await serve(root);
    for (const path of ['/out.txt', '/up/hello.js', '/env.txt', '/dangling', '/round/app.css']) {
      expect((await app.fetch(path)).status).toBe(404);
    }
    expect((await app.fetch('/news')).text).toBe('blog');
    expect((await app.fetch('/app.css', { headers: { 'Accept-Encoding': 'br' } })).text).toBe('body{}');
  });

  test('other methods go to functions', async () => {
    const app = await serve(folder(site));
    expect((await app.fetch('/about', { method: 'POST' })).text).toBe('function about');
    expect((await app.fetch('/app.css', { method: 'DELETE' })).status).toBe(404);
  });

  test('run_worker_first', async () => {
    const root = folder({ ...site, 'public/hello.html': 'asset' });
    expect((await (await serve(root)).fetch('/hello')).text).toBe('asset');
    const app = await serve(root, { runWorkerFirst: true });
    expect((await app.fetch('/hello')).text).toBe('function hello');
    expect((await app.fetch('/app.css')).text).toBe('body{}');
    expect((await app.fetch('/about')).text).toBe('about');
    expect((await app.fetch('/')).text).toBe('<!doctype html>shell');
  });

  test('a function at / goes before the index, whatever the order', async () => {
    const app = await serve(folder(site), {}, { routes: { 'GET /': {} } });
    expect((await app.fetch('/')).text).toBe('function ');
  });

  test('files over the limit are left out', async () => {
    const app = await serve(folder(site), {}, { maxAssetBytes: 8 });
    expect((await app.fetch('/digits.txt')).status).toBe(404);
    expect((await app.fetch('/app.css')).status).toBe(200);
  });

  test.each(['missing', '..', '.', '/etc', 'hello.js'])(
    'the directory %j serves nothing, functions go on',
    async (directory) => {
      const app = await serve(folder(site), { directory });
      expect((await app.fetch('/app.css')).status).toBe(404);
      expect((await app.fetch('/hello')).status).toBe(200);
    },
  );

  test('an empty folder makes no home page', async () => {
    const root = folder({ 'public/x/y.txt': '' });
    const app = await serve(root);
    expect((await app.fetch('/')).text).toContain('It works');
  });

  test('a file that has gone falls through, a new one comes with the next snapshot', async () => {
    const root = folder(site);
    const app = await serve(root);
    unlinkSync(join(root, 'public/app.css'));
    writeFileSync(join(root, 'public/new.txt'), 'new');
    expect((await app.fetch('/app.css')).status).toBe(404);
    const assets: AssetsConfig = { directory: 'public', notFoundHandling: '404', runWorkerFirst: false };
    app.gateway.swap(makeSnapshot(claimsOf({}), { root, assets }));
    expect((await app.fetch('/new.txt')).text).toBe('new');
  });
});

describe('single-page app', () => {
  test.each([
    ['/dashboard/team', { Accept: 'text/html' }, 200],
    ['/dashboard/team', { Accept: '*/*' }, 200],
    ['/dashboard/team', {}, 200],
    ['/dashboard/team', { Accept: 'application/json' }, 404],
    ['/dashboard/team', { Accept: 'application/json', 'Sec-Fetch-Mode': 'navigate' }, 200],
    ['/dashboard/team', { Accept: 'image/png', 'Sec-Fetch-Dest': 'document' }, 200],
    ['/app.missing.js', { Accept: '*/*' }, 404],
    ['/api/unknown', { Accept: 'text/html' }, 404],
    ['/api', { Accept: 'text/html' }, 404],
    ['/apiary', { Accept: 'text/html' }, 200],
    ['/_fn/x', { Accept: 'text/html' }, 404],
  ])('%s %j → %i', async (path, headers, status) => {
    const app = await serve(folder(site), { notFoundHandling: 'single-page-application' });
    const answer = await app.fetch(path, { headers });
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.text).toBe('<!doctype html>shell');
  });

  test('without an index there is no shell', async () => {
    const app = await serve(folder({ 'public/a.txt': '' }), { notFoundHandling: 'single-page-application' });
    expect((await app.fetch('/dashboard')).status).toBe(404);
  });
});

describe('how it is served', () => {
  test('type, validators, caching, length', async () => {
    const app = await serve(folder(site));
    const answer = await app.fetch('/app.css');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'content-length': '6',
      'cache-control': 'public, max-age=0, must-revalidate',
      'last-modified': MODIFIED.toUTCString(),
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^(?:W\/)?"[\w-]+"$/),
    });
    expect((await app.fetch('/assets/app.3f9ab2c1.js')).headers['cache-control']).toBe(
      'public, max-age=31536000, immutable',
    );
    const head = await app.fetch('/app.css', { method: 'HEAD' });
    expect(head).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '6', etag: answer.headers.etag },
    });
    expect(app.records[0]).toMatchObject({ status: 200, bytes: 6, fn: null });
  });

  test('304 by tag and by date', async () => {
    const app = await serve(folder(site));
    const { etag } = (await app.fetch('/app.css')).headers;
    const conditions: Record<string, string>[] = [
      { 'If-None-Match': etag! },
      { 'If-None-Match': `"x", ${etag}` },
      { 'If-None-Match': etag!.replace('W/', '') },
      { 'If-None-Match': '*' },
      { 'If-Modified-Since': MODIFIED.toUTCString() },
    ];
    for (const headers of conditions) {
      expect(await app.fetch('/app.css', { headers })).toMatchObject({ status: 304, text: '', headers: { etag } });
    }
    const stale: Record<string, string>[] = [
      { 'If-None-Match': '"x"', 'If-Modified-Since': MODIFIED.toUTCString() },
      { 'If-Modified-Since': new Date(0).toUTCString() },
      { 'If-Modified-Since': 'nonsense' },
    ];
    for (const headers of stale) expect((await app.fetch('/app.css', { headers })).status).toBe(200);
  });

  test.each([
    ['If-Match', '"x"'],
    ['If-Unmodified-Since', new Date(0).toUTCString()],
  ])('412 for %s: %s', async (name, value) => {
    const app = await serve(folder(site));
    expect(await app.fetch('/app.css', { headers: { [name]: value } })).toMatchObject({ status: 412, text: '' });
  });

  test.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=5-2', 416, '', 'bytes */10'],
    ['bytes=-99', 200, '0123456789', undefined],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('Range: %s → %i %j', async (range, status, text, contentRange) => {
    const app = await serve(folder(site));
    const answer = await app.fetch('/digits.txt', { headers: { Range: range } });
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers['content-range']).toBe(contentRange);
    expect(answer.headers['content-length']).toBe(String(text.length));
  });

  test.each(['bytes=0-', 'bytes=0-0'])('an empty file has no part %s', async (range) => {
    const app = await serve(folder(site));
    const answer = await app.fetch('/empty.txt', { headers: { Range: range } });
    expect(answer).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */0' } });
  });

  test.each([
    [MODIFIED.toUTCString(), 'bytes=2-4', 206],
    // A later date is that of another file: one that was rolled back since.
    [new Date(MODIFIED.getTime() + 60_000).toUTCString(), 'bytes=2-4', 200],
    [new Date(0).toUTCString(), 'bytes=2-4', 200],
    [new Date(0).toUTCString(), 'bytes=10-', 200],
    ['"x"', 'bytes=2-4', 200],
    ['nonsense', 'bytes=2-4', 200],
  ])('If-Range: %s, Range: %s → %i', async (condition, range, status) => {
    const app = await serve(folder(site));
    const answer = await app.fetch('/digits.txt', { headers: { 'If-Range': condition, Range: range } });
    expect(answer).toMatchObject({ status, text: status === 206 ? '234' : '0123456789' });
  });

  test('a weak tag does not prove that bytes are the same', async () => {
    const app = await serve(folder(site));
    const { etag } = (await app.fetch('/digits.txt')).headers;
    const answer = await app.fetch('/digits.txt', { headers: { 'If-Range': etag!, Range: 'bytes=2-4' } });
    expect(answer).toMatchObject({ status: 200, text: '0123456789' });
  });

  test.each([
    ['a.svg', 'image/svg+xml'],
    ['a.json', 'application/json; charset=utf-8'],
    ['a.mjs', 'application/javascript; charset=utf-8'],
    ['a.wasm', 'application/wasm'],
    ['a.woff2', 'font/woff2'],
    ['LICENSE', 'application/octet-stream'],
    ['css', 'application/octet-stream'],
    ['100%25.txt', 'text/plain; charset=utf-8'],
    ['%C3%BC%23.txt', 'text/plain; charset=utf-8'],
  ])('%s is %s', async (name, type) => {
    const app = await serve(folder({ [`public/${decodeURIComponent(name)}`]: 'x' }));
    const answer = await app.fetch(`/${name}`);
    expect(answer).toMatchObject({ status: 200, text: 'x' });
    expect(answer.headers['content-type']).toBe(type);
  });

  test.each([2_000, 300_000])('without one, text of %d bytes is compressed on the way', async (length) => {
    const text = 'a{}'.repeat(length / 3);
    const app = await serve(folder({ 'public/a.css': text, 'public/a.png': text, 'public/short.css': 'a{}' }));
    const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      app.fetch(path, { method, headers: { 'Accept-Encoding': 'br', ...headers } });
    const answer = await get('/a.css');
    expect(answer.headers).toMatchObject({ 'content-encoding': 'br', vary: 'Accept-Encoding' });
    expect(brotliDecompressSync(answer.body).toString()).toBe(text);
    const { etag } = answer.headers;
    expect(etag).toMatch(/^W\//);
    expect((await get('/a.css', { 'If-None-Match': etag as string })).status).toBe(304);

    const head = await get('/a.css', {}, 'HEAD');
    expect(head.headers).toMatchObject({ 'content-encoding': 'br', etag });
    expect(head.headers['content-length']).toBeUndefined();

    const part = await get('/a.css', { Range: 'bytes=0-1' });
    expect([part.status, part.text, part.headers['content-encoding']]).toEqual([206, 'a{', undefined]);
    for (const path of ['/a.png', '/short.css']) expect((await get(path)).headers['content-encoding']).toBeUndefined();
  });

  test('a precompressed sibling is taken when the client takes it', async () => {
    const css = 'a{}'.repeat(1000);
    const root = folder({
      'public/a.css': css,
      'public/a.css.br': brotliCompressSync(css),
      'public/b.css': css,
      'public/b.css.gz': gzipSync(css),
    });
    const app = await serve(root);
    const br = await app.fetch('/a.css', { headers: { 'Accept-Encoding': 'gzip, br' } });
    expect(br.headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
      'content-type': 'text/css; charset=utf-8',
    });
    expect(brotliDecompressSync(br.body).toString()).toBe(css);
    expect(
      (await app.fetch('/b.css', { headers: { 'Accept-Encoding': 'gzip, br' } })).headers['content-encoding'],
    ).toBe('gzip');
    expect(
      (await app.fetch('/b.css', { headers: { 'Accept-Encoding': 'br, gzip;q=0' } })).headers['content-encoding'],
    ).toBe('br');
    const plain = await app.fetch('/a.css');
    expect(plain.text).toBe(css);
    expect(plain.headers.vary).toBe('Accept-Encoding');
    expect(plain.headers.etag).not.toBe(br.headers.etag);
  });

  test('a large file streams, byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
    const app = await serve(folder({ 'public/big.bin': bytes }));
    const answer = await app.fetch('/big.bin');
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.headers['content-length']).toBe('300000');
    const part = await app.fetch('/big.bin', { headers: { Range: 'bytes=100-200099' } });
    expect(part.body.equals(bytes.subarray(100, 200_100))).toBe(true);
    expect(app.records[0]).toMatchObject({ status: 200, bytes: 300_000 });
    expect(await app.fetch('/big.bin', { method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '300000' },
    });
  });

  test('a file that shrinks while it is sent breaks the answer off', async () => {
    const root = folder({ 'public/big.bin': '' });
    const file = join(root, 'public/big.bin');
    // More than the buffers between here and there hold.
    truncateSync(file, 64 * 1024 * 1024);
    const app = await serve(root);
    const answer = await fetch(`${app.url}/big.bin`);
    expect(answer.status).toBe(200);
    truncateSync(file, 0);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(app.records[0]).toMatchObject({ status: 200, errorCode: 'internal_error' });
  });
});

test.each([
  ['/app.3f9ab2c1.js', true],
  ['/chunk-BmX4k9Qz.css', true],
  ['/index-C1xYz9aB.js', true],
  ['/app.js', false],
  ['/my-important.js', false],
  ['/jquery-3.7.1.min.js', false],
  ['/logo-20260102.png', false],
  ['/deadbeef.js', false],
])('cacheControl %s immutable: %s', (name, immutable) => {
  expect(cacheControl(name).includes('immutable')).toBe(immutable);
});
