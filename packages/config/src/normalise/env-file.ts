import type { EnvFile } from '@fastfn/core';
import type * as z from 'zod';
import type { envFileSchema } from '../schema/env-file.js';
import { isSecretKey } from '../secrets.js';

type Written = z.infer<typeof envFileSchema>;

/**
 * Scalars become texts. A whole number too large for JavaScript keeps its digits as written.
 *
 * @param sourceOf the text of a value in the file.
 */
export function normaliseEnvFile(file: Written, sourceOf: (path: string[]) => string | undefined): EnvFile {
  const values: Record<string, string | null> = {};
  const secretKeys: string[] = [];
  const secretNames: string[] = [];
  for (const [name, entry] of Object.entries(file)) {
    if (name === '$schema') continue;
    const spec = entry as Exclude<Written[string], undefined>;
    if (typeof spec === 'object' && spec !== null && 'secret' in spec) {
      secretNames.push(name);
      continue;
    }
    const [value, path] = typeof spec === 'object' && spec !== null ? [spec.value, [name, 'value']] : [spec, [name]];
    values[name] = value === null ? null : toText(value, () => sourceOf(path));
    if ((typeof spec === 'object' && spec?.is_secret) || isSecretKey(name)) secretKeys.push(name);
  }
  return { values, secretKeys, secretNames };
}

function toText(value: string | number | boolean, source: () => string | undefined): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    const written = source();
    if (written && /^-?\d+$/.test(written)) return written;
  }
  return String(value);
}
