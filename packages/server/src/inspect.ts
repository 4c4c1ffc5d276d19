import { createConfigReader, type LoadOptionsInput, loadOptions } from '@fastfn/config';
import type { Runtime, ToolStatus } from '@fastfn/core';
import { DiscoveryCache } from '@fastfn/discovery';
import { createRuntimes } from './runtimes.js';
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
