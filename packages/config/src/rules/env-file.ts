import type { Rule } from '../check.js';
import { ENV_NAME } from '../schema/patterns.js';

export const envNamesAreNames: Rule<Record<string, unknown>> = (file) =>
  Object.keys(file)
    .filter((name) => name !== '$schema' && !ENV_NAME.test(name))
    .map((name) => ({
      path: [name],
      found: `a key named ${JSON.stringify(name)}`,
      allowed: 'names of letters, digits, "_", "." and "-", not beginning with a digit',
      isKey: true,
    }));
