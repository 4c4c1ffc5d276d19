import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '@fastfn/core';
import { parse } from 'dotenv';
import { readTextFile } from '../text/read-text.js';

export interface LayeredEnvironment {
  /** Real variables win. */
  readonly environment: Readonly<Record<string, string>>;
  readonly fromDotEnv: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The real environment, above the `.env` of a folder when one is asked for and there. */
export function layerEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  dotEnvFolder: string | null,
): LayeredEnvironment {
  const real = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const file = dotEnvFolder === null ? null : join(dotEnvFolder, '.env');
  if (file === null || !existsSync(file)) return { environment: real, fromDotEnv: new Set(), diagnostics: [] };
  const source = readTextFile(file);
  if (!source.ok) {
    const { message, fix } = source;
    const problem: Diagnostic = {
      code: 'invalid_config',
      severity: 'error',
      file: '.env',
      message: `.env: ${message}`,
      fix,
    };
    return { environment: real, fromDotEnv: new Set(), diagnostics: [problem] };
  }
  const written = parse(source.text);
  const fromDotEnv = new Set(Object.keys(written).filter((name) => !Object.hasOwn(real, name)));
  return { environment: { ...written, ...real }, fromDotEnv, diagnostics: [] };
}
