import { fileURLToPath } from 'node:url';
import type { RuntimeAdapter } from '@fastfn/core';
import { codePaths } from './code-paths.js';
import { type DependencySwitches, NodeDependencies } from './dependencies/node-dependencies.js';
import { detectNode } from './detect.js';

// From src and from dist alike: both lie one level below the package.
const DAEMON = fileURLToPath(new URL('../dist/shim/daemon.js', import.meta.url));

export interface NodeRuntimeOptions {
  /** Node executable (`runtime-binaries`, `FN_NODE_BIN`); default: the one this process runs on. */
  readonly bin?: string;
  /** Environment of the daemon, already reduced to what functions may see. Default: nothing added to the pool's. */
  readonly env?: Readonly<Record<string, string>>;
  /** npm executable (`runtime-binaries`, `FN_NPM_BIN`); default: the one beside Node, else on PATH. */
  readonly npm?: string;
  /** Environment of npm, where what begins with `FN_` is left out; default: our own. */
  readonly toolEnv?: NodeJS.ProcessEnv;
  /** What may be installed by itself; default: everything. */
  readonly dependencies?: Partial<DependencySwitches>;
  /** Time limit of an installation, ms; default 180 s. */
  readonly installTimeoutMs?: number;
}

/** The host half of Node and TypeScript: finds Node, installs dependencies, says how to start the daemon. */
export function createNodeRuntime(options: NodeRuntimeOptions = {}): RuntimeAdapter {
  const { bin = process.execPath, env = {}, npm, toolEnv = process.env, installTimeoutMs: timeoutMs } = options;
  const switches = { install: true, infer: true, writeManifest: true, strict: true, ...options.dependencies };
  let dependencies: NodeDependencies | null = null;

  async function detect() {
    const status = await detectNode(bin);
    if (status.ok) {
      const { path: node, version } = status;
      dependencies ??= new NodeDependencies({ node, version, npm, switches, env: withoutOurs(toolEnv), timeoutMs });
    }
    return status;
  }

  return {
    runtime: 'node',
    defaultConcurrency: 0,
    detect,
    codePaths,
    daemonCommand: ({ socket }) => ({ command: bin, args: [DAEMON, '--socket', socket], env }),
    // What has nothing to install must not wait for what has.
    gathersPreparations: true,
    async prepare(fn, prepareOptions) {
      if (dependencies === null) await detect();
      if (dependencies === null) return { entry: fn.entry, env: {}, readPaths: [] };
      return dependencies.prepare(fn, prepareOptions);
    },
    async close() {
      await dependencies?.close();
    },
  };
}

/** The user's own settings of npm, proxies and certificates; nothing of ours, tokens above all. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FN_')));
}
