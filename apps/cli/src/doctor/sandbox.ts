import type { Options } from '@fastfn/config';
import type { Runtime, SandboxStatus } from '@fastfn/core';
import { type AppSnapshot, detectSandboxes } from '@fastfn/server';
import { type Check, ok, warn } from './check.js';

const GUIDE = 'docs/guide/sandbox.md tells what each level stops.';

/** For each language that the folder uses: what enforces `strict_fs` here. */
export async function sandboxChecks(
  { policyDefaults }: Pick<Options, 'policyDefaults'>,
  snapshot: AppSnapshot | null,
  input: { dir?: string; configFile?: string },
): Promise<Check[]> {
  const strict = snapshot?.manifest.functions.filter((fn) => fn.policy.strictFs) ?? [];
  const levels = await detectSandboxes(new Set(strict.map((fn) => fn.runtime)), input);
  const checks = Object.entries(levels).map(([runtime, status]) => sandboxCheck(runtime as Runtime, status));
  if (!policyDefaults.strictFs)
    checks.push(warn('sandbox', 'strict_fs is off for every function that does not ask for it', 'Unset FN_STRICT_FS.'));
  return checks;
}

export function sandboxCheck(runtime: Runtime, { level, missing }: SandboxStatus): Check {
  const id = `sandbox_${runtime}`;
  if (level === 'kernel' && missing.length === 0) return ok(id, `${runtime}: strict_fs is enforced by the kernel`);
  const why = missing.join(' ');
  if (level === 'kernel')
    return warn(id, `${runtime}: strict_fs is enforced by the kernel, in part`, `${why} ${GUIDE}`);
  // Lua has nothing better, and needs nothing better: its engine cannot reach the system.
  if (runtime === 'lua') return ok(id, 'lua: strict_fs is enforced by its engine');
  if (level === 'off') {
    const reach = 'Its functions reach all files that the user of the server does.';
    return warn(id, `${runtime}: strict_fs cannot be enforced here`, `${reach} ${why} ${GUIDE}`);
  }
  return warn(id, `${runtime}: strict_fs is enforced by the language's own library only`, `${why} ${GUIDE}`.trim());
}
