import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionSpec } from '@fastfn/core';
import type { StartSpec } from '@fastfn/protocol';
import { type Daemon, daemonStarter, startSpec } from '@fastfn/runtime-testing';
import { beforeAll } from 'vitest';
import { createRustRuntime } from '../src/index.js';

export { call, type Daemon, invokeMessage, startWorker, tree } from '@fastfn/runtime-testing';

const CARGO = process.env.FN_CARGO_BIN ?? 'cargo';

/** Kept between runs, so that dependencies are compiled once. */
export const CACHE = fileURLToPath(new URL('../node_modules/.cache/fastfn-rust', import.meta.url));

export const runtime = createRustRuntime({ bin: CARGO, cacheDir: CACHE });

/** What discovery would make of a handler file. */
export function functionSpec(entry: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  const folder = dirname(entry);
  return {
    name: 'hello',
    root: folder,
    folder,
    ownFolder: folder,
    entry,
    handler: null,
    adapter: null,
    sharedDeps: [],
    ...over,
  } as FunctionSpec;
}

/** Builds a handler; the path of its binary. */
export async function build(entry: string, over: Partial<FunctionSpec> = {}): Promise<string> {
  await runtime.detect();
  const fn = functionSpec(entry, over);
  return (await runtime.prepare!(fn, { signal: new AbortController().signal, progress() {} })).entry;
}

// On a new machine the first build compiles the dependencies, which takes longer than a test may.
beforeAll(async () => {
  const folder = join(CACHE, 'warm-up');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'handler.rs'), 'pub fn handler() {}\n');
  await build(join(folder, 'handler.rs'));
}, 240_000);

export const { startDaemon, makeDaemon } = daemonStarter(async (socket) => {
  await runtime.detect();
  return runtime.daemonCommand({ socket });
});

/** @param folder of the handler that the binary was built from. */
export function specFor(daemon: Daemon, entry: string, folder: string, over: Partial<StartSpec> = {}): StartSpec {
  return startSpec('rust', daemon, entry, { folder, root: folder, own_folder: folder, ...over });
}
