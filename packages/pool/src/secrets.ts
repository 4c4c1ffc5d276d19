import type { FunctionSpec } from '@fastfn/core';
import type { DebugInfo } from '@fastfn/protocol';
import type { Given } from './start-spec.js';

/** The values that a worker was given and nobody else may see. */
export function secretValues({ secretKeys }: FunctionSpec, { env, secrets }: Given): string[] {
  return [...secretKeys.map((key) => env[key] ?? ''), ...Object.values(secrets)];
}

/** What a worker tells of a failure, for other eyes. */
export function maskDebug(debug: DebugInfo | null | undefined, mask: (text: string) => string): DebugInfo | null {
  if (!debug) return null;
  const { message, source, stack } = debug;
  return {
    ...debug,
    message: message && mask(message),
    source: source && mask(source),
    stack: stack && mask(stack),
  };
}
