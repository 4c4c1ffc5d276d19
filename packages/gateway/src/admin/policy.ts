import type { FunctionPolicy } from '@fastfn/core';

/** The limits of a function, as config files spell them. */
export function describePolicy(policy: FunctionPolicy): object {
  return {
    timeout_ms: policy.timeoutMs,
    max_concurrency: policy.maxConcurrency,
    max_body_bytes: policy.maxBodyBytes,
    max_response_bytes: policy.maxResponseBytes,
    memory_mb: policy.memoryMb,
    include_debug_headers: policy.debugHeaders,
    strict_fs: policy.strictFs,
    keep_warm: policy.keepWarm.enabled,
    schedule: policy.schedule !== null,
    edge: policy.edge !== null,
  };
}
