import { type ErrorDebug, FastFnError, type FunctionSpec, type Runtime, UsageError } from '@fastfn/core';
import type { DebugInfo, LoadErrorInfo } from '@fastfn/protocol';
import { type AdmissionRules, MAX_WAITING } from './admission.js';
import type { WorkerExit } from './worker-host.js';

/** A slot is free again as soon as any call ends; seconds is the unit of the header. RFC 9110 §10.2.3. */
const RETRY_SOON = { 'Retry-After': '1' };

export function overflow(fn: FunctionSpec, rules: AdmissionRules): FastFnError {
  const { limit, maxQueue, overflowStatus, overflowCode } = rules;
  const queue = maxQueue > 0 ? `, and ${maxQueue} more are waiting` : '';
  const { maxWorkers } = fn.policy.workerPool;
  const message =
    overflowCode === 'worker_pool_overflow' && maxWorkers > 0
      ? `All ${limit} workers of ${fn.name} are busy${queue}. Try again, or raise max_workers or max_queue.`
      : `${fn.name} is at its max_concurrency of ${limit}${queue}. Try again, or raise it.`;
  return new FastFnError(overflowCode, message, { status: overflowStatus, headers: RETRY_SOON });
}

export function queueTimeout(fn: FunctionSpec, rules: AdmissionRules): FastFnError {
  const { queueTimeoutMs, overflowStatus } = rules;
  const time = queueTimeoutMs > 0 ? `longer than queue_timeout_ms (${queueTimeoutMs} ms)` : 'until its deadline';
  return new FastFnError('worker_pool_queue_timeout', `The call waited in the queue of ${fn.name} ${time}.`, {
    status: overflowStatus,
    headers: RETRY_SOON,
  });
}

export function queueFull(fn: FunctionSpec): FastFnError {
  return new FastFnError(
    'queue_full',
    `${MAX_WAITING} calls already wait for a worker of ${fn.name}. Try again, or set worker_pool.max_workers.`,
    { headers: RETRY_SOON },
  );
}

export function timedOut(fn: FunctionSpec): FastFnError {
  return new FastFnError(
    'timeout',
    `${fn.name} did not answer within ${fn.policy.timeoutMs} ms and was stopped. Make it faster, or raise timeout_ms.`,
  );
}

export function waitedTooLong(fn: FunctionSpec): FastFnError {
  return new FastFnError(
    'timeout',
    `No worker of ${fn.name} became free within ${fn.policy.timeoutMs} ms; its handler was not called.`,
  );
}

export function warmingUp(fn: FunctionSpec): FastFnError {
  return new FastFnError('warming_up', `${fn.name} is still being built or installed. Try again in a moment.`, {
    headers: { 'X-FastFN-Warming': 'true', 'Retry-After': '1' },
  });
}

export function shuttingDown(): FastFnError {
  return new FastFnError('shutting_down', 'The server is stopping and takes no new calls.');
}

export function starting(): FastFnError {
  return new FastFnError('starting', 'The server is still starting. Try again in a moment.', {
    headers: RETRY_SOON,
  });
}

export function unknownFunction(key: string): FastFnError {
  return new FastFnError('not_found', `The function ${key} is not there any more.`);
}

export function runtimeUnavailable(runtime: Runtime, reason: string, hint?: string): FastFnError {
  return new FastFnError('runtime_unavailable', hint === undefined ? reason : `${reason} ${hint}`, {
    details: hint === undefined ? { runtime, reason } : { runtime, reason, hint },
    headers: RETRY_SOON,
  });
}

export function responseTooLarge(fn: FunctionSpec): FastFnError {
  return new FastFnError(
    'response_too_large',
    `The response of ${fn.name} is larger than its max_response_bytes of ${fn.policy.maxResponseBytes}.`,
  );
}

/** `exited with code 3`, `was ended by SIGKILL` … */
export function describeExit({ exitCode, signal, message }: WorkerExit): string {
  if (message !== null) return message;
  if (signal !== null) return `was ended by ${signal}`;
  return exitCode === null ? 'ended' : `exited with code ${exitCode}`;
}

export function workerCrashed(fn: FunctionSpec, exit: WorkerExit): FastFnError {
  return new FastFnError(
    'worker_crashed',
    `The process running ${fn.name} ${describeExit(exit)} during the call. The next call gets a new one.`,
    { details: { exit_code: exit.exitCode, signal: exit.signal } },
  );
}

/** A call that shared its process with one that had to be stopped. */
export function stoppedWithOther(fn: FunctionSpec): FastFnError {
  return new FastFnError(
    'worker_crashed',
    `The process running ${fn.name} had to be stopped, because another call in it ran past its deadline and did not end.`,
  );
}

export function memoryLimit(fn: FunctionSpec, limitMb: number = fn.policy.memoryMb): FastFnError {
  return new FastFnError(
    'memory_limit',
    `The process running ${fn.name} used more than its memory_mb of ${limitMb} and was ended.`,
  );
}

export function crashLoop(fn: FunctionSpec, reason: string, delayMs: number): FastFnError {
  return new FastFnError(
    'crash_loop',
    `The worker of ${fn.name} ${reason} while starting. See its output in the log.`,
    {
      details: { reason },
      headers: { 'Retry-After': String(Math.max(1, Math.ceil(delayMs / 1000))) },
    },
  );
}

export function loadFailed({ code, message, debug }: LoadErrorInfo, hint: string | null): FastFnError {
  return new FastFnError(code === 'invalid_config' ? code : 'handler_error', message, { debug: toDebug(debug, hint) });
}

/** What {@link RuntimeAdapter.prepare} threw, with a code. */
export function prepareFailed(fn: FunctionSpec, cause: unknown): FastFnError {
  if (cause instanceof FastFnError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FastFnError('dependency_failed', `${fn.name} could not be prepared: ${reason}`, { cause });
}

export function socketInUse(path: string): UsageError {
  return new UsageError(
    'daemon_socket_in_use',
    `Another process listens on ${path}.`,
    'Stop the other server, or set FN_SOCKET_BASE_DIR to another folder.',
  );
}

export function socketPathTooLong(path: string, limit: number): UsageError {
  return new UsageError(
    'socket_path_too_long',
    `Sockets under ${path} would have paths longer than the ${limit} bytes that the system allows.`,
    'Set FN_SOCKET_BASE_DIR (or TMPDIR) to a folder with a shorter path, such as /tmp/fastfn.',
  );
}

export function socketDirUnusable(path: string, cause: Error): UsageError {
  return new UsageError(
    'socket_dir_unusable',
    `The folder for sockets and temporary files cannot be used: ${cause.message}.`,
    `Make room or give access to ${path}, or set FN_SOCKET_BASE_DIR (or TMPDIR) to another folder.`,
    { cause },
  );
}

/** Nil and undefined are the same here. */
export function toDebug(debug: DebugInfo | null | undefined, hint: string | null = null): ErrorDebug | undefined {
  if (!debug) return undefined;
  return {
    type: debug.type ?? undefined,
    message: debug.message ?? undefined,
    file: debug.file ?? undefined,
    line: debug.line ?? undefined,
    source: debug.source ?? undefined,
    stack: debug.stack ?? undefined,
    hint: hint ?? undefined,
  };
}

/** Headers over the frame limit, or a context that is no data. */
export function notSendable(fn: FunctionSpec, cause: unknown): FastFnError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FastFnError('internal_error', `The call could not be handed to ${fn.name}: ${reason}`, { cause });
}
