import { createHash } from 'node:crypto';
import type { FunctionSpec } from '@fastfn/core';

/**
 * Changes when the function needs new worker processes: with what its processes were started with (code, environment,
 * sandbox) and the part of `event.context` that they were told at the start. What only the gateway applies (cors,
 * routes, docs, edge, schedule, response limit) is not in it. Content of the handler is not either: the watcher
 * reports that.
 */
export function specFingerprint(spec: FunctionSpec): string {
  const { policy } = spec;
  const facts = [
    spec.key,
    spec.root,
    spec.folder,
    spec.ownFolder,
    spec.entry,
    spec.handler,
    spec.adapter,
    spec.sharedDeps,
    Object.entries(spec.env).sort(([a], [b]) => (a < b ? -1 : 1)),
    [...spec.secretNames].sort(),
    policy.timeoutMs,
    policy.maxConcurrency,
    policy.maxBodyBytes,
    policy.memoryMb,
    policy.strictFs,
    policy.debugHeaders,
    Object.entries(policy.workerPool).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return createHash('sha1').update(JSON.stringify(facts)).digest('base64url');
}
