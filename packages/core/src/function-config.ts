import type { Runtime } from './runtime.js';

/**
 * One `fn.config.json` after parsing: aliases resolved, units normalised to ms and bytes, only the keys that the file
 * really has. Layers of these are merged by {@link resolveFunction}. SPEC §4.
 */
export interface FunctionConfig {
  runtime?: Runtime;
  name?: string;
  entrypoint?: string;
  group?: string;
  timeoutMs?: number;
  maxConcurrency?: number;
  maxBodyBytes?: number;
  maxResponseBytes?: number;
  memoryMb?: number;
  debugHeaders?: boolean;
  strictFs?: boolean;
  sharedDeps?: readonly string[];
  invoke?: InvokeConfig;
  cors?: CorsPolicy | false;
  workerPool?: Partial<WorkerPoolPolicy>;
  keepWarm?: Partial<KeepWarmPolicy>;
  schedule?: ScheduleConfig;
  edge?: EdgePolicy;
  home?: HomeConfig;
  /** Root only. */
  assets?: AssetsConfig;
  /** Root only. Folder names to skip, lower case. */
  ignoreDirs?: readonly string[];
}

export interface InvokeConfig {
  /** Upper case. */
  methods?: readonly string[];
  routes?: readonly string[];
  defaultRoute?: boolean;
  /** Lower case; `host`, `host:port` or `*.suffix`. */
  allowHosts?: readonly string[];
  forceUrl?: boolean;
  /** Name of the callable in the handler file. */
  handler?: string;
  adapter?: Adapter;
  /** Public calls may ask for `Prefer: respond-async`. SPEC §10. */
  async?: boolean;
  summary?: string;
  description?: string;
  tags?: readonly string[];
  query?: Readonly<Record<string, unknown>>;
  body?: unknown;
  contentType?: string;
  deprecated?: boolean;
}

/** Canonical names; `lambda`, `apigw-v2`, `api-gateway-v2`, `worker`, `workers`, `cloudflare-workers` are aliases. SPEC §8. */
export const ADAPTERS = ['aws-lambda', 'cloudflare-worker', 'fetch', 'asgi', 'wsgi'] as const;
export type Adapter = (typeof ADAPTERS)[number];

export interface CorsPolicy {
  /** `["*"]` allows any. */
  readonly origins: readonly string[];
  /** Empty: the methods of the route. */
  readonly methods: readonly string[];
  /** Empty: what the preflight asks for. */
  readonly headers: readonly string[];
  readonly expose: readonly string[];
  readonly credentials: boolean;
  /** Seconds; null: header not sent. */
  readonly maxAge: number | null;
}

export interface WorkerPoolPolicy {
  readonly enabled: boolean;
  /** 0: not declared, the runtime's default applies and does not limit admission. */
  readonly maxWorkers: number;
  readonly minWarm: number;
  readonly maxQueue: number;
  /** 0: the rest of the deadline. */
  readonly queueTimeoutMs: number;
  /** Accepted for compatibility, unused. */
  readonly queuePollMs: number;
  readonly idleTtlMs: number;
  readonly overflowStatus: 429 | 503;
}

export interface KeepWarmPolicy {
  readonly enabled: boolean;
  readonly minWarm: number;
  readonly pingEveryMs: number;
  readonly idleTtlMs: number;
}

/** SPEC §10, checked for shape here and run by `@fastfn/jobs`. */
export interface ScheduleConfig {
  enabled: boolean;
  everyMs?: number;
  cron?: string;
  timezone?: string;
  method?: string;
  query?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  context?: unknown;
  catchUp?: boolean;
  retry?: { maxAttempts: number; baseDelayMs: number; maxDelayMs: number; jitter: number } | null;
}

export interface EdgePolicy {
  readonly baseUrl: string | null;
  readonly allowHosts: readonly string[];
  readonly allowPrivate: boolean;
  /** Bytes. */
  readonly maxResponseBytes: number;
}

export interface HomeConfig {
  readonly route?: string;
  readonly redirect?: string;
}

export interface AssetsConfig {
  /** Relative to the functions root. */
  readonly directory: string;
  readonly notFoundHandling: '404' | 'single-page-application';
  readonly runWorkerFirst: boolean;
}

/** A parsed `fn.env.json`. SPEC §4. */
export interface EnvFile {
  /** null unsets a value that a folder above gave. */
  readonly values: Readonly<Record<string, string | null>>;
  /** Keys to be masked: marked `is_secret`, or looking secret. */
  readonly secretKeys: readonly string[];
  /** Names of stored secrets (admin API) that the function asks for. */
  readonly secretNames: readonly string[];
}

/** A parsed `fn.routes.json`: one entry per key of `routes`. SPEC §2.3. */
export interface RoutesFile {
  readonly routes: readonly {
    readonly methods: readonly string[];
    readonly pattern: string;
    readonly target: string;
    readonly key: string;
  }[];
}
