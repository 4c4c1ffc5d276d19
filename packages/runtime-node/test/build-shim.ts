import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { DAEMON, WORKER } from '../shim-build.js';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

/**
 * Builds the shim from its sources, so that no test runs what an earlier build left. Below our own `node_modules`,
 * where `oxc-transform` is found.
 * @returns the folder, and how to remove it
 */
export async function buildShim(): Promise<{ folder: string; remove(): void }> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'shim-'));
  for (const { entry, external, banner, extension, ...options } of [DAEMON, WORKER]) {
    await build({
      ...options,
      entryPoints: entry,
      external: [...external],
      banner: { js: banner },
      outExtension: { '.js': extension },
      outdir: folder,
      bundle: true,
      platform: 'node',
      mainFields: ['module', 'main'],
    });
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
