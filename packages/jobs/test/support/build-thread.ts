import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { THREAD } from '../../thread-build.js';

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/**
 * Builds the thread's program from its sources, so that no test runs what an earlier build left.
 * @returns its file, and how to remove it
 */
export async function buildThread(): Promise<{ program: URL; remove(): void }> {
  const folder = mkdtempSync(join(MODULES, '.thread-'));
  const { entry, ...options } = THREAD;
  await build({
    ...options,
    entryPoints: entry,
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['libsql'],
  });
  return {
    program: pathToFileURL(join(folder, 'thread.js')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
