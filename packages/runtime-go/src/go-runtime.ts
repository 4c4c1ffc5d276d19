import { FastFnError, type FunctionSpec, type RuntimeAdapter, type ToolStatus } from '@fastfn/core';
import { Builder } from './build.js';
import { CacheFolder, defaultCachePath } from './cache-folder.js';
import { findGo } from './find-go.js';
import { makeToolchain, type Toolchain } from './toolchain.js';

export interface GoRuntimeOptions {
  /** Path or name of the `go` command (`FN_GO_BIN`); default: `go` on PATH, then where installers put it. */
  readonly bin?: string;
  /** Environment of builds and daemon, over the one they get anyway; also decides, with its PATH, which `go` is found. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment of builds, where what begins with `FN_` is left out; default: our own. */
  readonly toolEnv?: NodeJS.ProcessEnv;
  /** Where builds are kept over restarts; default: `fastfn/go` in the user's cache folder. */
  readonly cacheDir?: string;
}

/** The host half of Go: finds the tool, compiles handlers, says how to start the daemon. */
export function createGoRuntime(options: GoRuntimeOptions = {}): RuntimeAdapter {
  const { bin, env = {}, toolEnv = process.env, cacheDir } = options;
  const processEnv = { ...toolEnv, ...env };
  let toolchain: Toolchain | null = null;
  let builder: Builder | null = null;

  async function detect(): Promise<ToolStatus> {
    const status = await findGo(bin, processEnv);
    if (!status.ok) return status;
    try {
      const cache = new CacheFolder(cacheDir ?? defaultCachePath(processEnv));
      const made = await makeToolchain(status.path, status.version, processEnv, cache);
      if (!made.ok) {
        return { ok: false, reason: made.reason, hint: 'Repair the Go installation, or set FN_GO_BIN to another.' };
      }
      toolchain = made.toolchain;
      builder ??= new Builder(toolchain, cache);
      void cache.prune();
      return status;
    } catch (error) {
      return {
        ok: false,
        reason: `The cache folder for Go builds cannot be used: ${(error as Error).message}.`,
        hint: 'Set XDG_CACHE_HOME to a folder that can be written to.',
      };
    }
  }

  return {
    runtime: 'go',
    defaultConcurrency: 0,
    detect,
    daemonCommand({ socket }) {
      return { command: toolchain?.tool ?? 'fastfn-go', args: ['--socket', socket], env };
    },
    async prepare(fn, prepareOptions) {
      if (builder === null) await detect();
      if (builder === null) throw new FastFnError('runtime_unavailable', 'Go is not available.');
      checkPacks(fn);
      return builder.prepare(fn, prepareOptions);
    },
    async close() {
      await builder?.close();
    },
  };
}

/** Packages are compiled into the handler: there is no folder of them to share at run time. */
function checkPacks({ sharedDeps, name }: FunctionSpec): void {
  if (sharedDeps.length === 0) return;
  const message =
    `\`shared_deps\` of ${name} names packs, which Go does not have: remove it, and name modules in a go.mod beside the handler; ` +
    'a `replace` may lead to a folder that several handlers share.';
  throw new FastFnError('invalid_config', message);
}
