import { dirname } from 'node:path';
import { type FunctionSpec, functionKey, type RuntimeAdapter, resolveDocs, resolvePolicy } from '@fastfn/core';
import type { StartSpec } from '@fastfn/protocol';
import { type Daemon, daemonStarter, startSpec } from '@fastfn/runtime-testing';
import { createGoRuntime } from '../src/index.js';

export {
  answerOf,
  call,
  type Daemon,
  invokeMessage,
  isTerminal,
  open,
  startWorker,
  tree,
  type Worker,
} from '@fastfn/runtime-testing';

/** The adapter under test, ready to build; its tool is compiled once per machine. */
export async function readyRuntime(): Promise<RuntimeAdapter> {
  const runtime = createGoRuntime({ bin: process.env.FN_GO_BIN });
  const status = await runtime.detect();
  if (!status.ok) throw new Error(`${status.reason} ${status.hint}`);
  return runtime;
}

/** The function of a handler file, as discovery would describe it. */
export function functionOf(entry: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  const folder = dirname(entry);
  return {
    key: functionKey('go', entry, 'default'),
    runtime: 'go',
    name: 'hello',
    version: 'default',
    aliases: [],
    group: null,
    root: folder,
    folder,
    ownFolder: folder,
    entry,
    handler: null,
    adapter: null,
    sharedDeps: [],
    policy: resolvePolicy({}),
    docs: resolveDocs({}),
    env: {},
    secretKeys: [],
    secretNames: [],
    configError: null,
    ...over,
  };
}

export const { startDaemon, makeDaemon } = daemonStarter(async (socket) =>
  (await readyRuntime()).daemonCommand({ socket }),
);

export function specFor(daemon: Daemon, entry: string, over?: Partial<StartSpec>): StartSpec {
  return startSpec('go', daemon, entry, over);
}
