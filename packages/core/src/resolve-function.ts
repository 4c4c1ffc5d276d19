import type { FunctionConfig } from './function-config.js';
import type { FunctionDocs, FunctionPolicy } from './function-spec.js';

/** `FN_DEFAULT_*` and the project's own defaults. */
export interface PolicyDefaults {
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  readonly maxBodyBytes: number;
  readonly strictFs: boolean;
}

/** SPEC §4. */
export const POLICY_DEFAULTS: PolicyDefaults = {
  timeoutMs: 30_000,
  maxConcurrency: 0,
  maxBodyBytes: 1_048_576,
  strictFs: true,
};

const DEFAULT_IDLE_TTL_MS = 300_000;

/**
 * Merges config layers key by key (one level into `invoke`, `worker_pool`, `keep_warm`; whole values else).
 * @param layers nearest first: version's, function's, nearest overlay … root overlay.
 */
export function mergeFunctionConfig(layers: readonly FunctionConfig[]): FunctionConfig {
  const merged: FunctionConfig = {};
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i]!;
    const { invoke, workerPool, keepWarm } = merged;
    Object.assign(merged, layer);
    if (invoke && layer.invoke) merged.invoke = { ...invoke, ...layer.invoke };
    if (workerPool && layer.workerPool) merged.workerPool = { ...workerPool, ...layer.workerPool };
    if (keepWarm && layer.keepWarm) merged.keepWarm = { ...keepWarm, ...layer.keepWarm };
  }
  return merged;
}

/** The limits of a function from its merged config. SPEC §4 table. */
export function resolvePolicy(config: FunctionConfig, defaults: PolicyDefaults = POLICY_DEFAULTS): FunctionPolicy {
  return {
    timeoutMs: config.timeoutMs ?? defaults.timeoutMs,
    maxConcurrency: config.maxConcurrency ?? defaults.maxConcurrency,
    maxBodyBytes: config.maxBodyBytes ?? defaults.maxBodyBytes,
    maxResponseBytes: config.maxResponseBytes ?? 0,
    memoryMb: config.memoryMb ?? 0,
    debugHeaders: config.debugHeaders ?? false,
    strictFs: config.strictFs ?? defaults.strictFs,
    cors: config.cors || null,
    workerPool: {
      enabled: true,
      maxWorkers: 0,
      minWarm: 0,
      maxQueue: 0,
      queueTimeoutMs: 0,
      queuePollMs: 0,
      idleTtlMs: DEFAULT_IDLE_TTL_MS,
      overflowStatus: 429,
      ...config.workerPool,
    },
    keepWarm: {
      enabled: false,
      minWarm: 1,
      pingEveryMs: 45_000,
      idleTtlMs: DEFAULT_IDLE_TTL_MS,
      ...config.keepWarm,
    },
    schedule: config.schedule ?? null,
    edge: config.edge ?? null,
    async: config.invoke?.async ?? false,
  };
}

/** Documentation from merged config over hints in the handler: config wins key by key. SPEC §4. */
export function resolveDocs(config: FunctionConfig, hints: Partial<FunctionDocs> = {}): FunctionDocs {
  const invoke = config.invoke ?? {};
  return {
    summary: invoke.summary ?? hints.summary ?? null,
    description: invoke.description ?? hints.description ?? null,
    tags: invoke.tags ?? hints.tags ?? [],
    query: invoke.query ?? hints.query ?? {},
    body: invoke.body ?? hints.body,
    contentType: invoke.contentType ?? hints.contentType ?? null,
    deprecated: invoke.deprecated ?? hints.deprecated ?? false,
  };
}
