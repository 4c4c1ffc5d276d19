import type { EnvFile } from '@fastfn/core';

/** Values of all `fn.env.json` from the root down to one folder, as its functions see them. */
export interface FunctionEnv {
  readonly env: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  readonly secretNames: readonly string[];
}

export const EMPTY_ENV: FunctionEnv = { env: {}, secretKeys: [], secretNames: [] };

/** Lays a folder's file over what the folders above gave: nearest wins, null unsets. SPEC §4. */
export function extendEnv(above: FunctionEnv, file: EnvFile): FunctionEnv {
  const env: Record<string, string> = { ...above.env };
  // A key set anew is secret if this file says so; a key only inherited stays what it was.
  const secrets = new Set(above.secretKeys.filter((key) => !(key in file.values)));
  for (const [key, value] of Object.entries(file.values)) {
    if (value === null) delete env[key];
    else env[key] = value;
  }
  for (const key of file.secretKeys) secrets.add(key);
  return {
    env,
    secretKeys: [...secrets].filter((key) => key in env).sort(),
    secretNames: [...new Set([...above.secretNames, ...file.secretNames])].sort(),
  };
}
