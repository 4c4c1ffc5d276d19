import type { FastFnError } from './errors.js';
import type {
  Adapter,
  CorsPolicy,
  EdgePolicy,
  KeepWarmPolicy,
  ScheduleConfig,
  WorkerPoolPolicy,
} from './function-config.js';
import type { Runtime } from './runtime.js';

/** The resolved limits of one function version: no optional fields, ms and bytes. SPEC §4. */
export interface FunctionPolicy {
  readonly timeoutMs: number;
  /** Active calls; 0 = no limit. */
  readonly maxConcurrency: number;
  readonly maxBodyBytes: number;
  /** 0 = none. */
  readonly maxResponseBytes: number;
  /** 0 = none. */
  readonly memoryMb: number;
  readonly debugHeaders: boolean;
  readonly strictFs: boolean;
  readonly cors: CorsPolicy | null;
  readonly workerPool: WorkerPoolPolicy;
  readonly keepWarm: KeepWarmPolicy;
  readonly schedule: ScheduleConfig | null;
  readonly edge: EdgePolicy | null;
  /** `Prefer: respond-async` allowed. */
  readonly async: boolean;
}

/** What the function says of itself, for OpenAPI. Config wins over hints in the handler. SPEC §4, §12. */
export interface FunctionDocs {
  readonly summary: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** Example values by query parameter. */
  readonly query: Readonly<Record<string, unknown>>;
  /** Request body example; undefined when none. */
  readonly body: unknown;
  readonly contentType: string | null;
  readonly deprecated: boolean;
}

/** One deployable unit: one handler at one version. Immutable; a reload makes a new one when anything in it changed. */
export interface FunctionSpec {
  /** Unique: `runtime/name@version`, e.g. `python/users/[id].py@default`. */
  readonly key: string;
  readonly runtime: Runtime;
  /** `context.function_name`: the path below root for a file route (`users/[id].js`), the folder's or config's name else. */
  readonly name: string;
  /** `default`, or the version folder's name (`v2`). */
  readonly version: string;
  /** Further names accepted by invoke, jobs and admin (e.g. `users/index.js` for the function `users`). */
  readonly aliases: readonly string[];
  readonly group: string | null;
  /** Absolute functions root. */
  readonly root: string;
  /** Absolute folder of the handler: working directory of the worker. */
  readonly folder: string;
  /**
   * Absolute folder the function may write in: `folder`, or the nearest folder above that is not in brackets.
   * SPEC §16 ("own folder").
   */
  readonly ownFolder: string;
  /** Absolute path of the handler file. */
  readonly entry: string;
  /** `invoke.handler`; null: the language's defaults. */
  readonly handler: string | null;
  readonly adapter: Adapter | null;
  readonly sharedDeps: readonly string[];
  readonly policy: FunctionPolicy;
  readonly docs: FunctionDocs;
  /** Values of `fn.env.json` with inheritance applied; the real environment is laid over it when a worker starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Keys of `env` that are masked everywhere as `<hidden>`. */
  readonly secretKeys: readonly string[];
  /** Names of stored secrets given to the function as `event.secrets`. */
  readonly secretNames: readonly string[];
  /** Set when its config never was valid: calls are answered with this (`invalid_config`). */
  readonly configError: FastFnError | null;
}

export function functionKey(runtime: Runtime, name: string, version: string): string {
  return `${runtime}/${name}@${version}`;
}
