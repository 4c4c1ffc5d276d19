import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FastFnError, type FunctionSpec } from '@fastfn/core';
import { run } from './run.js';
import type { Toolchain } from './toolchain.js';

const INSPECT_TIMEOUT_MS = 20_000;

/** What `fastfn-go inspect` answers: which files make the program of a handler. */
export interface Plan {
  readonly problem: PlanProblem | null;
  readonly outputs: readonly PlannedFile[];
  /** Files of the user's that it read; a change of one may change the program. */
  readonly files: readonly string[];
  readonly has_module: boolean;
  readonly uses_cgo: boolean;
}

export interface PlanProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly source: string;
}

export interface PlannedFile {
  /** Below the folder of the build. */
  readonly path: string;
  readonly text: string;
  /** Copied in place of `text`. */
  readonly copy?: string;
}

/** Looks at a handler. @throws FastFnError `build_failed` when that itself did not work */
export async function makePlan(fn: FunctionSpec, toolchain: Toolchain, signal: AbortSignal): Promise<Plan> {
  const input = JSON.stringify({
    entry: fn.entry,
    root: fn.root,
    handler: fn.handler ?? '',
    shim: toolchain.shim,
    go_version: toolchain.version,
  });
  const options = { env: toolchain.env, input, signal, timeoutMs: INSPECT_TIMEOUT_MS };
  const { code, stdout, stderr, spawnError } = await run(toolchain.tool, ['inspect'], options);
  if (code === 0) {
    const plan = JSON.parse(stdout) as Plan;
    return { ...plan, outputs: plan.outputs ?? [], files: plan.files ?? [] };
  }
  throw new FastFnError('build_failed', `${fn.name} cannot be looked at: ${spawnError ?? stderr.trim()}`);
}

/** The same for two plans exactly when they give the same program. */
export async function planKey(plan: Plan, toolchain: Toolchain): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([toolchain.key, plan.outputs, plan.uses_cgo]));
  // Sources are in the outputs already; what is copied, and modules in other folders, are not.
  for (const file of plan.files) {
    hash.update(file);
    hash.update(await readFile(file).catch(() => ''));
  }
  return hash.digest('hex').slice(0, 32);
}
