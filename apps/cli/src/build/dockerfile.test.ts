import { ENV_NAMES, parseEnv } from '@fastfn/config';
import type { Runtime } from '@fastfn/core';
import { describe, expect, it } from 'vitest';
import { CONTAINER } from './container.js';
import { dockerfile } from './dockerfile.js';
import { dockerignore } from './dockerignore.js';
import { installPlan } from './install-plan.js';
import type { Project } from './project.js';

const OWN = { manifest: { dependencies: { fastfn: '1' } }, files: new Set(['package-lock.json']) };

function project(over: Partial<Project> = {}): Project {
  return {
    name: 'shop',
    image: 'shop:1',
    functions: 'functions',
    runtimes: ['node'],
    restrictTo: null,
    composer: false,
    keptPackages: [],
    install: installPlan(OWN, '9.9.9'),
    ...over,
  };
}

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Comments away, continued lines joined. */
function instructions(text: string): Instruction[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`No instruction: ${line}`);
      return { name, rest: rest! };
    });
}

const KNOWN = 'FROM RUN COPY ENV USER WORKDIR VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD'.split(' ');

/** What a linter of Dockerfiles would complain about, as far as it concerns these. */
function complaints(text: string): string[] {
  const all = instructions(text);
  const found: string[] = [];
  const position = (name: string) => all.findIndex((one) => one.name === name);
  if (all[0]?.name !== 'FROM') found.push('does not begin with FROM');
  for (const { name, rest } of all) {
    if (!KNOWN.includes(name)) found.push(`${name} is not expected`);
    const image = name === 'FROM' ? rest : /^--from=(\S+)/.exec(rest)?.[1];
    if (image !== undefined && (!/:\w/.test(image) || image.endsWith(':latest'))) found.push(`${image} is not pinned`);
    if (name === 'RUN' && rest.includes('apt-get install')) {
      if (!rest.includes('--no-install-recommends')) found.push('installs recommended packages');
      if (!rest.includes('rm -rf /var/lib/apt/lists/*')) found.push('keeps lists of packages');
      if (!rest.includes('apt-get update')) found.push('installs without an update');
    }
    if (['CMD', 'ENTRYPOINT'].includes(name)) JSON.parse(rest);
    if (name === 'HEALTHCHECK') JSON.parse(/CMD (.*)$/.exec(rest)![1]!);
    if (name === 'WORKDIR' && !rest.startsWith('/')) found.push('WORKDIR is relative');
  }
  for (const name of ['USER', 'WORKDIR', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD']) {
    if (all.filter((one) => one.name === name).length !== 1) found.push(`not exactly one ${name}`);
  }
  const user = position('USER');
  if (all[user]?.rest === 'root') found.push('runs as root');
  all.forEach(({ name, rest }, i) => {
    const asRoot = i < user;
    if (asRoot && name === 'COPY' && !rest.startsWith('--from=')) found.push('files of the project belong to root');
    if (asRoot && name === 'RUN' && rest.includes(' build ')) found.push('builds as root');
    if (!asRoot && name === 'COPY' && !rest.startsWith('--chown=node:node '))
      found.push(`COPY ${rest} without an owner`);
    if (!asRoot && /apt-get|npm install -g/.test(rest)) found.push('installs for all without being root');
  });
  return found;
}

function environment(text: string): Record<string, string> {
  const words = instructions(text)
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => rest.split(' '));
  return Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2)));
}

const PROJECTS: [string, Partial<Project>][] = [
  ['one language', {}],
  ['no function yet', { runtimes: [] }],
  ['all languages', { runtimes: ['go', 'lua', 'node', 'php', 'python', 'rust'], composer: true }],
  ['a FastFN for all', { install: installPlan({ manifest: null, files: new Set() }, '9.9.9') }],
  [
    'installation that needs sources',
    { install: installPlan({ manifest: { workspaces: [] }, files: new Set() }, '1.0.0') },
  ],
  ['the project as root', { functions: '.' }],
  ['a folder with blanks', { functions: "my 'own' $functions" }],
  ['restricted', { restrictTo: ['node', 'python'] }],
];

describe('Dockerfile', () => {
  it.each(PROJECTS)('is without complaints: %s', (_, over) => {
    expect(complaints(dockerfile(project(over)))).toEqual([]);
  });

  it('the checks complain about what is wrong', () => {
    const wrong = 'FROM node\nRUN apt-get install x\nCOPY . .\nUSER root\nWORKDIR app\nADD x y\n';
    expect(complaints(wrong)).toEqual(
      expect.arrayContaining(['node is not pinned', 'runs as root', 'WORKDIR is relative', 'ADD is not expected']),
    );
  });

  const TOOLS: [Runtime[], boolean, string[], string[]][] = [
    [['node'], false, [], ['python3', 'php-cli', 'golang:', 'rust:', 'composer', 'gcc']],
    [['lua'], false, [], ['python3', 'php-cli', 'golang:', 'rust:', 'composer', 'gcc']],
    [['python'], false, ['python3', 'python3-pip'], ['php-cli', 'golang:', 'rust:']],
    [['php'], false, ['php-cli'], ['composer', 'python3']],
    [['php'], true, ['php-cli', 'composer', 'unzip'], ['python3']],
    [['go'], false, ['golang:', '/usr/local/go/bin'], ['rust:', 'gcc']],
    [['rust'], false, ['rust:', 'gcc', 'libc6-dev', 'RUSTUP_HOME=', '/usr/local/cargo/bin'], ['golang:']],
  ];
  it.each(TOOLS)('for %j (composer %s) has %j and not %j', (runtimes, composer, has, lacks) => {
    const text = dockerfile(project({ runtimes, composer })).replace(/^#.*$/gm, '');
    for (const tool of has) expect(text).toContain(tool);
    for (const tool of lacks) expect(text).not.toContain(tool);
  });

  it.each(PROJECTS)('sets variables that the server takes: %s', (_, over) => {
    const env = environment(dockerfile(project(over)));
    expect(parseEnv(env).problems).toEqual([]);
    expect(Object.keys(env).filter((name) => name.startsWith('FN_') && !ENV_NAMES.includes(name as never))).toEqual([]);
    expect(env).toMatchObject({
      FN_HOST: '0.0.0.0',
      FN_HOST_PORT: String(CONTAINER.port),
      FN_STATE_DIR: CONTAINER.stateDir,
    });
  });

  it('opens the port that the server listens on, and keeps its state folder', () => {
    const all = instructions(dockerfile(project()));
    expect(all).toContainEqual({ name: 'EXPOSE', rest: '8080' });
    expect(all).toContainEqual({ name: 'VOLUME', rest: '/data' });
    expect(all.find(({ name }) => name === 'HEALTHCHECK')!.rest).toContain('http://127.0.0.1:8080/_fn/live');
  });

  it('names the folder as one word', () => {
    const all = instructions(dockerfile(project({ functions: "a 'b'" })));
    expect(all).toContainEqual({ name: 'RUN', rest: `node node_modules/fastfn/bin/fastfn.js build 'a '\\''b'\\'''` });
    expect(JSON.parse(all.find(({ name }) => name === 'CMD')!.rest)).toContain("a 'b'");
  });

  it('restricts the languages only when told to', () => {
    expect(environment(dockerfile(project()))).not.toHaveProperty('FN_RUNTIMES');
    expect(environment(dockerfile(project({ restrictTo: ['python', 'lua'] })))).toHaveProperty(
      'FN_RUNTIMES',
      'python,lua',
    );
  });
});

describe('.dockerignore', () => {
  const lines = (over: Partial<Project> = {}) => dockerignore(project(over)).split('\n');

  it('keeps secrets, state and installed packages out', () => {
    expect(lines()).toEqual(
      expect.arrayContaining(['**/.env', '**/.env.*', '**/node_modules', '**/.deps', '**/.fastfn/*', '.git']),
    );
  });

  it('keeps packs, and packages that nothing could install again', () => {
    const pack = 'functions/.fastfn/packs/node/tools/node_modules';
    const all = lines({ keptPackages: [pack] });
    expect(all.indexOf('!**/.fastfn/packs')).toBeGreaterThan(all.indexOf('**/.fastfn/*'));
    expect(all.indexOf(`!${pack}`)).toBeGreaterThan(all.indexOf('**/node_modules'));
  });

  it('leaves out what may be a function only where it cannot be one', () => {
    expect(lines()).toContain('kubernetes');
    expect(lines({ functions: '.' })).not.toContain('kubernetes');
    expect(lines()).not.toContain('**/target');
    expect(lines({ runtimes: ['rust'] })).toContain('**/target');
  });
});
