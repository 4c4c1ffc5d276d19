import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createServer } from '@fastfn/server';
import { type Files, tree } from '@fastfn/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMain } from '../apps/cli/src/cli.js';

const HELLO = { 'functions/hello.js': 'export const handler = () => "hello";' };
const DOCKER = ['build', '--target', 'docker'];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command line in a folder, in this process. */
async function run(cwd: string, ...argv: string[]): Promise<Outcome> {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const error = vi.spyOn(console, 'error').mockReturnValue();
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await createMain(argv);
    const text = (calls: unknown[][]) => stripVTControlCharacters(calls.flat().join('\n'));
    return { code, stdout: text(log.mock.calls), stderr: text(error.mock.calls) };
  } finally {
    process.chdir(before);
    log.mockRestore();
    error.mockRestore();
  }
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

describe('fastfn build --target', () => {
  it('docker writes a Dockerfile of what is in use, and says what comes next', async () => {
    const { root } = tree({
      ...HELLO,
      'functions/a.py': 'def handler(e): return 1',
      'package.json': { name: '@x/My_App' },
    });
    const { code, stdout } = await run(root, ...DOCKER);
    expect({ code, stdout }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stdout": "  + Dockerfile
        + .dockerignore

      Next:
        docker build -t my-app:1 .
        docker run --rm -p 8080:8080 -v fastfn-state:/data my-app:1",
      }
    `);
    const text = read(root, 'Dockerfile');
    expect(text).toMatch(/^# Made by FastFN \d+\.\d+\.\d+: fastfn build --target docker\n/);
    expect(text).toContain('python3');
    expect(text).not.toContain('php-cli');
  });

  it('compose writes a Dockerfile with it, and keeps one that is there', async () => {
    const { root, write } = tree(HELLO);
    write('Dockerfile', 'FROM mine:1\n');
    const { code, stdout } = await run(root, 'build', '--target', 'compose');
    expect(code).toBe(0);
    expect(stdout).toContain('= Dockerfile (kept as it is)');
    expect(stdout).toContain('docker compose up --build --wait');
    expect(read(root, 'Dockerfile')).toBe('FROM mine:1\n');
    expect(read(root, 'compose.yaml')).toContain('FN_REDIS_URL');
    expect(existsSync(join(root, '.dockerignore'))).toBe(true);
  });

  it('kubernetes writes into a folder of its own', async () => {
    const { root } = tree(HELLO);
    const { code, stdout } = await run(root, 'build', '--target', 'kubernetes', '--image', 'reg.example.com/a/b:2');
    expect(code).toBe(0);
    expect(stdout).toContain('kubectl apply -f kubernetes/');
    expect(read(root, 'kubernetes/deployment.yaml')).toContain('image: "reg.example.com/a/b:2"');
    expect(read(root, 'kubernetes/deployment.yaml')).toContain(
      'fastfn build --target kubernetes --image reg.example.com/a/b:2\n',
    );
  });

  it('writes to another folder, from which the files find the project', async () => {
    const { root } = tree(HELLO);
    const { code, stdout } = await run(root, 'build', 'functions', '--target', 'compose', '--out', 'deploy/a');
    expect(code).toBe(0);
    expect(stdout).toContain('docker compose -f deploy/a/compose.yaml up');
    expect(read(root, 'deploy/a/compose.yaml')).toContain('context: "../.."');
    expect(existsSync(join(root, 'deploy/a/Dockerfile.dockerignore'))).toBe(true);
    expect(existsSync(join(root, '.dockerignore'))).toBe(false);
  });

  it('works in a folder that is reached by a link', async () => {
    const { root, path } = tree({ 'real/functions/hello.js': '' });
    symlinkSync(path('real'), path('link'));
    expect((await run(path('link'), ...DOCKER, '--out', 'new/deploy')).code).toBe(0);
    expect(read(root, 'real/new/deploy/Dockerfile')).toContain('FROM node:20');
  });

  it('overwrites nothing, and writes nothing when a file is in the way', async () => {
    const { root, path } = tree({ ...HELLO, 'kubernetes/hpa.yaml': 'mine', 'kubernetes/secret.yaml': 'mine too' });
    const { code, stderr } = await run(root, 'build', '--target', 'kubernetes');
    expect(code).toBe(1);
    expect(stderr).toContain('secret.yaml');
    expect(stderr).toContain('hpa.yaml exist already; nothing was written.');
    expect(stderr).toContain('--force');
    expect(existsSync(path('kubernetes/deployment.yaml'))).toBe(false);
    const forced = await run(root, 'build', '--target', 'kubernetes', '--force');
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain('~ kubernetes/hpa.yaml');
    expect(read(root, 'kubernetes/hpa.yaml')).toContain('HorizontalPodAutoscaler');
  });

  it('made twice it is the same', async () => {
    const { root } = tree(HELLO);
    await run(root, ...DOCKER);
    const first = read(root, 'Dockerfile');
    await run(root, ...DOCKER, '--force');
    expect(read(root, 'Dockerfile')).toBe(first);
  });

  it('names functions that --runtimes leaves out', async () => {
    const { root } = tree({ ...HELLO, 'functions/a.php': '<?php return fn() => 1;' });
    const { code, stdout } = await run(root, ...DOCKER, '--runtimes', 'python, node');
    expect(code).toBe(0);
    expect(stdout).toContain('Functions in php are not served by this image');
    expect(read(root, 'Dockerfile')).toContain('FN_RUNTIMES=python,node');
  });

  it.each<[string, Files, string, string[], string[]]>([
    [
      'Composer for a manifest above',
      { 'functions/a/x.php': '', 'functions/composer.json': {} },
      'Dockerfile',
      ['composer'],
      [],
    ],
    ['no Composer without one', { 'functions/a/x.php': '' }, 'Dockerfile', ['php-cli'], ['composer']],
    [
      'FastFN of the project',
      { ...HELLO, 'package.json': { dependencies: { fastfn: '1' } }, 'package-lock.json': {} },
      'Dockerfile',
      ['npm ci', '"node_modules/fastfn/bin/fastfn.js", "run"'],
      ['-g fastfn@'],
    ],
    [
      'FastFN of this version',
      HELLO,
      'Dockerfile',
      ['npm install -g fastfn@', 'CMD ["fastfn", "run", "functions", "--strict"]'],
      ['npm ci'],
    ],
    [
      'the folder of fastfn.json',
      { 'api/x.js': '', 'fastfn.json': { 'functions-dir': 'api' } },
      'Dockerfile',
      ['fastfn build api'],
      [],
    ],
    [
      'packs that are only installed',
      { ...HELLO, 'functions/.fastfn/packs/node/p/node_modules/x/index.js': '' },
      '.dockerignore',
      ['!functions/.fastfn/packs/node/p/node_modules'],
      [],
    ],
    [
      'packs that can be installed',
      {
        ...HELLO,
        'functions/.fastfn/packs/node/p/node_modules/x/index.js': '',
        'functions/.fastfn/packs/node/p/package.json': {},
      },
      '.dockerignore',
      ['!**/.fastfn/packs'],
      ['packs/node/p'],
    ],
  ])('knows of %s', async (_, files, file, has, lacks) => {
    const { root } = tree(files);
    expect(await run(root, ...DOCKER)).toMatchObject({ code: 0, stderr: '' });
    const text = read(root, file);
    for (const part of has) expect(text).toContain(part);
    for (const part of lacks) expect(text).not.toContain(part);
  });

  it.each<[string, string[], number, string]>([
    ['an unknown target', ['--target', 'heroku'], 2, 'There is no target "heroku".'],
    ['an empty target', ['--target', ''], 2, 'There is no target "".'],
    ['a name of every object', ['--target', 'constructor'], 2, 'There is no target "constructor".'],
    ['an unknown language', ['--target', 'docker', '--runtimes', 'node,perl'], 2, 'There is no runtime "perl".'],
    ['no language', ['--target', 'docker', '--runtimes', ','], 2, '--runtimes names none.'],
    ['a bad image', ['--target', 'docker', '--image', 'A B'], 2, '"A B" cannot be the name of an image.'],
    ['an option that needs a target', ['--image', 'x'], 2, '--image needs a --target.'],
    ['--force without a target', ['--force'], 2, '--force needs a --target.'],
    ['an unknown option', ['--tarmet', 'docker'], 2, 'Unknown option --tarmet.'],
    ['an output outside', ['--target', 'docker', '--out', '../elsewhere'], 1, 'is not inside the project'],
    ['functions outside', ['..', '--target', 'docker'], 1, 'is not inside the project'],
    ['a folder that is not there', ['nowhere', '--target', 'docker'], 1, 'nowhere'],
    ['an output that is a file', ['--target', 'docker', '--out', 'file'], 1, 'cannot be written'],
  ])('refuses %s', async (_, args, code, message) => {
    const { path } = tree({ 'p/functions/hello.js': '', 'p/file': 'x' });
    const outcome = await run(path('p'), 'build', ...args);
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(message) });
    expect(existsSync(path('p/Dockerfile'))).toBe(false);
  });

  it.each([
    ['{ "name": ', 'package.json cannot be read'],
    ['[]', 'package.json is not an object'],
  ])('refuses a package.json that is %s', async (text, message) => {
    const { root } = tree({ ...HELLO, 'package.json': text });
    expect(await run(root, ...DOCKER)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  });

  it('does not write through a folder of the name', async () => {
    const { root, path } = tree(HELLO);
    mkdirSync(path('Dockerfile'));
    const outcome = await run(root, ...DOCKER, '--force');
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('it is not a file') });
  });
});

describe('fastfn build', () => {
  it('says that all is ready', async () => {
    const { root } = tree({ ...HELLO, 'functions/b.lua': 'return { handler = function() return 1 end }' });
    expect(await run(root, 'build')).toEqual({ code: 0, stdout: '✓ 2 functions ready to be served.', stderr: '' });
  });

  it('fails for a function that cannot be prepared, and tells why', async () => {
    const { root } = tree({
      ...HELLO,
      'functions/x/index.js': 'export const handler = () => 1;',
      'functions/x/fn.config.json': { shared_deps: ['gone'] },
    });
    const { code, stderr } = await run(root, 'build');
    expect(code).toBe(1);
    expect(stderr).toContain('✗ node/x@default');
    expect(stderr).toContain('1 function ready; what is above keeps the others from being served.');
  });

  it('fails for an invalid configuration', async () => {
    const { root } = tree({ ...HELLO, 'functions/fn.config.json': '{ "timeout_ms": "soon" }' });
    const { code, stderr } = await run(root, 'build');
    expect(code).toBe(1);
    expect(stderr).toContain('timeout_ms');
  });
});

describe('what generated files say of the server', () => {
  it('probes are answered to a stranger, by name or address of a pod, whatever guards the admin API', async () => {
    const { root, path } = tree(HELLO);
    await run(root, 'build', '--target', 'kubernetes');
    await run(root, ...DOCKER);
    const [text, image] = [read(root, 'kubernetes/deployment.yaml'), read(root, 'Dockerfile')];
    const probes = [...text.matchAll(/path: (\S+)/g), ...image.matchAll(/8080(\/\S+?)'/g)].map(([, probe]) => probe!);
    expect(new Set(probes)).toEqual(new Set(['/_fn/live', '/_fn/ready']));

    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, FN_HOST_PORT: '0', FN_STATE_DIR: path('state'), FN_ADMIN_API_ENABLED: '0' };
    const server = createServer({ cwd: root, env, logger: { log() {}, output() {} } });
    onTestFinished(() => server.close({ now: true }));
    await server.start();
    for (const probe of probes) expect(await statusFor(`${server.url}${probe}`, '10.244.1.7:8080')).toBe(200);
  });
});

function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host, 'x-forwarded-for': '10.244.0.1' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    asked.on('error', reject).end();
  });
}
