import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter } from 'node:path';
import { type RuntimeAdapter, UsageError } from '@fastfn/core';
import { findPacks } from '@fastfn/dependencies';
import type { WorkerHost } from '@fastfn/protocol';
import { LuaHost } from './lua-host.js';
import { PACKS_VARIABLE } from './packs-variable.js';

export interface LuaRuntimeOptions {
  /** What handlers may see of the environment, beside their own values; default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** File of the thread's program; default: the one of this package. */
  readonly program?: URL;
}

/** A runtime without a daemon: its workers live in this process. */
export interface LuaRuntime extends RuntimeAdapter {
  /** For the pool's `inProcess`. */
  readonly host: WorkerHost;
}

/** Of the engine that is built in; wasmoon says it nowhere. */
const LUA_VERSION = '5.4';

// From src and from dist alike: both lie one level below the package.
const PROGRAM = new URL('../dist/engine/thread.js', import.meta.url);

/** Lua 5.4, inside this process: nothing to install, nothing to build. */
export function createLuaRuntime({ env = {}, program = PROGRAM }: LuaRuntimeOptions = {}): LuaRuntime {
  const wasmFile = createRequire(import.meta.url).resolve('wasmoon/dist/glue.wasm');
  return {
    runtime: 'lua',
    // Calls give way to each other where they sleep or stream.
    defaultConcurrency: 0,
    host: new LuaHost({ wasmFile, program, env }),
    async detect() {
      if (existsSync(wasmFile)) return { ok: true, path: wasmFile, version: LUA_VERSION };
      const hint = 'Install FastFN again: the package wasmoon is not complete.';
      return { ok: false, reason: `The Lua engine ${wasmFile} is missing.`, hint };
    },
    async prepare(fn) {
      const packs = findPacks(fn).map(({ folder }) => folder);
      const env: Record<string, string> = {};
      if (packs.length > 0) env[PACKS_VARIABLE] = packs.join(delimiter);
      return { entry: fn.entry, env, readPaths: packs };
    },
    daemonCommand() {
      throw new UsageError('runtime_unavailable', '"lua" has no daemon.', 'Lua runs inside the gateway.');
    },
  };
}
