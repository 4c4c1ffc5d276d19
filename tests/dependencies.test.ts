import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tree } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CliServer, startCli } from './support/cli.js';

interface Scene {
  readonly root: string;
  readonly functions: string;
  readonly env: Record<string, string>;
  /** While it is held, the installer does not end. */
  hold(): void;
  release(): void;
  /** How often the installer was started. */
  installs(): number;
}

/** A tree beside a `uv` that installs one module, `stub`, whose `version` is what the requirements say. */
function scene(files: Record<string, string>): Scene {
  const { root } = tree(files);
  const bin = join(root, '.bin');
  const held = join(bin, 'held');
  const log = join(bin, 'log');
  mkdirSync(bin);
  writeFileSync(log, '');
  writeFileSync(
    join(bin, 'uv'),
    `#!/bin/sh
echo start >> ${log}
while [ "$1" != --target ]; do shift; done
target=$2
while [ "$1" != -r ]; do shift; done
while [ -e ${held} ]; do sleep 0.02; done
version=$(sed -n 's/^stub==//p' "$2")
[ "$version" = none ] && echo "error: Because stub==none was not found in the package registry, you lose" >&2 && exit 1
echo "version = '$version'" > "$target/stub.py"
mkdir "$target/stub-$version.dist-info"
printf 'Name: stub\\nVersion: %s\\n' "$version" > "$target/stub-$version.dist-info/METADATA"
`,
  );
  chmodSync(join(bin, 'uv'), 0o755);
  return {
    root,
    functions: join(root, 'functions'),
    env: { PATH: `${bin}:${process.env.PATH}` },
    hold: () => writeFileSync(held, ''),
    release: () => rmSync(held, { force: true }),
    installs: () => readFileSync(log, 'utf8').split('\n').length - 1,
  };
}

async function dev(
  { root, env }: Pick<Scene, 'root' | 'env'>,
  more: Record<string, string> = {},
  command: 'dev' | 'run' = 'dev',
): Promise<CliServer> {
  const server = await startCli([command, 'functions'], root, { ...env, ...more });
  onTestFinished(async () => void (await server.stop()));
  return server;
}

const get = async (server: CliServer, path: string) => {
  const response = await fetch(server.url + path);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
};
/** The machine may be busy, and installers take their time. */
const until = <T>(look: () => T) => expect.poll(look, { timeout: 40_000, interval: 50 });

const answer = async (server: CliServer, path: string) => (await get(server, path)).body;

const HANDLER = 'import stub\n\ndef handler(event):\n    return {"version": stub.version}\n';
const FILES = { 'functions/shop/handler.py': HANDLER, 'functions/shop/requirements.txt': 'stub==1\n' };

describe('dependencies', { timeout: 60_000 }, () => {
  it('real packages: the first call waits, the terminal tells, nothing reloads because of it', async () => {
    const { root } = tree({
      'functions/py/handler.py':
        '#@requirements six==1.16.0\nimport six\ndef handler(event):\n    return {"six": six.__version__}\n',
      'functions/age.js': `import ms from 'ms';\nlet calls = 0;\nexport const handler = () => ({ day: ms('1d'), calls: ++calls });\n`,
    });
    const server = await dev({ root, env: {} });
    const wait = (path: string) => until(async () => (await get(server, path)).status).toBe(200);
    await Promise.all([wait('/py'), wait('/age')]);
    expect(await answer(server, '/py')).toEqual({ six: '1.16.0' });
    await server.waitFor(/✓ python py: done/);
    await server.waitFor(/… node age\.js: npm installs ms/);
    const { calls } = await answer(server, '/age');
    const { body } = await get(server, '/_fn/function?runtime=node&name=age.js');
    expect(body.metadata).toMatchObject({
      dependency_resolution: { mode: 'inferred', inferred: ['ms'], last_status: 'ok', last_error: null },
    });
    // Another edit comes through; what npm wrote was none.
    writeFileSync(join(root, 'functions/new.js'), 'export const handler = () => ({ ok: true })');
    await until(async () => (await get(server, '/new')).status).toBe(200);
    expect(await answer(server, '/age')).toEqual({ day: 86_400_000, calls: (calls as number) + 1 });
    expect(server.output()).not.toMatch(/~ .*(py|age)/);
    expect(existsSync(join(root, 'functions/node_modules/ms'))).toBe(true);
  });

  it('who comes early waits, then hears that it is warming up; neighbours are served', async () => {
    const here = scene({
      ...FILES,
      'functions/shop/fn.config.json': '{ "timeout_ms": 300 }',
      'functions/other.py': 'def handler(event):\n    return {"ok": True}\n',
    });
    here.hold();
    const server = await dev(here);
    const { status, headers, body } = await get(server, '/shop');
    expect([status, body.code]).toEqual([503, 'warming_up']);
    expect(headers.get('x-fastfn-warming')).toBe('true');
    expect(headers.get('retry-after')).toBe('1');
    expect(await answer(server, '/other')).toEqual({ ok: true });
    here.release();
    await server.waitFor(/✓ python shop: done/);
    expect(await answer(server, '/shop')).toEqual({ version: '1' });
    expect(here.installs()).toBe(1);
  });

  it('while an edited manifest installs, the old workers serve', async () => {
    const here = scene(FILES);
    const server = await dev(here);
    expect(await answer(server, '/shop')).toEqual({ version: '1' });
    here.hold();
    writeFileSync(join(here.functions, 'shop/requirements.txt'), 'stub==2\n');
    await until(here.installs).toBe(2);
    expect(await answer(server, '/shop')).toEqual({ version: '1' });
    // An edit of the handler joins the installation that runs.
    writeFileSync(join(here.functions, 'shop/handler.py'), HANDLER.replace('{"version"', '{"edited": True, "version"'));
    await server.waitFor(/~ shop[\s\S]*~ shop/);
    here.release();
    await until(() => answer(server, '/shop')).toEqual({ edited: true, version: '2' });
    expect(here.installs()).toBe(2);
  });

  it('a failure is answered with the tool’s lines, and mended by the next edit', async () => {
    const here = scene({ ...FILES, 'functions/shop/requirements.txt': 'stub==none\n' });
    const server = await dev(here, {}, 'run');
    const { status, body } = await get(server, '/shop');
    expect([status, body.code]).toEqual([500, 'dependency_failed']);
    expect(body.error).toMatch(
      /shop\/requirements\.txt could not be installed: uv install failed.*stub==none was not found/,
    );
    expect(body.details).toMatchObject({ exit_code: 1, output: [expect.stringContaining('stub==none')] });
    writeFileSync(join(here.functions, 'shop/requirements.txt'), 'stub==3\n');
    await until(() => answer(server, '/shop')).toEqual({ version: '3' });
  });

  it('two servers on one tree install once', async () => {
    const here = scene(FILES);
    here.hold();
    const servers = await Promise.all([dev(here), dev(here)]);
    await until(() => servers.filter((one) => /waiting: process \d+ installs/.test(one.output())).length).toBe(1);
    here.release();
    for (const server of servers) expect(await answer(server, '/shop')).toEqual({ version: '1' });
    expect(here.installs()).toBe(1);
  });

  it('kill -9 in the middle: the next server ends what was left, and installs anew', async () => {
    const here = scene(FILES);
    here.hold();
    const first = await dev(here);
    await until(here.installs).toBe(1);
    await first.stop('SIGKILL');
    const state = () => JSON.parse(readFileSync(join(here.functions, 'shop/.fastfn-deps-state.json'), 'utf8'));
    expect(state()).toMatchObject({ last_status: 'installing' });
    const second = await dev(here);
    await until(here.installs).toBe(2);
    here.release();
    expect(await answer(second, '/shop')).toEqual({ version: '1' });
    expect(state()).toMatchObject({ last_status: 'ok', resolved: ['stub==1'] });
    expect(existsSync(join(here.functions, 'shop/.fastfn-deps.lock'))).toBe(false);
  });

  it('stopping ends an installation', async () => {
    const here = scene(FILES);
    here.hold();
    const server = await dev(here);
    await until(here.installs).toBe(1);
    expect(await server.stop()).toBe(0);
    expect(existsSync(join(here.functions, 'shop/.fastfn-deps.lock'))).toBe(false);
  });

  it('switched off, nothing is installed', async () => {
    const here = scene({ ...FILES, 'functions/shop/.deps/stub.py': 'version = "by hand"\n' });
    const server = await dev(here, { FN_AUTO_REQUIREMENTS: '0' });
    expect(await answer(server, '/shop')).toEqual({ version: 'by hand' });
    expect(here.installs()).toBe(0);
  });
});
