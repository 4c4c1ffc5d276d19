import { rawHttp } from '@fastfn/testing';
import { expect, it } from 'vitest';
import { inEveryLanguage } from './languages.js';
import { TEXT_SOURCES } from './text-sources.js';
import { startWalk } from './walk.js';

const SHELL = '<!doctype html><title>App</title>\n';

inEveryLanguage(({ id, extension }) => {
  it('E: a single-page app beside an API', async () => {
    const { server, ask, sees, save } = await startWalk({
      files: {
        'functions/fn.config.json': { assets: { directory: 'public', not_found_handling: 'single-page-application' } },
        'functions/public/index.html': SHELL,
        'functions/public/page.html': 'a file',
        'functions/public/.env': 'SECRET=1',
        [`functions/api/items.${extension}`]: TEXT_SOURCES[id]('items'),
        [`functions/page.${extension}`]: TEXT_SOURCES[id]('the function'),
      },
    });
    await sees('/api/items', 'items');
    await sees('/', SHELL);
    for (const accept of ['text/html', '*/*']) await sees('/dashboard/team', SHELL, { init: { headers: { accept } } });
    for (const path of ['/app.missing.js', '/api/unknown', '/.env', `/api/items.${extension}`]) {
      expect((await ask(path, { headers: { accept: '*/*' } })).status, path).toBe(404);
    }
    const { host } = new URL(server.url);
    for (const path of ['/%2e%2e/fn.config.json', `/../api/items.${extension}`, `/%2e%2e%2fapi/items.${extension}`]) {
      const answer = await rawHttp(server.url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /);
    }

    // Files go first, until the configuration says otherwise.
    await sees('/page', 'a file');
    save('functions/fn.config.json', { assets: { directory: 'public', run_worker_first: true } });
    await sees('/page', 'the function');
  });
});
