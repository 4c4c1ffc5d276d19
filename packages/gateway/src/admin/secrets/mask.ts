import { secretMask } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';

/**
 * Hides the secret values that a server holds, whoever wrote the text. What handlers print and throw has been masked before
 * it came here, also with values that only the environment has.
 */
export function serverMask({ context }: Exchange): (text: string) => string {
  const values = new Set(context.options.secrets?.values());
  for (const { env, secretKeys } of context.app?.manifest.functions ?? []) {
    for (const key of secretKeys) values.add(env[key] ?? '');
  }
  return secretMask(values);
}
