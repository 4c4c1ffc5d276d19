import { join } from 'node:path';
import { createConfigReader, type LoadOptionsInput, loadOptions, type Options } from '@fastfn/config';
import {
  type FunctionSpec,
  type Logger,
  type PoolStatus,
  type Runtime,
  type ToolStatus,
  UsageError,
} from '@fastfn/core';
import { DiscoveryCache, type Watcher, watch } from '@fastfn/discovery';
import { checkPort, createGateway, type Gateway, type RequestRecord, Telemetry } from '@fastfn/gateway';
import { docsPage } from '@fastfn/openapi';
import { ambientEnv, createPool, type Pool, type PoolEvent } from '@fastfn/pool';
import { closeAll, closeTogether } from './close-all.js';
import { createDiscoveryLog, describeDiagnostic } from './discovery-log.js';
import { GatewayHub } from './gateways/gateway-hub.js';
import { createJobsEngine } from './jobs-engine.js';
import { createLogger } from './logger.js';
import { projectFormats } from './project-formats.js';
import { reloadNews } from './reload-news.js';
import { Reloader, type ReloadReport } from './reloader.js';
import { announceServer } from './running-server.js';
import { createRuntimes, inProcessHosts } from './runtimes.js';
import { sandboxLevels } from './sandbox-levels.js';
import { SecretFile } from './secret-store.js';
import { type AppSnapshot, takeSnapshot } from './snapshot.js';
import { type OpenTracing, startTracing } from './tracing.js';

export interface CreateServerInput extends Partial<Omit<LoadOptionsInput, 'command'>> {
  /** Folder of handler files; like `dir` of the command line. */
  readonly root?: string;
  /** Default `run`. */
  readonly mode?: 'dev' | 'run';
  /** Default: made from the options, to stderr. */
  readonly logger?: Logger;
  /** After the first discovery and after each reload that changed something. */
  readonly onReload?: (report: ReloadReport) => void;
  /** After each request; must be quick. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** The same, only when the access log is on (`FN_ACCESS_LOG`). */
  readonly onAccess?: (record: RequestRecord) => void;
  readonly onPoolEvent?: (event: PoolEvent) => void;
}

/** One FastFN server: a folder, its processes and an HTTP port. Several may live in one process. */
export interface FastFnServer extends AsyncDisposable {
  readonly options: Options;
  readonly logger: Logger;
  /** Base URL once started. */
  readonly url: string;
  /**
   * Discovers, starts daemons, listens.
   * @throws UsageError `port_in_use`; `invalid_config` with `strict`.
   */
  start(): Promise<void>;
  reload(): ReloadReport;
  snapshot(): AppSnapshot | null;
  status(): PoolStatus;
  toolStatus(): Partial<Record<Runtime, ToolStatus>>;
  /** Refuses new work, finishes what runs, ends every process. Idempotent. */
  close(options?: { now?: boolean }): Promise<void>;
}

/**
 * Wires a server together; nothing runs before `start()`.
 * @throws OptionsError with every problem of flags, environment and project file together.
 */
export function createServer(input: CreateServerInput = {}): FastFnServer {
  const { root, mode = 'run', logger: givenLogger, onReload, onRequest, onAccess, onPoolEvent, ...rest } = input;
  const env = rest.env ?? process.env;
  const loaded = loadOptions({ flags: {}, cwd: process.cwd(), ...rest, env, command: mode, dir: root ?? rest.dir });
  const { options } = loaded;
  const telemetry = new Telemetry((followed) => hub?.followed(followed));
  const ownLogger = givenLogger ? null : createLogger({ ...options.log, color: process.stderr.isTTY && !env.NO_COLOR });
  const logger = telemetry.logger(givenLogger ?? ownLogger!);
  const secrets = new SecretFile({ stateDir: options.stateDir, logger, onChange: (name) => restartUsersOf(name) });
  const reader = createConfigReader({ root: options.root });
  const cache = new DiscoveryCache();
  const docs = docsPage();
  const discoveryLog = createDiscoveryLog(logger);

  let state: 'starting' | 'ready' | 'stopping' = 'starting';
  let watcher: Watcher | null = null;
  let closing: Promise<void> | null = null;
  let url = '';
  let withdraw = (): void => {};
  let tracing: OpenTracing | null = null;
  const startedAt = Date.now();

  const adapters = createRuntimes(options.runtimes, options.runtimeBinaries, ambientEnv(loaded.environment), {
    autoDeps: options.autoDeps,
    environment: loaded.environment,
  });
  const pool: Pool = createPool({
    adapters,
    inProcess: inProcessHosts(adapters),
    runtimes: options.runtimes,
    daemons: options.runtimeDaemons,
    externalSockets: options.runtimeSockets,
    socketDir: options.socketBaseDir ?? undefined,
    maxFrameBytes: options.maxFrameBytes,
    healthIntervalMs: options.healthIntervalMs,
    buildTimeoutMs: Math.max(options.buildTimeoutMs.rust, options.buildTimeoutMs.go),
    drainMs: DRAIN_MS,
    processEnv: loaded.environment,
    secrets: (fn) => secrets.of(fn),
    strictFsAllow: options.strictFsAllow,
    guarded: [options.stateDir, join(options.projectDir, '.env')],
    logger,
    onEvent: onPoolEvent,
  });

  const reloader = new Reloader({
    take: () => takeSnapshot({ options, reader, cache, docsAsset: (path) => docs(`/_fn/docs${path}`) }),
    apply(snapshot) {
      gateway.swap(snapshot);
      hub?.publish(snapshot.manifest);
      jobs.update([...snapshot.functions.values()]);
    },
    workers: {
      update: updateWorkers,
      functionsUsingAny: (files) => pool.functionsUsingAny(files),
      filesOf: (key) => pool.filesOf(key),
      absentOf: (key) => pool.absentOf(key),
      brokenFunctions: () =>
        status()
          .functions.filter((fn) => fn.problem !== null)
          .map((fn) => fn.key),
    },
    onReport(report) {
      discoveryLog(report);
      telemetry.reloaded(reloadNews(report));
      onReload?.(report);
    },
  });

  const jobs = createJobsEngine({ options, logger, gateway: () => gateway, status });
  const listener = both(onRequest, options.log.access ? both(ownLogger?.access, onAccess) : null);

  const gateway: Gateway = createGateway({
    invoker: pool,
    logger,
    mode,
    trustedProxies: options.trustedProxies,
    docsEnabled: options.docsEnabled,
    adminApiEnabled: options.adminApiEnabled,
    admin: { token: options.adminToken, console: options.console },
    project: projectFormats,
    secrets,
    telemetry,
    jobs: jobs.jobs,
    schedules: jobs.schedules,
    publicBaseUrl: options.publicBaseUrl,
    homeFunction: options.homeFunction,
    homeRedirect: options.homeRedirect,
    maxAssetBytes: options.maxAssetBytes,
    runtimeOrder: options.runtimes,
    onRequest: listener,
    backend: {
      state: () => state,
      counters: () => pool.counters(),
      uptimeMs: () => Date.now() - startedAt,
      status,
      gateways: options.gateways > 1 ? () => hub!.describe() : undefined,
      toolStatus: () => pool.toolStatus(),
      hotReload: () => ({ enabled: watcher !== null, last_reload_at: iso(reloader.lastReport?.reloadedAt) }),
      sandboxLevels: () => sandboxLevels(pool.status()),
      async reload() {
        const report = reloader.reload(null);
        await hub?.applied();
        return {
          ok: report.ok,
          reloaded_at: iso(report.reloadedAt)!,
          changed: [...report.addedRoutes, ...report.removedRoutes, ...report.changedFunctions],
          diagnostics: report.diagnostics,
        };
      },
    },
  });

  /** Null: this process is the only gateway. */
  const hub: GatewayHub | null =
    options.gateways === 1
      ? null
      : new GatewayHub({
          count: options.gateways,
          setup: { mode, options, drainMs: DRAIN_MS },
          env: loaded.environment,
          pool,
          jobs: jobs.jobs,
          logger,
          follow: listener !== undefined,
          onTelemetry(share, calls) {
            telemetry.absorb(share);
            if (listener !== undefined) for (const record of calls) listener(record);
          },
          handle: (req, res) => gateway.handle(req, res),
        });

  function status(): PoolStatus {
    const own = pool.status();
    return hub === null ? own : hub.status(own);
  }

  function updateWorkers(functions: readonly FunctionSpec[], updateOptions?: { restart?: ReadonlySet<string> }): void {
    pool.update(functions, updateOptions);
    if (updateOptions?.restart !== undefined) hub?.restart(updateOptions.restart);
  }

  /** A worker is told its secrets when it starts. */
  function restartUsersOf(secret: string): void {
    const functions = [...(reloader.current?.functions.values() ?? [])];
    const users = functions.filter(({ secretNames }) => secretNames.includes(secret));
    if (users.length > 0) updateWorkers(functions, { restart: new Set(users.map(({ key }) => key)) });
  }

  async function start(): Promise<void> {
    for (const diagnostic of loaded.diagnostics)
      logger.log('warn', `[Config] ${describeDiagnostic(diagnostic)}`, { diagnostic });
    await checkPort({ host: options.host, port: options.port });
    try {
      // Before the first look at the tree: what is saved during start-up must not be missed.
      if (options.hotReload) watcher = startWatching();
      // Daemons come up while the tree is read.
      const daemons = pool.start();
      daemons.catch(() => {});
      const report = reloader.reload(null);
      tracing = await startTracing(loaded.environment, logger);
      if (tracing !== null) gateway.traceWith(tracing.tracing);
      if (options.strict) refuseInvalidConfig(report);
      await daemons;
      await hub?.start();
      ({ url } = await (hub ?? gateway).listen({ host: options.host, port: options.port }));
      withdraw = announceServer(options.stateDir, url);
      state = 'ready';
      jobs.start();
    } catch (error) {
      await close({ now: true });
      throw error;
    }
  }

  function startWatching(): Watcher {
    const projectFiles = [
      options.projectFile ?? join(options.projectDir, 'fastfn.json'),
      join(options.projectDir, '.env'),
    ];
    return watch({
      root: options.root,
      files: projectFiles,
      debounceMs: options.hotReloadDebounceMs,
      watchdog: options.hotReloadWatchdog,
      intervalMs: options.hotReloadIntervalMs,
      onBatch(batch) {
        for (const file of projectFiles) {
          if (batch.changed.has(file) || batch.added.has(file) || batch.removed.has(file)) {
            logger.log('warn', `[HotReload] ${file} changed: restart FastFN to apply it.`);
          }
        }
        reloader.reload(batch);
      },
      onError: (error) => logger.log('warn', `[HotReload] ${error.message}`),
    });
  }

  function close({ now = false }: { now?: boolean } = {}): Promise<void> {
    closing ??= (async () => {
      state = 'stopping';
      // One deadline for all: what the gateway's calls used up, the pool's others (jobs, abandoned calls) do not get again.
      const deadline = setTimeout(() => void pool.killAll(), now ? 0 : DRAIN_MS + GRACE_MS);
      // Beside the gateway: both share the time.
      const jobsClosed = jobs.close(now ? 0 : DRAIN_MS);
      jobsClosed.catch(() => {});
      await closeAll([
        () => withdraw(),
        () => watcher?.close(),
        () => closeTogether([hub?.close(now ? 0 : DRAIN_MS), gateway.close({ drainMs: now ? 0 : DRAIN_MS })]),
        () => jobsClosed,
        () => (now ? pool.killAll() : pool.close()),
        () => tracing?.close(now ? FLUSH_NOW_MS : FLUSH_MS),
      ]);
      clearTimeout(deadline);
    })();
    if (now) {
      // Before the processes go: that is no fault of what runs in them.
      void jobs.close(0);
      hub?.killAll();
      void gateway.close({ drainMs: 0 });
      void pool.killAll();
    }
    return closing;
  }

  return {
    options,
    logger,
    get url() {
      return url;
    },
    start,
    reload: () => reloader.reload(null),
    snapshot: () => reloader.current,
    status,
    toolStatus: () => pool.toolStatus(),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** One call for two listeners, and none for none. */
function both(one: RequestListener, other: RequestListener): ((record: RequestRecord) => void) | undefined {
  if (!one || !other) return one ?? other ?? undefined;
  return (record) => {
    one(record);
    other(record);
  };
}

type RequestListener = ((record: RequestRecord) => void) | null | undefined;

function iso(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}

/** SPEC §5: a stop lets running calls finish for up to 10 s. */
const DRAIN_MS = 10_000;

/** Time to send the last traces. */
const FLUSH_MS = 2_000;
const FLUSH_NOW_MS = 200;

/** After the drain: time for cancelled handlers to notice. */
const GRACE_MS = 250;

/** The longest that `close()` takes, running calls and traces included: who supervises the process must wait for longer. */
export const LONGEST_STOP_MS = DRAIN_MS + GRACE_MS + FLUSH_MS;

function refuseInvalidConfig(report: ReloadReport): void {
  const errors = report.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.map((d) => `  ${d.file}${d.line ? `:${d.line}` : ''}${d.key ? ` ${d.key}` : ''}: ${d.message}`);
  throw new UsageError(
    'invalid_config',
    `--strict: ${errors.length} problem(s) in the functions folder:\n${lines.join('\n')}`,
    'Mend them, or start without --strict.',
  );
}
