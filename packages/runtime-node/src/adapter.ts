import { fileURLToPath } from 'node:url';
import type { RuntimeAdapter } from '@fastfn/core';
import { detectNode } from './detect.js';

// From src and from dist alike: both lie one level below the package.
const DAEMON = fileURLToPath(new URL('../dist/shim/daemon.js', import.meta.url));

export interface NodeRuntimeOptions {
  /** Node executable (`runtime-binaries`, `FN_NODE_BIN`); default: the one this process runs on. */
  readonly bin?: string;
  /** Environment of the daemon, already reduced to what functions may see. Default: nothing added to the pool's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The host half of Node and TypeScript: finds Node, says how to start the daemon. */
export function createNodeRuntime({ bin = process.execPath, env = {} }: NodeRuntimeOptions = {}): RuntimeAdapter {
  return {
    runtime: 'node',
    defaultConcurrency: 0,
    detect: () => detectNode(bin),
    daemonCommand: ({ socket }) => ({ command: bin, args: [DAEMON, '--socket', socket], env }),
  };
}
