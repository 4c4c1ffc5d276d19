import type { Runtime } from '@fastfn/core';
import { eventually, type TestServer, useServer } from '@fastfn/testing';
import { describe, expect, it, type TestContext } from 'vitest';

/** Walkthroughs D, E and I with handlers in every language. Go and Rust are compiled first. */
const PATIENCE_MS = 240_000;
const BUILD = { FN_GO_BUILD_TIMEOUT_S: '200', FN_RUST_BUILD_TIMEOUT_S: '200' };

interface Language {
  readonly runtime: Runtime;
  readonly extension: string;
  /** Answers with the text, after a while. */
  handler(text: string, afterMs: number): string;
}

const LANGUAGES: readonly Language[] = [
  {
    runtime: 'node',
    extension: 'js',
    handler: (text, ms) =>
      `export const handler = async () => { await new Promise((r) => setTimeout(r, ${ms})); return '${text}'; };\n`,
  },
  {
    runtime: 'node',
    extension: 'ts',
    handler: (text, ms) =>
      `export const handler = async (): Promise<string> => { await new Promise((r) => setTimeout(r, ${ms})); return '${text}'; };\n`,
  },
  {
    runtime: 'python',
    extension: 'py',
    handler: (text, ms) => `import time\n\n\ndef handler(event):\n    time.sleep(${ms / 1000})\n    return "${text}"\n`,
  },
  {
    runtime: 'php',
    extension: 'php',
    handler: (text, ms) =>
      `<?php\n\nfunction handler($event)\n{\n    usleep(${ms * 1000});\n    return '${text}';\n}\n`,
  },
  {
    runtime: 'lua',
    extension: 'lua',
    handler: (text, ms) =>
      `local fastfn = require("fastfn")\n\nreturn function(event)\n  fastfn.sleep(${ms / 1000})\n  return "${text}"\nend\n`,
  },
  {
    runtime: 'go',
    extension: 'go',
    handler: (text, ms) =>
      `package main\n\nimport "time"\n\nfunc handler(event map[string]any) any {\n\ttime.Sleep(${ms} * time.Millisecond)\n\treturn "${text}"\n}\n`,
  },
  {
    runtime: 'rust',
    extension: 'rs',
    handler: (text, ms) =>
      `use serde_json::Value;\n\npub fn handler(_event: Value) -> &'static str {\n    std::thread::sleep(std::time::Duration::from_millis(${ms}));\n    "${text}"\n}\n`,
  },
];

const SHELL = '<!doctype html><title>App</title>\n';

/** Waits for a build, and leaves the test out where the language's tool is missing. */
async function ready(app: TestServer, { runtime }: Language, path: string, { skip }: TestContext): Promise<void> {
  if (app.server.toolStatus()[runtime]?.ok === false) skip(`${runtime} is not installed`);
  await eventually(async () => (await app.fetch(path)).status === 200, PATIENCE_MS);
}

const text = async (app: TestServer, path: string, headers: Record<string, string> = {}): Promise<string> =>
  (await app.fetch(path, { headers })).text();

describe.each(LANGUAGES)('in $extension', { timeout: PATIENCE_MS }, (language) => {
  const { extension, handler } = language;

  it('D: homes of folders and of the root', async (context) => {
    const app = await useServer({
      files: {
        'portal/fn.config.json': { home: { route: 'dashboard' } },
        [`portal/get.dashboard.${extension}`]: handler('dashboard', 0),
        'fn.config.json': { home: { route: '/portal/dashboard' } },
      },
      env: BUILD,
    });
    await ready(app, language, '/portal/dashboard', context);
    expect(await text(app, '/portal')).toBe('dashboard');
    expect(await text(app, '/portal/dashboard')).toBe('dashboard');
    expect(await text(app, '/')).toBe('dashboard');
  });

  it('E: a single-page app beside an API', async (context) => {
    const app = await useServer({
      files: {
        'fn.config.json': { assets: { directory: 'public', not_found_handling: 'single-page-application' } },
        'public/index.html': SHELL,
        'public/page.html': 'a file',
        'public/.env': 'SECRET=1',
        [`api/items.${extension}`]: handler('items', 0),
        [`page.${extension}`]: handler('the function', 0),
      },
      env: BUILD,
    });
    await ready(app, language, '/api/items', context);
    expect(await text(app, '/api/items')).toBe('items');
    expect(await text(app, '/')).toBe(SHELL);
    for (const accept of ['text/html', '*/*']) {
      expect(await text(app, '/dashboard/team', { accept })).toBe(SHELL);
    }
    for (const path of ['/app.missing.js', '/api/unknown', '/.env', `/api/items.${extension}`]) {
      expect((await app.fetch(path, { headers: { accept: '*/*' } })).status, path).toBe(404);
    }
    const { host } = new URL(app.url);
    for (const path of ['/%2e%2e/fn.config.json', `/../api/items.${extension}`, `/%2e%2e%2fapi/items.${extension}`]) {
      const answer = await app.raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /);
    }
    // Files go first, until the configuration says otherwise.
    expect(await text(app, '/page')).toBe('a file');
    app.write('fn.config.json', { assets: { directory: 'public', run_worker_first: true } });
    await eventually(async () => (await text(app, '/page')) === 'the function', PATIENCE_MS);
  });

  it('I: three at a time, six wait, the tenth is refused; who waits too long is told', async (context) => {
    const app = await useServer({
      files: {
        [`slow/handler.${extension}`]: handler('done', 400),
        'slow/fn.config.json': { worker_pool: { max_workers: 3, max_queue: 6, queue_timeout_ms: 20_000 } },
        [`hasty/handler.${extension}`]: handler('done', 400),
        'hasty/fn.config.json': { worker_pool: { max_workers: 1, max_queue: 6, queue_timeout_ms: 100 } },
      },
      env: BUILD,
    });
    await ready(app, language, '/slow', context);
    await ready(app, language, '/hasty', context);

    const answers = await Promise.all(Array.from({ length: 10 }, () => app.fetch('/slow')));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 429]);
    expect(bodies.filter((body) => body.includes('worker_pool_overflow'))).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers.get('x-fastfn-queued') === 'true')).toHaveLength(6);

    const hasty = await Promise.all([app.fetch('/hasty'), app.fetch('/hasty')]);
    expect(hasty.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refusal = hasty.find(({ status }) => status === 429)!;
    expect(await refusal.json()).toMatchObject({ code: 'worker_pool_queue_timeout' });
  });
});
