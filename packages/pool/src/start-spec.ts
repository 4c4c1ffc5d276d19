import type { FunctionSpec, Prepared } from '@fastfn/core';
import type { SandboxSpec, StartSpec } from '@fastfn/protocol';

/** What the pool knows beside the function itself. */
export interface StartSurroundings {
  readonly processEnv: NodeJS.ProcessEnv;
  readonly secrets: Readonly<Record<string, string>>;
  readonly maxFrameBytes: number;
  /** Pid of the gateway, for `event.context.gateway`. */
  readonly gatewayPid: number;
}

/** The part of START that is the same for every worker of a function: what its workers are made of. */
export type FunctionPart = Omit<StartSpec, 'socket' | 'entry' | 'process_env' | 'sandbox'> & {
  readonly handlerFile: string;
  readonly strict: boolean;
  readonly sharedDeps: readonly string[];
};

/** PROTOCOL.md §3, `spec`. When two of these differ, old workers would answer by old rules. */
export function functionPart(fn: FunctionSpec, surroundings: StartSurroundings): FunctionPart {
  const { policy } = fn;
  return {
    runtime: fn.runtime,
    handlerFile: fn.entry,
    folder: fn.folder,
    root: fn.root,
    own_folder: fn.ownFolder,
    handler: fn.handler,
    adapter: fn.adapter,
    sharedDeps: fn.sharedDeps,
    ...given(fn, surroundings),
    context: staticContext(fn, surroundings.gatewayPid),
    max_frame: surroundings.maxFrameBytes,
    memory_mb: policy.memoryMb,
    strict: policy.strictFs,
  };
}

/** Equal for two specs exactly when a worker of the one can serve the other. */
export function fingerprint(part: FunctionPart): string {
  return JSON.stringify(part);
}

export interface WorkerPart {
  readonly socket: string;
  /** Private temp folder. */
  readonly tmp: string;
  readonly prepared: Prepared;
  readonly sandbox: SandboxSpec | null;
}

export function startSpec(part: FunctionPart, { socket, tmp, prepared, sandbox }: WorkerPart): StartSpec {
  const { handlerFile: _file, strict: _strict, sharedDeps: _deps, ...rest } = part;
  return {
    ...rest,
    socket,
    entry: prepared.entry,
    process_env: { TMPDIR: tmp, ...prepared.env },
    sandbox,
  };
}

/** The part of `event.context` that never changes. SPEC §6, §16. */
function staticContext({ runtime, name, version, policy }: FunctionSpec, gatewayPid: number): Record<string, unknown> {
  const { workerPool } = policy;
  return {
    runtime,
    function_name: name,
    version,
    timeout_ms: policy.timeoutMs,
    max_concurrency: policy.maxConcurrency,
    max_body_bytes: policy.maxBodyBytes,
    worker_pool: {
      enabled: workerPool.enabled,
      max_workers: workerPool.maxWorkers,
      max_queue: workerPool.maxQueue,
      queue_timeout_ms: workerPool.queueTimeoutMs,
      queue_poll_ms: workerPool.queuePollMs,
      overflow_status: workerPool.overflowStatus,
      min_warm: workerPool.minWarm,
      idle_ttl_seconds: workerPool.idleTtlMs / 1000,
    },
    gateway: { worker_pid: gatewayPid },
    debug: { enabled: policy.debugHeaders },
  };
}

/** Settings of a function, some of them secret. */
export type Given = Pick<StartSpec, 'env' | 'secrets'>;

/** Values of `fn.env.json`, where a real environment variable of the same name wins (SPEC §4), and stored secrets. */
export function given(
  fn: FunctionSpec,
  { processEnv, secrets }: Pick<StartSurroundings, 'processEnv' | 'secrets'>,
): Given {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(fn.env)) env[name] = processEnv[name] ?? value;
  return { env, secrets };
}
