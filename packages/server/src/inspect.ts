import { createConfigReader, type LoadOptionsInput, loadOptions } from '@fastfn/config';
import type { Runtime, SandboxStatus, ToolStatus } from '@fastfn/core';
import { DiscoveryCache } from '@fastfn/discovery';
import { ambientEnv, probeSandbox } from '@fastfn/pool';
import { createRuntimes, inProcessHosts } from './runtimes.js';
import { type AppSnapshot, takeSnapshot } from './snapshot.js';

/**
 * Discovers a folder as a server would, without starting anything.
 * @throws OptionsError
 */
export function inspectTree(input: Partial<LoadOptionsInput> = {}): AppSnapshot {
  const { options } = loadOptions({ command: 'routes', cwd: process.cwd(), flags: {}, env: process.env, ...input });
  return takeSnapshot({
    options,
    reader: createConfigReader({ root: options.root }),
    cache: new DiscoveryCache(),
    docsAsset: () => null,
  });
}

/** Which tools of the wanted runtimes are there. @throws OptionsError */
export async function detectTools(
  input: Partial<LoadOptionsInput> = {},
): Promise<Partial<Record<Runtime, ToolStatus>>> {
  const { options } = loadOptions({ command: 'doctor', cwd: process.cwd(), flags: {}, env: process.env, ...input });
  const adapters = createRuntimes(options.runtimes, options.runtimeBinaries);
  const found = await Promise.all(adapters.map(async (adapter) => [adapter.runtime, await adapter.detect()] as const));
  return Object.fromEntries(found);
}

/** What would confine the functions of these runtimes here; those that say nothing are left out. @throws OptionsError */
export async function detectSandboxes(
  runtimes: ReadonlySet<Runtime>,
  input: Partial<LoadOptionsInput> = {},
): Promise<Partial<Record<Runtime, SandboxStatus>>> {
  const loaded = loadOptions({ command: 'doctor', cwd: process.cwd(), flags: {}, env: process.env, ...input });
  const { options, environment } = loaded;
  const adapters = createRuntimes(options.runtimes, options.runtimeBinaries, ambientEnv(environment));
  const hosts = inProcessHosts(adapters);
  const found: Partial<Record<Runtime, SandboxStatus>> = {};
  // One after the other: each is a program that starts.
  for (const adapter of adapters) {
    const { runtime } = adapter;
    if (!runtimes.has(runtime)) continue;
    const status = await probeSandbox(adapter, hosts[runtime] ?? null, environment).catch(() => null);
    if (status !== null) found[runtime] = status;
  }
  for (const adapter of adapters) await adapter.close?.();
  return found;
}
