import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CacheFolder } from './cache-folder.js';
import { buildEnv, buildFlags } from './go-command.js';
import { run } from './run.js';

const SHIM = fileURLToPath(new URL('../shim', import.meta.url));

/** A cold build cache has all of Go's library to compile. */
const TOOL_BUILD_TIMEOUT_MS = 300_000;

export interface Toolchain {
  /** The `go` command, and its version. */
  readonly go: string;
  readonly version: string;
  /** Folder of the shim's sources, for `replace` in go.mod. */
  readonly shim: string;
  /** Our own program: daemon, and inspection of handlers. */
  readonly tool: string;
  /** Changes when anything above does. */
  readonly key: string;
  readonly env: NodeJS.ProcessEnv;
}

export type ToolchainResult =
  | { readonly ok: true; readonly toolchain: Toolchain }
  | { readonly ok: false; readonly reason: string };

/**
 * Compiles our own program with the user's Go, once per version of both. The sources are copied into the cache: a package
 * manager's folders may be read-only, and may be gone tomorrow.
 */
export async function makeToolchain(
  go: string,
  version: string,
  processEnv: NodeJS.ProcessEnv,
  cache: CacheFolder,
): Promise<ToolchainResult> {
  const env = buildEnv(processEnv, cache);
  const sources = shimSources();
  const hash = createHash('sha256').update(
    JSON.stringify([sources, version, process.platform, process.arch, env.CGO_ENABLED]),
  );
  const key = hash.digest('hex').slice(0, 24);
  const shim = cache.in('shim', key);
  const tool = cache.in('tool', key, 'fastfn-go');
  const toolchain: Toolchain = { go, version, shim, tool, key, env };
  if ((await cache.has(shim)) && (await cache.has(tool))) return { ok: true, toolchain };
  const work = cache.work();
  try {
    await cache.write(join(work, 'shim'), sources);
    // Beside the program itself, what every function needs is compiled: their own builds then find it.
    const args = [
      'build',
      ...buildFlags,
      '-mod=readonly',
      '-o',
      `${join(work, 'tool')}/`,
      './cmd/fastfn-go',
      './run',
      './fmt',
    ];
    const options = { env, cwd: join(work, 'shim'), timeoutMs: TOOL_BUILD_TIMEOUT_MS };
    const { code, stderr, timedOut, spawnError } = await run(go, args, options);
    if (code !== 0) {
      const why = timedOut ? 'it took too long' : (spawnError ?? stderr.trim().split('\n').slice(-3).join(' | '));
      return { ok: false, reason: `${go} (Go ${version}) cannot compile FastFN's own program: ${why}.` };
    }
    await cache.publish(join(work, 'shim'), shim);
    await cache.publish(join(work, 'tool'), cache.in('tool', key));
    return { ok: true, toolchain };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function shimSources(): { path: string; text: string }[] {
  return readdirSync(SHIM, { recursive: true, encoding: 'utf8' })
    .filter((path) => /((^|\/)go\.mod|\.go|\.s)$/.test(path) && !path.endsWith('_test.go'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(SHIM, path), 'utf8') }));
}
