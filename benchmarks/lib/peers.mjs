import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTool, run } from './tools.mjs';
import { Unavailable } from './unavailable.mjs';

/**
 * Peers are installed when first wanted, at the exact versions of `peers/*`, into a folder that git ignores. They are no
 * dependencies of the workspace. Each function gives the folder, and does nothing when it is up to date.
 */

const SOURCES = fileURLToPath(new URL('../peers/', import.meta.url));

/** Fastify, Express, Hono, Bun and autocannon. @param {import('./context.mjs').Context} context */
export function installNpmPeers(context) {
  return install('npm', ['package.json'], context, (folder) => npmInstall(folder, context));
}

/** A production build. @param {import('./context.mjs').Context} context */
export function installNext(context) {
  return install('next', ['package.json', 'app/hello/route.js', 'next.config.mjs'], context, async (folder) => {
    await npmInstall(folder, context);
    context.log('building the Next.js app …');
    await run(process.execPath, ['node_modules/next/dist/bin/next', 'build'], {
      cwd: folder,
      env: { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
      signal: context.signal,
    });
  });
}

/** A virtual environment. @param {import('./context.mjs').Context} context */
export function installPythonPeers(context) {
  if (!findTool('python3')) throw new Unavailable('python3 is not installed');
  return install('python', ['requirements.txt'], context, async (folder) => {
    const { signal } = context;
    context.log('installing the Python peers …');
    await run('python3', ['-m', 'venv', '.'], { cwd: folder, signal });
    await run(join(folder, 'bin/pip'), ['install', '--quiet', '-r', 'requirements.txt'], { cwd: folder, signal });
  });
}

/** @param {import('./context.mjs').Context} context */
export function buildGoPeer(context) {
  if (!findTool('go')) throw new Unavailable('go is not installed');
  return install('go', ['main.go', 'go.mod'], context, async (folder) => {
    await run('go', ['build', '-o', 'server', '.'], { cwd: folder, signal: context.signal });
  });
}

/** @param {import('./context.mjs').Context} context */
export function buildAxumPeer(context) {
  if (!findTool('cargo')) throw new Unavailable('cargo is not installed');
  return install('axum', ['Cargo.toml', 'src/main.rs'], context, async (folder) => {
    context.log('building the axum server …');
    await run('cargo', ['build', '--release', '--quiet'], { cwd: folder, signal: context.signal });
  });
}

/**
 * Copies a peer's sources into place and runs its installation, once for each content of `keyFiles`.
 * @param {string} name
 * @param {readonly string[]} keyFiles
 * @param {import('./context.mjs').Context} context
 * @param {(folder: string) => Promise<void>} build
 */
async function install(name, keyFiles, context, build) {
  const source = join(SOURCES, name);
  const folder = join(context.settings.peers, name);
  const stamp = join(folder, '.installed');
  const key = keyFiles.map((file) => readFileSync(join(source, file), 'utf8')).join('\0');
  mkdirSync(folder, { recursive: true });
  cpSync(source, folder, { recursive: true });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return folder;
  await build(folder);
  writeFileSync(stamp, key);
  return folder;
}

/**
 * @param {string} folder
 * @param {import('./context.mjs').Context} context
 */
async function npmInstall(folder, context) {
  context.log(`installing ${folder} …`);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  await run('npm', args, { cwd: folder, env: { NODE_ENV: 'development' }, signal: context.signal });
}
