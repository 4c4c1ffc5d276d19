import { createHash } from 'node:crypto';
import type { FunctionSpec } from '@fastfn/core';

/**
 * Changes when the function needs new worker processes: with what its processes were started with (code, environment,
 * sandbox) and the part of `event.context` that they were told at the start. What only the gateway applies (cors,
 * routes, docs, edge, schedule, response limit) is not in it. Content of the handler is not either: the watcher
 * reports that.
 */
export function specFingerprint(spec: FunctionSpec): string {
  const known = remembered.get(spec);
  if (known !== undefined) return known;
  const fingerprint = fingerprintOf(spec);
  remembered.set(spec, fingerprint);
  return fingerprint;
}

/** A spec does not change, and a reload asks for those of before and of after. A cache of pure results: sharing it is harmless. */
const remembered = new WeakMap<FunctionSpec, string>();

function fingerprintOf(spec: FunctionSpec): string {
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
