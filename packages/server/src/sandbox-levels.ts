import type { PoolStatus, Runtime } from '@fastfn/core';

/** For `/_fn/health`: the level of each language that runs something. */
export function sandboxLevels({ runtimes }: PoolStatus): Partial<Record<Runtime, string>> {
  const levels: Partial<Record<Runtime, string>> = {};
  for (const [runtime, { sandbox }] of Object.entries(runtimes))
    if (sandbox) levels[runtime as Runtime] = sandbox.level;
  return levels;
}
