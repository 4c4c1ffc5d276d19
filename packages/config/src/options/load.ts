import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DEFAULT_RUNTIME_ORDER, type Diagnostic, POLICY_DEFAULTS, RUNTIMES, type Runtime } from '@fastfn/core';
import { parseEnv } from '../env/parse.js';
import { ENV_VARS, type EnvValues } from '../env/table.js';
import { OptionsError } from '../errors.js';
import type { ProjectSettings } from '../normalise/project.js';
import { parseFunctionConfig } from '../parse-file.js';
import { BINARIES, type Binary, MAX_GATEWAYS } from '../schema/project-file.js';
import { readTextFile } from '../text/read-text.js';
import { deepFreeze } from './deep-freeze.js';
import { layerEnvironment } from './dot-env.js';
import { type CheckedFlags, checkFlags } from './flags.js';
import type { LoadedOptions, LoadOptionsInput, Mode, Options } from './options.js';
import { readProjectFile } from './project-file.js';
import { chooseRoot } from './root.js';
import { Settings } from './settings.js';

/** Socket paths are limited to 104 bytes on macOS, 108 on Linux; a socket's own name needs the rest. */
const MAX_SOCKET_DIR_BYTES = 64;

/**
 * Flags, environment, `.env`, project file and root config → one readonly {@link Options}.
 *
 * @throws OptionsError with all problems together.
 */
export function loadOptions(input: LoadOptionsInput): LoadedOptions {
  const mode: Mode = input.command === 'run' || input.command === 'daemon' ? 'run' : 'dev';
  const cwd = resolve(input.cwd);
  const project = readProjectFile({
    cwd,
    dir: input.dir ?? (input.env.FN_FUNCTIONS_ROOT || undefined),
    configFile: input.configFile,
  });
  const {
    environment,
    fromDotEnv,
    diagnostics: dotEnvProblems,
  } = layerEnvironment(input.env, mode === 'dev' ? project.dir : null);
  const env = parseEnv(environment);
  const flags = checkFlags(input.flags ?? {});
  const root = chooseRoot({
    cwd,
    projectDir: project.dir,
    dir: input.dir,
    env: env.values.FN_FUNCTIONS_ROOT,
    functionsDir: project.settings.functionsDir,
    projectFile: project.file === null ? '' : basename(project.file),
  });

  const settings = new Settings();
  settings.sources.root = root.source;
  const places: Places = {
    mode,
    cwd,
    root: root.root,
    projectDir: project.dir,
    projectFile: project.file,
    flags: flags.values,
    env: env.values,
    project: project.settings,
    rootConfig: readRootConfig(root.root),
  };
  const options = assemble(places, settings);

  const found = [
    ...project.diagnostics,
    ...dotEnvProblems,
    ...env.problems,
    ...flags.problems,
    ...(root.problem ? [root.problem] : []),
    ...checkSocketDir(options),
    ...luaDaemons(places),
  ];
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new OptionsError(errors);
  return {
    options: deepFreeze(options),
    sources: Object.freeze(settings.sources),
    diagnostics: Object.freeze(found),
    environment: Object.freeze(environment),
    dotEnvNames: fromDotEnv,
  };
}

/** Where settings come from, each already parsed. */
interface Places {
  readonly mode: Mode;
  readonly cwd: string;
  readonly root: string;
  readonly projectDir: string;
  readonly projectFile: string | null;
  readonly flags: CheckedFlags;
  readonly env: Readonly<EnvValues>;
  readonly project: ProjectSettings;
  readonly rootConfig: ProjectSettings;
}

function assemble(places: Places, settings: Settings): Options {
  const { mode, cwd, root, projectDir, flags, env, project, rootConfig } = places;
  const fromProject = <K extends keyof ProjectSettings>(name: K) => ({
    project: project[name],
    root: rootConfig[name],
  });
  const isDev = mode === 'dev';
  return {
    mode,
    root,
    projectDir,
    projectFile: places.projectFile,

    host: settings.pick('host', { flag: flags.host, env: env.FN_HOST, ...fromProject('host') }, '127.0.0.1'),
    port: settings.pick('port', { flag: flags.port, env: env.FN_HOST_PORT, ...fromProject('port') }, 8080),
    gateways: gatewayCount(
      settings.pick<number | 'auto'>(
        'gateways',
        // A project's file speaks of production: one process is what people want while they edit.
        { flag: flags.gateways, env: env.FN_GATEWAYS, ...(isDev ? {} : fromProject('gateways')) },
        1,
      ),
    ),
    publicBaseUrl: settings.pick<string | null>(
      'publicBaseUrl',
      { env: env.FN_PUBLIC_BASE_URL, ...fromProject('publicBaseUrl') },
      null,
    ),
    trustedProxies: settings.env('trustedProxies', env.FN_TRUSTED_PROXY_CIDRS, ['127.0.0.0/8', '::1/128']),
    docsEnabled: settings.env('docsEnabled', env.FN_DOCS_ENABLED, true),
    openapiIncludeInternal: settings.pick(
      'openapiIncludeInternal',
      { env: env.FN_OPENAPI_INCLUDE_INTERNAL, ...fromProject('openapiIncludeInternal') },
      false,
    ),
    homeFunction: settings.env<string | null>('homeFunction', env.FN_HOME_FUNCTION, null),
    homeRedirect: settings.env<string | null>('homeRedirect', env.FN_HOME_REDIRECT, null),
    maxAssetBytes: settings.env('maxAssetBytes', env.FN_MAX_ASSET_BYTES, 32 * 1024 * 1024),
    httpVerifyTls: settings.env('httpVerifyTls', env.FN_HTTP_VERIFY_TLS, true),
    domains: settings.pick('domains', fromProject('domains'), []),

    namespaceDepth: settings.env('namespaceDepth', env.FN_NAMESPACE_DEPTH, 3),
    ignoreDirs: settings.env('ignoreDirs', env.FN_ZERO_CONFIG_IGNORE_DIRS, []),
    forceUrl: settings.pick(
      'forceUrl',
      { flag: flags.forceUrl, env: env.FN_FORCE_URL, ...fromProject('forceUrl') },
      false,
    ),
    strict: settings.pick('strict', { flag: flags.strict }, false),
    policyDefaults: {
      timeoutMs: settings.env('policyDefaults.timeoutMs', env.FN_DEFAULT_TIMEOUT_MS, POLICY_DEFAULTS.timeoutMs),
      maxConcurrency: settings.env(
        'policyDefaults.maxConcurrency',
        env.FN_DEFAULT_MAX_CONCURRENCY,
        POLICY_DEFAULTS.maxConcurrency,
      ),
      maxBodyBytes: settings.env(
        'policyDefaults.maxBodyBytes',
        env.FN_DEFAULT_MAX_BODY_BYTES,
        POLICY_DEFAULTS.maxBodyBytes,
      ),
      strictFs: settings.env('policyDefaults.strictFs', env.FN_STRICT_FS, POLICY_DEFAULTS.strictFs),
    },
    strictFsAllow: settings.env(
      'strictFsAllow',
      env.FN_STRICT_FS_ALLOW?.map((path) => resolve(cwd, path)),
      [],
    ),

    runtimes: settings.env('runtimes', env.FN_RUNTIMES, [...DEFAULT_RUNTIME_ORDER]),
    runtimeDaemons: {
      ...oneEach(),
      ...settings.pick('runtimeDaemons', { env: env.FN_RUNTIME_DAEMONS, ...fromProject('runtimeDaemons') }, {}),
      lua: 1,
    },
    runtimeSockets: settings.env('runtimeSockets', env.FN_RUNTIME_SOCKETS, {}),
    runtimeBinaries: binaries(places, settings),
    socketBaseDir: settings.env<string | null>(
      'socketBaseDir',
      env.FN_SOCKET_BASE_DIR && resolve(cwd, env.FN_SOCKET_BASE_DIR),
      null,
    ),
    maxFrameBytes: settings.env('maxFrameBytes', env.FN_MAX_FRAME_BYTES, 16 * 1024 * 1024),
    healthIntervalMs: settings.env('healthIntervalMs', env.FN_HEALTH_INTERVAL, 2000),
    buildTimeoutMs: {
      rust: settings.env('buildTimeoutMs.rust', env.FN_RUST_BUILD_TIMEOUT_S, 20_000),
      go: settings.env('buildTimeoutMs.go', env.FN_GO_BUILD_TIMEOUT_S, 20_000),
    },
    autoDeps: {
      python: settings.env('autoDeps.python', env.FN_AUTO_REQUIREMENTS, true),
      node: settings.env('autoDeps.node', env.FN_AUTO_NODE_DEPS, true),
      php: settings.env('autoDeps.php', env.FN_AUTO_PHP_DEPS, true),
      inferPython: settings.env('autoDeps.inferPython', env.FN_AUTO_INFER_PY_DEPS, true),
      inferNode: settings.env('autoDeps.inferNode', env.FN_AUTO_INFER_NODE_DEPS, true),
      inferWriteManifest: settings.env('autoDeps.inferWriteManifest', env.FN_AUTO_INFER_WRITE_MANIFEST, true),
      inferStrict: settings.env('autoDeps.inferStrict', env.FN_AUTO_INFER_STRICT, true),
    },

    hotReload: settings.pick(
      'hotReload',
      { flag: flags.hotReload, env: env.FN_HOT_RELOAD, ...fromProject('hotReload') },
      true,
    ),
    hotReloadDebounceMs: settings.env('hotReloadDebounceMs', env.FN_HOT_RELOAD_DEBOUNCE_MS, 50),
    hotReloadWatchdog: settings.env('hotReloadWatchdog', env.FN_HOT_RELOAD_WATCHDOG, true),
    hotReloadIntervalMs: settings.env('hotReloadIntervalMs', env.FN_HOT_RELOAD_INTERVAL, 2000),

    adminApiEnabled: settings.env('adminApiEnabled', env.FN_ADMIN_API_ENABLED, true),
    adminToken: settings.env<string | null>('adminToken', env.FN_ADMIN_TOKEN, null),
    console: {
      uiEnabled: settings.env('console.uiEnabled', env.FN_UI_ENABLED, isDev),
      apiEnabled: settings.env('console.apiEnabled', env.FN_CONSOLE_API_ENABLED, true),
      writeEnabled: settings.pick(
        'console.writeEnabled',
        { flag: flags.consoleWrite, env: env.FN_CONSOLE_WRITE_ENABLED },
        false,
      ),
      localOnly: settings.env('console.localOnly', env.FN_CONSOLE_LOCAL_ONLY, true),
      login: settings.env('console.login', login(env), null),
      sessionTtlMs: settings.env('console.sessionTtlMs', env.FN_CONSOLE_SESSION_TTL_S, 43_200_000),
      rateLimit: {
        max: settings.env('console.rateLimit.max', env.FN_CONSOLE_RATE_LIMIT_MAX, 600),
        windowMs: settings.env('console.rateLimit.windowMs', env.FN_CONSOLE_RATE_LIMIT_WINDOW_S, 60_000),
      },
    },

    scheduler: { enabled: settings.env('scheduler.enabled', env.FN_SCHEDULER_ENABLED, true) },
    jobs: {
      enabled: settings.env('jobs.enabled', env.FN_JOBS_ENABLED, true),
      maxConcurrency: settings.env('jobs.maxConcurrency', env.FN_JOBS_MAX_CONCURRENCY, 2),
      maxResultBytes: settings.env('jobs.maxResultBytes', env.FN_JOBS_MAX_RESULT_BYTES, 262_144),
      maxQueued: settings.env('jobs.maxQueued', env.FN_JOBS_MAX_QUEUED, 100_000),
      keepFinished: settings.env('jobs.keepFinished', env.FN_JOBS_KEEP_FINISHED, 10_000),
      keepHours: settings.env('jobs.keepHours', env.FN_JOBS_KEEP_HOURS, 168),
      callbackSecret: settings.env<string | null>('jobs.callbackSecret', env.FN_JOBS_CALLBACK_SECRET, null),
      callbackAllowPrivate: settings.env('jobs.callbackAllowPrivate', env.FN_JOBS_CALLBACK_ALLOW_PRIVATE, false),
      leaseMs: settings.env('jobs.leaseMs', env.FN_JOBS_LEASE_SECONDS, 20_000),
    },
    stateDir: settings.env('stateDir', env.FN_STATE_DIR && resolve(cwd, env.FN_STATE_DIR), join(root, '.fastfn')),
    redisUrl: settings.env<string | null>('redisUrl', env.FN_REDIS_URL, null),
    log: {
      level: settings.env('log.level', env.FN_LOG_LEVEL, 'info'),
      format: settings.env('log.format', env.FN_LOG_FORMAT, 'pretty'),
      access: settings.env('log.access', env.FN_ACCESS_LOG, isDev || env.FN_LOG_FORMAT === 'json'),
    },
  };
}

function gatewayCount(chosen: number | 'auto'): number {
  return chosen === 'auto' ? Math.min(availableParallelism(), MAX_GATEWAYS) : chosen;
}

function oneEach(): Record<Runtime, number> {
  return Object.fromEntries(RUNTIMES.map((runtime) => [runtime, 1])) as Record<Runtime, number>;
}

function login(env: Readonly<EnvValues>): Options['console']['login'] | undefined {
  if (!env.FN_CONSOLE_LOGIN_ENABLED) return undefined;
  return {
    username: env.FN_CONSOLE_LOGIN_USERNAME ?? ENV_VARS.FN_CONSOLE_LOGIN_USERNAME.default ?? '',
    passwordHash: env.FN_CONSOLE_LOGIN_PASSWORD_HASH ?? null,
    password: env.FN_CONSOLE_LOGIN_PASSWORD ?? null,
    maxAttempts: env.FN_CONSOLE_LOGIN_MAX_ATTEMPTS ?? 5,
    lockMs: env.FN_CONSOLE_LOGIN_LOCK_S ?? 300_000,
    // The rules of the environment refuse a login without it.
    sessionSecret: env.FN_CONSOLE_SESSION_SECRET ?? '',
  };
}

/** Tool by tool: each has a variable of its own. A path is resolved against the place that names it. */
function binaries(
  { cwd, env, root, project, projectDir, rootConfig }: Places,
  settings: Settings,
): Options['runtimeBinaries'] {
  const set: Partial<Record<Binary, string>> = {};
  for (const name of BINARIES) {
    const variable = `FN_${name.toUpperCase() as Uppercase<Binary>}_BIN` as const;
    const from = {
      env: absolute(cwd, env[variable]),
      project: absolute(projectDir, project.runtimeBinaries?.[name]),
      root: absolute(root, rootConfig.runtimeBinaries?.[name]),
    };
    const chosen = settings.pick<string | undefined>(`runtimeBinaries.${name}`, from, undefined);
    if (chosen !== undefined) set[name] = chosen;
  }
  return set;
}

/** A bare command name is left to PATH. */
function absolute(base: string, written: string | undefined): string | undefined {
  return written?.includes('/') ? resolve(base, written) : written;
}

/**
 * Project settings of the root `fn.config.json`. When the file is broken it has none; discovery reads the same file and
 * reports what is wrong with it.
 */
function readRootConfig(root: string): ProjectSettings {
  const file = join(root, 'fn.config.json');
  if (!existsSync(file)) return {};
  const source = readTextFile(file);
  return (source.ok && parseFunctionConfig(source.text, 'fn.config.json', true).value?.project) || {};
}

function checkSocketDir({ socketBaseDir }: Options): Diagnostic[] {
  if (socketBaseDir === null || Buffer.byteLength(socketBaseDir) <= MAX_SOCKET_DIR_BYTES) return [];
  const found = `${Buffer.byteLength(socketBaseDir)} bytes long`;
  const allowed = `a path of at most ${MAX_SOCKET_DIR_BYTES} bytes, because systems limit the length of socket paths`;
  return [
    {
      code: 'invalid_config',
      severity: 'error',
      file: '',
      key: 'FN_SOCKET_BASE_DIR',
      message: `Environment variable FN_SOCKET_BASE_DIR is ${found}; allowed: ${allowed}.`,
      found,
      allowed,
      fix: 'Choose a shorter one, such as /tmp/fastfn.',
    },
  ];
}

/** SPEC §5: lua ignores it, with a note. */
function luaDaemons({ env, project, rootConfig }: Places): Diagnostic[] {
  const counts = env.FN_RUNTIME_DAEMONS ?? project.runtimeDaemons ?? rootConfig.runtimeDaemons;
  if (counts?.lua === undefined) return [];
  return [
    {
      code: 'lua_has_no_daemons',
      severity: 'info',
      file: '',
      key: env.FN_RUNTIME_DAEMONS ? 'FN_RUNTIME_DAEMONS' : 'runtime-daemons',
      message: 'The number of lua daemons is ignored: lua runs inside the gateway.',
      fix: 'Remove lua from the setting.',
    },
  ];
}
