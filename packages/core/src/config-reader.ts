import type { Diagnostic } from './diagnostic.js';
import type { EnvFile, FunctionConfig, RoutesFile } from './function-config.js';

/** What reading one config file gave. */
export interface ConfigRead<T> {
  /**
   * The value to use: the file's own, the last good one when the file is now broken, or null when it never was good.
   * For a file that has only warnings, its value without the offending keys.
   */
  readonly value: T | null;
  /** All problems of the file together. `error` severity means that the file itself was refused. */
  readonly diagnostics: readonly Diagnostic[];
  /** True when the file is broken now and `value` is what it said before. */
  readonly stale: boolean;
}

/**
 * Reads the per-folder config files. Discovery is handed one, so that it needs neither schemas nor the disk; the
 * implementation is `@fastfn/config`. All paths absolute. A missing file is the caller's business: it asks only for
 * files that it saw.
 */
export interface ConfigReader {
  functionConfig(file: string): ConfigRead<FunctionConfig>;
  envFile(file: string): ConfigRead<EnvFile>;
  routesFile(file: string): ConfigRead<RoutesFile>;
}
