import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer, type TestServer } from '@fastfn/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED, type Attempt, type Places, REFUSED } from './attempts.js';
import { handlerOf, isInstalled, LANGUAGES } from './languages.js';

/** A busy machine that has compiled nothing yet takes so long for a first Rust function. */
const BUILD_MS = 180_000;
const PATIENT = {
  FN_DEFAULT_TIMEOUT_MS: `${BUILD_MS}`,
  FN_RUST_BUILD_TIMEOUT_S: `${BUILD_MS / 1000}`,
  FN_GO_BUILD_TIMEOUT_S: `${BUILD_MS / 1000}`,
};
// What all functions need is compiled once.
process.env.CARGO_TARGET_DIR ??= fileURLToPath(new URL('../../node_modules/.cache/fastfn-cargo', import.meta.url));

/** Every way out that we know of, in every language that is installed. docs/guide/sandbox.md promises what is here. */
describe.each(LANGUAGES.filter(isInstalled))('$runtime', (language) => {
  let app: TestServer;
  let places: Places;

  beforeAll(async () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), 'outside-')));
    writeFileSync(join(outside, 'secret.txt'), 'outside');
    const sockets = mkdtempSync(join(tmpdir(), 'sock-'));
    const code = handlerOf(language);
    app = await startServer({
      files: {
        [`me/${language.file}`]: code,
        'me/fn.config.json': '{}',
        'me/fn.env.json': '{"OWN": "own value"}',
        'me/data.txt': 'own data',
        [`me/v2/${language.file}`]: code,
        'me/v2/fn.env.json': '{"SECOND": "of v2"}',
        [`top.${language.file.split('.').pop()}`]: code,
        'other/handler.js': 'export const handler = () => "other";',
        'other/fn.config.json': '{}',
        'other/fn.env.json': '{"OTHER": "their value"}',
        'other/data.txt': 'their data',
        '_shared/text.txt': 'shared',
        'fn.env.json': '{"ROOT": "everybody’s"}',
        '.fastfn/secrets.key': 'key',
      },
      env: { FN_SOCKET_BASE_DIR: sockets, FN_STRICT_FS_ALLOW: '', ...PATIENT },
    });
    // Compiled, where the language is.
    expect((await app.fetch('/me?do=none')).status).toBe(200);
    const root = realpathSync(app.root);
    mkdirSync(join(root, '.fastfn'), { recursive: true });
    const socket = readdirSync(sockets).find((name) => name.endsWith('.sock'))!;
    const { host } = new URL(app.url);
    places = { own: `${root}/me`, root, outside, gatewayPid: process.pid, socket: join(sockets, socket), tcp: host };
    process.on('SIGUSR2', noSignal);
    signalled = 0;
    return () => {
      process.off('SIGUSR2', noSignal);
      for (const folder of [outside, sockets]) rmSync(folder, { recursive: true, force: true });
    };
  }, BUILD_MS);
  afterAll(() => app?.close());

  let signalled = 0;
  const noSignal = (): void => void signalled++;

  async function attempt(
    { do: action, path, to }: Attempt,
    url = '/me',
  ): Promise<{ ok: boolean; data?: unknown; error?: string }> {
    const query = new URLSearchParams({ do: action });
    if (path !== undefined) query.set('path', path(places));
    if (to !== undefined) query.set('to', to(places));
    const answer = await app.fetch(`${url}?${query}`);
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    return JSON.parse(text);
  }

  const has = (row: Attempt): boolean => !language.without.includes(row.do);

  describe('is refused when it', () => {
    it.each(REFUSED.filter(has))('$title', async (row) => {
      const result = await attempt(row);
      expect(result, JSON.stringify(result)).toMatchObject({ ok: false });
    });

    it.each(language.readsBesides)('reads by %s', async (action) => {
      for (const path of ['/etc/shadow', `${places.outside}/secret.txt`, `${places.root}/other/fn.env.json`]) {
        expect(await attempt({ title: '', do: action, path: () => path })).toMatchObject({ ok: false });
      }
      expect(await attempt({ title: '', do: action, path: ({ own }) => `${own}/data.txt` })).toMatchObject({
        ok: true,
      });
    });

    it.each([
      ['the key of the secrets', '.fastfn/secrets.key'],
      ['the environment of another function', 'other/fn.env.json'],
      ['the source of another function', 'other/handler.js'],
      ['the environment of everybody', 'fn.env.json'],
    ])('lies in root and reads %s', async (_what, path) => {
      const row = { title: '', do: 'read', path: ({ root }: Places) => `${root}/${path}` };
      expect(await attempt(row, '/top')).toMatchObject({ ok: false });
    });

    it('and nothing of it happened', async () => {
      expect(signalled).toBe(0);
      expect(readFileSync(join(places.outside, 'secret.txt'), 'utf8')).toBe('outside');
      expect(readdirSync(places.outside)).toEqual(['secret.txt']);
      expect(readFileSync(join(places.root, 'other/data.txt'), 'utf8')).toBe('their data');
      expect(await (await app.fetch('/other')).text()).toBe('other');
    });
  });

  describe('is allowed what it needs: it', () => {
    it.each(ALLOWED.filter(has))('$title', async (row) => {
      const result = await attempt(row);
      expect(result, JSON.stringify(result)).toMatchObject({ ok: true, ...('gives' in row && { data: row.gives }) });
    });
  });
});
