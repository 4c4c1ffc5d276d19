import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STATE_FILE } from '@fastfn/dependencies';
import { eventually, type TestServer, tree, useServer } from '@fastfn/testing';
import { describe, expect, it } from 'vitest';

/** Installers and compilers on a busy machine. */
const PATIENCE_MS = 180_000;
/** Where registries are for who runs the tests: proxies, certificates, mirrors. */
const NETWORK =
  /^(?:https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_|npm_config_|pip_|cargo_(?:http|net)_|goproxy|gosumdb)/i;
const PATIENT = {
  ...Object.fromEntries(Object.entries(process.env as Record<string, string>).filter(([name]) => NETWORK.test(name))),
  FN_DEFAULT_TIMEOUT_MS: `${PATIENCE_MS}`,
};
// What all functions need is compiled once.
process.env.CARGO_TARGET_DIR ??= fileURLToPath(new URL('../node_modules/.cache/fastfn-cargo', import.meta.url));
const NEIGHBOUR = { 'ok.lua': 'return function() return "fine" end' };
const NOWHERE = 'http://127.0.0.1:1';

type Files = Readonly<Record<string, string>>;

interface Language {
  readonly language: string;
  /** A function's folder that asks for a package, in that version. */
  asking(name: string): Files;
  /** A package that nobody has published, and one that somebody has. */
  readonly absent: string;
  readonly published: string;
  /** Environment in which no registry can be reached and nothing was fetched before. @param cache an empty folder */
  offline(cache: string): Record<string, string>;
}

const LANGUAGES: readonly Language[] = [
  {
    language: 'node',
    asking: (name) => ({
      'handler.js': 'export const handler = () => "never";',
      'package.json': JSON.stringify({ dependencies: { [name]: '*' } }),
    }),
    absent: 'fastfn-no-such-package-1',
    published: 'ms',
    offline: (cache) => ({ npm_config_registry: NOWHERE, npm_config_fetch_retries: '0', npm_config_cache: cache }),
  },
  {
    language: 'python',
    asking: (name) => ({
      'handler.py': 'def handler(event):\n    return "never"\n',
      'requirements.txt': `${name}\n`,
    }),
    absent: 'fastfn-no-such-package-1',
    published: 'six',
    offline: (cache) => ({
      PIP_INDEX_URL: `${NOWHERE}/simple`,
      UV_INDEX_URL: `${NOWHERE}/simple`,
      PIP_RETRIES: '0',
      PIP_FIND_LINKS: '',
      PIP_CACHE_DIR: cache,
      UV_CACHE_DIR: cache,
    }),
  },
  {
    language: 'php',
    asking: (name) => ({
      'handler.php': '<?php function handler($event) { return "never"; }',
      'composer.json': JSON.stringify({
        require: { [name]: '*' },
        // No name of a package leaves this machine.
        ...(name.startsWith('fastfn/') && { repositories: [{ 'packagist.org': false }] }),
      }),
    }),
    absent: 'fastfn/no-such-package-1',
    published: 'psr/log',
    offline: (cache) => ({ https_proxy: NOWHERE, http_proxy: NOWHERE, COMPOSER_HOME: cache }),
  },
  {
    language: 'rust',
    asking: (name) => ({ 'handler.rs': 'pub fn handler() {}\n', 'Cargo.toml': `[dependencies]\n${name} = "1"\n` }),
    absent: 'fastfn-no-such-package-1',
    published: 'itoa',
    offline: (cache) => ({ CARGO_HOME: cache, CARGO_HTTP_PROXY: NOWHERE, CARGO_NET_RETRY: '0' }),
  },
  {
    language: 'go',
    asking: (name) => ({
      'handler.go': `package main\n\nimport _ ${JSON.stringify(name)}\n\nfunc handler() any { return "never" }\n`,
      'go.mod': `module mine\n\ngo 1.19\n\nrequire ${name} v1.0.0\n`,
    }),
    absent: 'example.invalid/fastfn/no-such-package',
    published: 'github.com/google/uuid',
    offline: (cache) => ({ GOPROXY: NOWHERE, GOFLAGS: '-modcacherw', GOMODCACHE: cache, GONOSUMDB: '*' }),
  },
];

function inFolder(folder: string, files: Files): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
}

const text = async (app: TestServer, path: string) => (await app.fetch(path)).text();
const stateIn = (app: TestServer, folder: string) =>
  JSON.parse(readFileSync(join(app.root, folder, STATE_FILE), 'utf8')) as Record<string, unknown>;

/** What is the same in every language when packages cannot be had. */
async function expectFailure(app: TestServer, names: RegExp): Promise<string> {
  // A registry may take its time to say no.
  const response = await eventually(async () => {
    const answer = await app.fetch('/f');
    return answer.status === 503 ? false : answer;
  }, PATIENCE_MS);
  const body = (await response.json()) as { code: string; error: string; details: { output: string[] } };
  expect({ status: response.status, code: body.code }, JSON.stringify(body)).toEqual({
    status: 500,
    code: 'dependency_failed',
  });
  expect(body.error + body.details.output.join('\n')).toMatch(names);
  expect(body.details.output.length).toBeLessThanOrEqual(20);
  await eventually(() => stateIn(app, 'f').last_status === 'failed');
  expect(stateIn(app, 'f')).toMatchObject({ last_error: body.error });
  expect(await text(app, '/ok')).toBe('fine');
  return body.error;
}

describe.each(LANGUAGES)('packages of $language', { timeout: PATIENCE_MS }, (one) => {
  it('that nobody has published: dependency_failed names it, also in production', async () => {
    const files = { ...inFolder('f', one.asking(one.absent)), ...NEIGHBOUR };
    const app = await useServer({ files, env: PATIENT, mode: 'run' });
    await expectFailure(app, new RegExp(one.absent));
  });

  it('from a registry that cannot be reached: says so, and what to look at', async () => {
    const cache = tree().root;
    const files = { ...inFolder('f', one.asking(one.published)), ...NEIGHBOUR };
    const app = await useServer({ files, env: { ...PATIENT, ...one.offline(cache) }, mode: 'run' });
    const error = await expectFailure(app, /refused|could not connect/i);
    expect(error).toMatch(/The registry cannot be reached: check network, proxy and registry settings/);
  });
});

interface HeldTool {
  readonly env: Record<string, string>;
  release(): void;
  /** How often it was started. */
  starts(): number;
}

/** The real tool, but it begins only when it is released. */
function heldTool(place: string, tool: string, variable: string, script: string): HeldTool {
  const bin = join(place, 'bin');
  const [held, log] = [join(place, 'held'), join(place, 'log')];
  mkdirSync(bin, { recursive: true });
  writeFileSync(held, '');
  writeFileSync(log, '');
  const file = join(bin, tool);
  writeFileSync(file, `#!/bin/sh\necho start >> ${log}\nwhile [ -e ${held} ]; do sleep 0.02; done\n${script}\n`);
  chmodSync(file, 0o755);
  return {
    env: { ...PATIENT, PATH: `${bin}:${process.env.PATH}`, ...(variable !== '' && { [variable]: file }) },
    release: () => rmSync(held, { force: true }),
    starts: () => readFileSync(log, 'utf8').split('\n').length - 1,
  };
}

interface Install {
  readonly language: string;
  readonly tool: string;
  readonly variable: string;
  /** Of the tool, after it was released. */
  readonly script: string;
  readonly files: Files;
}

function which(tool: string): string {
  return spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
}

/** Answers with what its package says. */
const INSTALLS: readonly Install[] = [
  {
    language: 'node',
    tool: 'npm',
    variable: 'FN_NPM_BIN',
    script: `exec ${which('npm')} "$@"`,
    files: {
      'f/handler.js': 'import says from "tiny"; export const handler = () => says;',
      'f/package.json': '{"dependencies":{"tiny":"file:../_tiny"}}',
      '_tiny/package.json': '{"name":"tiny","version":"1.0.0","type":"module","main":"index.js"}',
      '_tiny/index.js': 'export default "tiny";',
    },
  },
  {
    language: 'python',
    tool: 'uv',
    variable: '',
    script:
      'while [ "$1" != --target ]; do shift; done\necho \'says = "tiny"\' > "$2/tiny.py"\nmkdir "$2/tiny-1.dist-info"\nprintf \'Name: tiny\\nVersion: 1\\n\' > "$2/tiny-1.dist-info/METADATA"',
    files: {
      'f/handler.py': 'from tiny import says\ndef handler(event):\n    return says\n',
      'f/requirements.txt': 'tiny==1\n',
    },
  },
  {
    language: 'php',
    tool: 'composer',
    variable: 'FN_COMPOSER_BIN',
    script: `exec ${which('composer')} "$@"`,
    files: {
      'f/handler.php': '<?php function handler($event) { return tiny_says(); }',
      'f/composer.json': JSON.stringify({
        repositories: [{ type: 'path', url: '../_tiny', options: { symlink: false } }, { 'packagist.org': false }],
        require: { 'acme/tiny': '*' },
      }),
      '_tiny/composer.json': JSON.stringify({
        name: 'acme/tiny',
        version: '1.0.0',
        autoload: { files: ['tiny.php'] },
      }),
      '_tiny/tiny.php': '<?php function tiny_says() { return "tiny"; }',
    },
  },
];

const hasComposer = which('composer') !== '';
const RUNNABLE = INSTALLS.filter(
  ({ language }) => language !== 'php' || hasComposer || process.env.FASTFN_REQUIRE_RUNTIMES === 'all',
);

describe.each(RUNNABLE)('an installation for $language', { timeout: PATIENCE_MS }, (one) => {
  it('by two servers at once is made once, and both answer', async () => {
    const held = heldTool(tree().root, one.tool, one.variable, one.script);
    const first = await useServer({ files: one.files, env: held.env });
    const second = await useServer({ root: first.root, env: held.env });
    const answers = [first, second].map((app) => text(app, '/f'));
    await eventually(() => held.starts() === 1, PATIENCE_MS);
    held.release();
    expect(await Promise.all(answers)).toEqual(['tiny', 'tiny']);
    expect(held.starts()).toBe(1);
    expect(stateIn(first, 'f')).toMatchObject({ last_status: 'ok', runtime: one.language });
    expect(existsSync(join(first.root, 'f/.fastfn-deps.lock'))).toBe(false);
  });

  it('whose function is deleted meanwhile is ended, and leaves nothing', async () => {
    const held = heldTool(tree().root, one.tool, one.variable, one.script);
    const app = await useServer({ files: { ...one.files, ...NEIGHBOUR }, env: held.env });
    await eventually(() => held.starts() === 1, PATIENCE_MS);
    app.remove('f');
    await eventually(() => app.server.snapshot()?.functions.size === 1);
    // The installer of a folder that is gone is ended, so the one of the folder that takes its place is another.
    expect((await app.fetch('/f')).status).toBe(404);
    held.release();
    expect(existsSync(join(app.root, 'f'))).toBe(false);
    for (const [name, content] of Object.entries(one.files)) if (name.startsWith('f/')) app.write(name, content);
    await eventually(async () => (await text(app, '/f')) === 'tiny', PATIENCE_MS);
    expect(held.starts()).toBe(2);
    expect(await text(app, '/ok')).toBe('fine');
  });
});
