import type { Exchange } from '../../exchange.js';

/** What stands for a secret. */
const HIDDEN = '<hidden>';
/** Shorter values occur in any text by chance. */
const MIN_LENGTH = 4;

/** Hides the secret values that a server holds, wherever they stand in a text: a handler may have printed them. */
export function secretMask({ context }: Exchange): (text: string) => string {
  const values = new Set(context.options.secrets?.values());
  for (const { env, secretKeys } of context.app?.manifest.functions ?? []) {
    for (const key of secretKeys) values.add(env[key] ?? '');
  }
  // The longest first: one may be part of another.
  const sorted = [...values].filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((masked, value) => masked.replaceAll(value, HIDDEN), text);
}
