import type { AssetsConfig, CorsPolicy, EdgePolicy, FunctionConfig, InvokeConfig, ScheduleConfig } from '@fastfn/core';
import { canonicalAdapter } from '../schema/adapters.js';
import type { FunctionConfigFile } from '../schema/function-config.js';
import { toList } from '../schema/parts.js';
import { compact } from './compact.js';

type Part<K extends keyof FunctionConfigFile> = Extract<NonNullable<FunctionConfigFile[K]>, object>;

/** The file as written → core's config: canonical names, ms and bytes, only keys that the file has. */
export function normaliseFunctionConfig(file: FunctionConfigFile): FunctionConfig {
  const { worker_pool: pool, keep_warm: warm, cors } = file;
  const ignore = [file.zero_config?.ignore_dirs, file.zero_config_ignore_dirs].filter((list) => list !== undefined);
  return compact<FunctionConfig>({
    runtime: file.runtime,
    name: file.name,
    entrypoint: file.entrypoint && normalisePath(file.entrypoint),
    group: file.group,
    timeoutMs: file.timeout_ms,
    maxConcurrency: file.max_concurrency,
    maxBodyBytes: file.max_body_bytes,
    maxResponseBytes: file.max_response_bytes,
    memoryMb: file.memory_mb,
    debugHeaders: file.response?.include_debug_headers ?? file.include_debug_headers,
    strictFs: file.strict_fs,
    sharedDeps: toList(file.shared_deps),
    invoke: file.invoke && invokeOf(file.invoke),
    cors: cors === undefined ? undefined : cors && corsOf(cors === true ? {} : cors),
    workerPool:
      pool &&
      compact({
        enabled: pool.enabled,
        maxWorkers: pool.max_workers,
        minWarm: pool.min_warm,
        maxQueue: pool.max_queue,
        queueTimeoutMs: pool.queue_timeout_ms,
        queuePollMs: pool.queue_poll_ms,
        idleTtlMs: toMs(pool.idle_ttl_seconds),
        overflowStatus: pool.overflow_status,
      }),
    keepWarm:
      warm &&
      compact({
        enabled: warm.enabled,
        minWarm: warm.min_warm,
        pingEveryMs: toMs(warm.ping_every_seconds),
        idleTtlMs: toMs(warm.idle_ttl_seconds),
      }),
    schedule: file.schedule && scheduleOf(file.schedule),
    edge: file.edge && edgeOf(file.edge),
    home: file.home && compact({ route: file.home.route, redirect: file.home.redirect }),
    assets: file.assets && assetsOf(file.assets),
    ignoreDirs:
      ignore.length === 0
        ? undefined
        : [...new Set(ignore.flatMap((list) => toList(list)).map((name) => name.toLowerCase()))],
  });
}

function invokeOf(invoke: Part<'invoke'>): InvokeConfig {
  return compact<InvokeConfig>({
    methods: toList(invoke.methods)?.map((method) => method.toUpperCase()),
    // Each entry is judged by discovery, so that a bad one is refused by itself. A lone text is one route.
    routes: typeof invoke.routes === 'string' ? [invoke.routes] : invoke.routes,
    defaultRoute: invoke.default_route,
    allowHosts: toList(invoke.allow_hosts)?.map((host) => host.toLowerCase()),
    forceUrl: invoke['force-url'],
    handler: invoke.handler,
    adapter: invoke.adapter && canonicalAdapter(invoke.adapter),
    async: invoke.async,
    summary: invoke.summary,
    description: invoke.description,
    tags: toList(invoke.tags),
    query: invoke.query,
    body: invoke.body,
    contentType: invoke.content_type,
    deprecated: invoke.deprecated,
  });
}

function corsOf(cors: Part<'cors'>): CorsPolicy {
  return {
    origins:
      cors.origins === undefined
        ? ['*']
        : toList(cors.origins).map((origin) => origin.toLowerCase().replace(/\/$/, '')),
    methods: toList(cors.methods ?? []).map((method) => method.toUpperCase()),
    headers: toList(cors.headers ?? []),
    expose: toList(cors.expose ?? []),
    credentials: cors.credentials ?? false,
    maxAge: cors.max_age ?? null,
  };
}

function scheduleOf(schedule: Part<'schedule'>): ScheduleConfig {
  return compact<ScheduleConfig>({
    enabled: schedule.enabled ?? true,
    everyMs: toMs(schedule.every_seconds),
    cron: schedule.cron?.trim(),
    timezone: schedule.timezone,
    method: schedule.method?.toUpperCase(),
    query: schedule.query,
    headers: schedule.headers,
    body: schedule.body,
    context: schedule.context,
    catchUp: schedule.catch_up,
    retry: schedule.retry === undefined ? undefined : retryOf(schedule.retry),
  });
}

function retryOf(written: NonNullable<Part<'schedule'>['retry']>): ScheduleConfig['retry'] {
  if (written === false) return null;
  const retry = written === true ? {} : written;
  const baseDelayMs = toMs(retry.base_delay_seconds ?? 1);
  return {
    maxAttempts: retry.max_attempts ?? 3,
    baseDelayMs,
    // A long first wait raises the default of the longest one.
    maxDelayMs: toMs(retry.max_delay_seconds) ?? Math.max(30_000, baseDelayMs),
    jitter: retry.jitter ?? 0.2,
  };
}

function edgeOf(edge: Part<'edge'>): EdgePolicy {
  return {
    baseUrl: edge.base_url ?? null,
    allowHosts: toList(edge.allow_hosts ?? []).map((host) => host.toLowerCase()),
    allowPrivate: edge.allow_private ?? false,
    maxResponseBytes: edge.max_response_bytes ?? 2 * 1024 * 1024,
  };
}

function assetsOf(assets: Part<'assets'>): AssetsConfig {
  const missing = assets.not_found_handling ?? '404';
  return {
    directory: normalisePath(assets.directory),
    notFoundHandling: missing === '404' ? '404' : 'single-page-application',
    runWorkerFirst: assets.run_worker_first ?? false,
  };
}

/** `./a//b/` → `a/b`. */
function normalisePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function toMs<T extends number | undefined>(seconds: T): T {
  return (seconds === undefined ? undefined : Math.round(seconds * 1000)) as T;
}
