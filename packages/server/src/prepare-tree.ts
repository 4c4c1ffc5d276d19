import { type LoadOptionsInput, loadOptions } from '@fastfn/config';
import { type Diagnostic, FastFnError, type FunctionSpec, type Runtime, type RuntimeAdapter } from '@fastfn/core';
import type { PoolEvent } from '@fastfn/pool';
import { inspectTree } from './inspect.js';
import { createRuntimes } from './runtimes.js';

export interface PrepareTreeInput extends Partial<Omit<LoadOptionsInput, 'command'>> {
  /** Preparations as they begin, go on and end. */
  readonly onEvent?: (event: PoolEvent) => void;
}

/** Why a function, or all of a language, cannot be served as it is. */
export interface PrepareFailure {
  /** Functions that it concerns, by key. */
  readonly functions: readonly string[];
  readonly message: string;
  /** Last lines of the tool that failed, or what to do. */
  readonly detail: string | null;
}

export interface PrepareReport {
  /** Functions that are ready to start. */
  readonly prepared: number;
  readonly failures: readonly PrepareFailure[];
  /** Of discovery and routing. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Installs dependencies and compiles what must be compiled, as a server would, without starting one: what an image does
 * when it is built. All functions are tried; what fails is in the report.
 * @throws OptionsError
 */
export async function prepareTree({ onEvent = () => {}, ...input }: PrepareTreeInput = {}): Promise<PrepareReport> {
  const place = { cwd: process.cwd(), flags: {}, env: process.env, ...input };
  const { options, environment } = loadOptions({ ...place, command: 'run' });
  const { manifest, diagnostics } = inspectTree(place);
  const used = new Set(manifest.functions.map(({ runtime }) => runtime));
  const adapters = createRuntimes(
    options.runtimes.filter((runtime) => used.has(runtime)),
    options.runtimeBinaries,
    {},
    { autoDeps: options.autoDeps, environment },
  );
  try {
    const outcomes = await Promise.all(
      adapters.map((adapter) => prepareAll(adapter, functionsOf(adapter.runtime, manifest.functions), onEvent)),
    );
    const failures = outcomes.flat();
    const failed = new Set(failures.flatMap(({ functions }) => functions));
    return { prepared: manifest.functions.length - failed.size, failures, diagnostics };
  } finally {
    for (const adapter of adapters) await adapter.close?.();
  }
}

function functionsOf(runtime: Runtime, functions: readonly FunctionSpec[]): FunctionSpec[] {
  return functions.filter((fn) => fn.runtime === runtime);
}

async function prepareAll(
  adapter: RuntimeAdapter,
  functions: readonly FunctionSpec[],
  emit: (event: PoolEvent) => void,
): Promise<PrepareFailure[]> {
  const tool = await adapter.detect();
  if (!tool.ok) return [{ functions: functions.map(({ key }) => key), message: tool.reason, detail: tool.hint }];
  const failures: PrepareFailure[] = [];
  const prepare = async (fn: FunctionSpec): Promise<void> => {
    const failure = await prepareOne(adapter, fn, emit);
    if (failure !== null) failures.push(failure);
  };
  // Who gathers sees to folders and processors by itself; the others take one at a time.
  if (adapter.gathersPreparations) await Promise.all(functions.map(prepare));
  else for (const fn of functions) await prepare(fn);
  return merged(failures);
}

async function prepareOne(
  adapter: RuntimeAdapter,
  fn: FunctionSpec,
  emit: (event: PoolEvent) => void,
): Promise<PrepareFailure | null> {
  const { key } = fn;
  const began = performance.now();
  emit({ type: 'prepare_started', key });
  try {
    await adapter.prepare?.(fn, {
      signal: new AbortController().signal,
      progress: (line) => emit({ type: 'prepare_progress', key, line }),
    });
    emit({ type: 'prepare_finished', key, durationMs: performance.now() - began });
    return null;
  } catch (cause) {
    const error =
      cause instanceof FastFnError ? cause : new FastFnError('internal_error', (cause as Error).message, { cause });
    emit({ type: 'prepare_failed', key, error });
    return { functions: [key], message: error.message, detail: outputOf(error) };
  }
}

/** Last lines of an installer, or of a compiler. */
function outputOf({ details, debug }: FastFnError): string | null {
  const lines = details?.output;
  return Array.isArray(lines) ? lines.join('\n') : (debug?.stack ?? null);
}

/** Functions that share a folder fail for the same reason: it is told once. */
function merged(failures: readonly PrepareFailure[]): PrepareFailure[] {
  const byReason = new Map<string, PrepareFailure>();
  for (const failure of failures) {
    const reason = `${failure.message}\n${failure.detail}`;
    const known = byReason.get(reason);
    byReason.set(reason, known ? { ...known, functions: [...known.functions, ...failure.functions] } : failure);
  }
  return [...byReason.values()];
}
