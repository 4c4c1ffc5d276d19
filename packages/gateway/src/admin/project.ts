import type { Diagnostic, EnvFile } from '@fastfn/core';

/**
 * What the endpoints that change the project's files need to know of their formats. Whoever composes the gateway hands it
 * in; without it they are 404.
 */
export interface ProjectFormats {
  /** JSON with comments → plain data; undefined when it is broken. */
  parseJson(text: string): unknown;
  /** Everything that is wrong with a `fn.config.json`. */
  checkConfig(text: string, isRoot: boolean): readonly Diagnostic[];
  /** `value` null: refused. Diagnostics never quote a secret. */
  parseEnv(text: string): { readonly value: EnvFile | null; readonly diagnostics: readonly Diagnostic[] };
  /** The name of a variable looks secret. */
  isSecretKey(name: string): boolean;
}
