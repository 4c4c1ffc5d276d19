import type { Options } from '@fastfn/config';
import type { Runtime, RuntimeAdapter } from '@fastfn/core';
import type { WorkerHost } from '@fastfn/pool';
import { createGoRuntime } from '@fastfn/runtime-go';
import { createLuaRuntime, type LuaRuntime } from '@fastfn/runtime-lua';
import { createNodeRuntime } from '@fastfn/runtime-node';
import { createPhpRuntime } from '@fastfn/runtime-php';
import { createPythonRuntime } from '@fastfn/runtime-python';
import { createRustRuntime } from '@fastfn/runtime-rust';

export interface RuntimeBinaries {
  readonly python?: string;
  readonly node?: string;
  readonly npm?: string;
  readonly php?: string;
  readonly composer?: string;
  readonly cargo?: string;
  readonly go?: string;
}

/** What handlers may see of our own environment. */
type AmbientEnv = Readonly<Record<string, string>>;

/** How dependencies are installed. */
export interface InstallSettings {
  readonly autoDeps: Options['autoDeps'];
  /** Environment of the tools (npm, pip …), with proxies, registries and their tokens. */
  readonly environment: NodeJS.ProcessEnv;
}

type CreateRuntime = (binaries: RuntimeBinaries, env: AmbientEnv, install?: InstallSettings) => RuntimeAdapter;

/** Every language this version can run. A new language is one line here. */
const RUNTIME_LIST: Partial<Record<Runtime, CreateRuntime>> = {
  node: ({ node, npm }, _, install) =>
    createNodeRuntime({
      bin: node,
      npm,
      toolEnv: install?.environment,
      dependencies: install && switches(install, 'node', 'inferNode'),
    }),
  python: ({ python }, _, install) =>
    createPythonRuntime({
      bin: python,
      toolEnv: install?.environment,
      dependencies: install && switches(install, 'python', 'inferPython'),
    }),
  php: ({ php, composer }, _, install) =>
    createPhpRuntime({ bin: php, composer, toolEnv: install?.environment, install: install?.autoDeps.php }),
  lua: (_, env) => createLuaRuntime({ env }),
  rust: ({ cargo }, _, install) => createRustRuntime({ bin: cargo, toolEnv: install?.environment }),
  go: ({ go }, _, install) => createGoRuntime({ bin: go, toolEnv: install?.environment }),
};

/**
 * The adapters of the wanted runtimes, in the wanted order.
 * @param env of those that run inside this process; the others' comes from the pool
 * @param install default: everything may be installed
 */
export function createRuntimes(
  wanted: readonly Runtime[],
  binaries: RuntimeBinaries,
  env: AmbientEnv = {},
  install?: InstallSettings,
): RuntimeAdapter[] {
  return wanted.flatMap((runtime) => RUNTIME_LIST[runtime]?.(binaries, env, install) ?? []);
}

function switches({ autoDeps }: InstallSettings, install: 'python' | 'node', infer: 'inferPython' | 'inferNode') {
  const { inferWriteManifest: writeManifest, inferStrict: strict } = autoDeps;
  return { install: autoDeps[install], infer: autoDeps[infer], writeManifest, strict };
}

/** Of the given runtimes, what starts the workers of those that run inside this process. */
export function inProcessHosts(adapters: readonly RuntimeAdapter[]): Partial<Record<Runtime, WorkerHost>> {
  const hosts: Partial<Record<Runtime, WorkerHost>> = {};
  for (const adapter of adapters) if (isInProcess(adapter)) hosts[adapter.runtime] = adapter.host;
  return hosts;
}

/** Only those runtimes that run inside the process that asks. */
export function localRuntimes(
  wanted: readonly Runtime[],
  binaries: RuntimeBinaries,
  env: AmbientEnv,
): { adapters: RuntimeAdapter[]; inProcess: Partial<Record<Runtime, WorkerHost>> } {
  const adapters = createRuntimes(
    wanted.filter((runtime) => runtime === 'lua'),
    binaries,
    env,
  ).filter(isInProcess);
  return { adapters, inProcess: inProcessHosts(adapters) };
}

function isInProcess(adapter: RuntimeAdapter): adapter is LuaRuntime {
  return 'host' in adapter;
}
