import type { EnvKind } from './kinds.js';
import * as kind from './kinds.js';

/** Everything there is to say about one environment variable. */
export interface EnvVar<T = unknown> extends EnvKind<T> {
  /** As it would be written; null: none, or it depends (then `description` says on what). */
  readonly default: string | null;
  /** `ms`, `s`, `bytes`; null when a unit makes no sense. */
  readonly unit: string | null;
  /** What it does, for people. */
  readonly description: string;
  /** Heading in the docs. */
  readonly group: string;
  /** Masked wherever it would be shown. */
  readonly secret: boolean;
  /** FastFN leaves it to the tool that owns it. */
  readonly mentionOnly: boolean;
}

type Extra = Partial<Pick<EnvVar, 'default' | 'unit' | 'secret' | 'mentionOnly'>>;
type Define = <T>(of: EnvKind<T>, description: string, extra?: Extra) => EnvVar<T>;

/** The variables of one heading. */
function group<T>(name: string, list: (define: Define) => T): T {
  return list((of, description, extra) => ({
    ...of,
    default: null,
    unit: null,
    secret: false,
    mentionOnly: false,
    ...extra,
    description,
    group: name,
  }));
}

const DAY_MS = 86_400_000;
const DAY_S = 86_400;
const MAX_BYTES = 1_099_511_627_776;

/**
 * Every environment variable of FastFN, declared once: parsing, `fastfn doctor --env` and the docs follow from here.
 * SPEC §4.
 */
export const ENV_VARS = {
  ...group('Server', (v) => ({
    FN_HOST_PORT: v(kind.whole(0, 65_535), 'Port to listen on; 0 takes any free one.', { default: '8080' }),
    FN_HOST: v(kind.host, 'Address to listen on.', { default: '127.0.0.1' }),
    FN_GATEWAYS: v(kind.gateways, 'Gateway processes that share the port; `auto`: one per core.', { default: '1' }),
    FN_PUBLIC_BASE_URL: v(kind.baseUrl, 'URL under which clients reach the server, for the API docs.'),
    FN_TRUSTED_PROXY_CIDRS: v(kind.cidrs, '`X-Forwarded-*` headers count only from these peers.', {
      default: '127.0.0.0/8,::1/128',
    }),
    FN_DOCS_ENABLED: v(kind.boolean, 'Serve `/openapi.json`, `/_fn/docs` and the redirect from `/docs`.', {
      default: '1',
    }),
    FN_OPENAPI_INCLUDE_INTERNAL: v(kind.boolean, 'List the admin API in the API docs.', { default: '0' }),
    FN_HOME_FUNCTION: v(kind.route, 'Route that answers `/`, without a redirect.'),
    FN_HOME_REDIRECT: v(kind.redirect, 'Where `/` redirects to (302), unless `FN_HOME_FUNCTION` is set.'),
    FN_MAX_ASSET_BYTES: v(kind.whole(1, MAX_BYTES), 'Larger static files are not served.', {
      default: '33554432',
      unit: 'bytes',
    }),
    FN_HTTP_VERIFY_TLS: v(kind.boolean, 'Check certificates of upstreams that `proxy` answers go to.', {
      default: '1',
    }),
  })),
  ...group('Functions', (v) => ({
    FN_FUNCTIONS_ROOT: v(
      kind.path,
      'The functions root. By default `functions-dir` of `fastfn.json`, else `functions/` if it exists, else the current folder.',
    ),
    FN_NAMESPACE_DEPTH: v(kind.whole(1, 5), 'Folder levels below a runtime folder, the name included.', {
      default: '3',
    }),
    FN_ZERO_CONFIG_IGNORE_DIRS: v(
      kind.folderNames,
      'Further folders that are not searched for functions, in any letter case.',
    ),
    FN_FORCE_URL: v(kind.boolean, 'Let every `invoke.routes` replace files and manifests that claim the same URL.', {
      default: '0',
    }),
  })),
  ...group('Limits', (v) => ({
    FN_DEFAULT_TIMEOUT_MS: v(kind.whole(1, DAY_MS), 'Default of `timeout_ms`.', { default: '30000', unit: 'ms' }),
    FN_DEFAULT_MAX_CONCURRENCY: v(kind.whole(0, 1_000_000), 'Default of `max_concurrency`; 0: no limit.', {
      default: '0',
    }),
    FN_DEFAULT_MAX_BODY_BYTES: v(kind.whole(1, MAX_BYTES), 'Default of `max_body_bytes`.', {
      default: '1048576',
      unit: 'bytes',
    }),
    FN_MAX_FRAME_BYTES: v(kind.whole(65_536, 1_073_741_824), 'Largest message between gateway and workers.', {
      default: '16777216',
      unit: 'bytes',
    }),
  })),
  ...group('Runtimes', (v) => ({
    FN_RUNTIMES: v(kind.runtimes, 'Runtimes in use; the first wins where several claim a folder or name.', {
      default: 'go,lua,node,php,python,rust',
    }),
    FN_RUNTIME_DAEMONS: v(kind.runtimeCounts, 'Daemons per runtime, 1 if not named; lua has none.'),
    FN_RUNTIME_SOCKETS: v(kind.runtimeSockets, 'Sockets of daemons started elsewhere; wins over `FN_RUNTIME_DAEMONS`.'),
    FN_SOCKET_BASE_DIR: v(kind.path, 'Folder of the sockets. By default a private temporary folder.'),
    FN_HEALTH_INTERVAL: v(kind.seconds(0.1, 3600), 'Time between two health checks of a daemon.', {
      default: '2',
      unit: 's',
    }),
    FN_PYTHON_BIN: v(kind.command, 'Python interpreter.', { default: 'python3' }),
    FN_NODE_BIN: v(kind.command, 'Node. By default the one that runs FastFN.'),
    FN_NPM_BIN: v(kind.command, 'npm, for dependencies.', { default: 'npm' }),
    FN_PHP_BIN: v(kind.command, 'PHP interpreter.', { default: 'php' }),
    FN_COMPOSER_BIN: v(kind.command, 'Composer, for dependencies.', { default: 'composer' }),
    FN_CARGO_BIN: v(kind.command, 'Cargo, for rust functions.', { default: 'cargo' }),
    FN_GO_BIN: v(kind.command, 'The go tool.', { default: 'go' }),
  })),
  ...group('Reload', (v) => ({
    FN_HOT_RELOAD: v(kind.boolean, 'Watch the functions root and reload what changed.', { default: '1' }),
    FN_HOT_RELOAD_DEBOUNCE_MS: v(kind.whole(0, 10_000), 'Quiet time after a change before the reload.', {
      default: '50',
      unit: 'ms',
    }),
    FN_HOT_RELOAD_WATCHDOG: v(
      kind.boolean,
      'Let the system report changes; 0: look at all files again and again (network drives).',
      { default: '1' },
    ),
    FN_HOT_RELOAD_INTERVAL: v(kind.seconds(0.1, 3600), 'Time between two looks when polling.', {
      default: '2',
      unit: 's',
    }),
  })),
  ...group('Sandbox', (v) => ({
    FN_STRICT_FS: v(kind.boolean, 'Default of `strict_fs`.', { default: '1' }),
    FN_STRICT_FS_ALLOW: v(kind.paths, 'Further folders that every handler may read and write.'),
  })),
  ...group('Dependencies and builds', (v) => ({
    FN_AUTO_REQUIREMENTS: v(kind.boolean, 'Install python dependencies.', { default: '1' }),
    FN_AUTO_NODE_DEPS: v(kind.boolean, 'Install node dependencies.', { default: '1' }),
    FN_AUTO_PHP_DEPS: v(kind.boolean, 'Install php dependencies.', { default: '1' }),
    FN_AUTO_INFER_PY_DEPS: v(kind.boolean, 'Infer python dependencies from imports.', { default: '1' }),
    FN_AUTO_INFER_NODE_DEPS: v(kind.boolean, 'Infer node dependencies from imports.', { default: '1' }),
    FN_AUTO_INFER_WRITE_MANIFEST: v(kind.boolean, 'Write inferred dependencies into the manifest.', { default: '1' }),
    FN_AUTO_INFER_STRICT: v(kind.boolean, 'An import that cannot be resolved is an error.', { default: '1' }),
    FN_RUST_BUILD_TIMEOUT_S: v(kind.seconds(1, 3600), 'How long a call waits for the build of a rust function.', {
      default: '20',
      unit: 's',
    }),
    FN_GO_BUILD_TIMEOUT_S: v(kind.seconds(1, 3600), 'How long a call waits for the build of a go function.', {
      default: '20',
      unit: 's',
    }),
  })),
  ...group('Admin API and console', (v) => ({
    FN_ADMIN_API_ENABLED: v(kind.boolean, 'Serve the admin API below `/_fn`.', { default: '1' }),
    FN_ADMIN_TOKEN: v(
      kind.secret(8),
      'Whoever sends it as `x-fn-admin-token` passes login, local-only and the write switch.',
      { secret: true },
    ),
    FN_UI_ENABLED: v(kind.boolean, 'Serve the console. By default 1 in `dev`, 0 in `run`.'),
    FN_CONSOLE_API_ENABLED: v(kind.boolean, 'Serve the admin API; 0 leaves health, ready, live, OpenAPI and docs.', {
      default: '1',
    }),
    FN_CONSOLE_WRITE_ENABLED: v(kind.boolean, 'Allow changes through the admin API.', { default: '0' }),
    FN_CONSOLE_LOCAL_ONLY: v(kind.boolean, 'Only callers on this machine reach console and admin API.', {
      default: '1',
    }),
    FN_CONSOLE_LOGIN_ENABLED: v(kind.boolean, 'Ask for a login. Needs a password and `FN_CONSOLE_SESSION_SECRET`.', {
      default: '0',
    }),
    FN_CONSOLE_LOGIN_USERNAME: v(kind.text(200), 'User name of the login.', { default: 'admin' }),
    FN_CONSOLE_LOGIN_PASSWORD: v(kind.secret(1), 'Password of the login. Better: `FN_CONSOLE_LOGIN_PASSWORD_HASH`.', {
      secret: true,
    }),
    FN_CONSOLE_LOGIN_PASSWORD_HASH: v(kind.passwordHash, 'Hash of the password; wins over the password.', {
      secret: true,
    }),
    FN_CONSOLE_LOGIN_MAX_ATTEMPTS: v(kind.whole(1, 1000), 'Wrong logins of a peer before it is locked out.', {
      default: '5',
    }),
    FN_CONSOLE_LOGIN_LOCK_S: v(kind.seconds(1, DAY_S), 'How long a peer stays locked out.', {
      default: '300',
      unit: 's',
    }),
    FN_CONSOLE_SESSION_SECRET: v(kind.secret(32), 'Key that signs session cookies.', { secret: true }),
    FN_CONSOLE_SESSION_TTL_S: v(kind.seconds(60, 31_536_000), 'How long a login lasts.', {
      default: '43200',
      unit: 's',
    }),
    FN_CONSOLE_RATE_LIMIT_MAX: v(kind.whole(0, 1_000_000), 'Admin requests of a peer per window; 0: no limit.', {
      default: '600',
    }),
    FN_CONSOLE_RATE_LIMIT_WINDOW_S: v(kind.seconds(1, DAY_S), 'Length of the window.', { default: '60', unit: 's' }),
  })),
  ...group('Schedules and jobs', (v) => ({
    FN_SCHEDULER_ENABLED: v(kind.boolean, 'Run schedules and keep-warm pings.', { default: '1' }),
    FN_JOBS_ENABLED: v(kind.boolean, 'Accept and run jobs.', { default: '1' }),
    FN_JOBS_MAX_CONCURRENCY: v(kind.whole(1, 1000), 'Jobs running at the same time.', { default: '2' }),
    FN_JOBS_MAX_RESULT_BYTES: v(kind.whole(0, 1_073_741_824), 'Results of jobs are kept up to this size.', {
      default: '262144',
      unit: 'bytes',
    }),
    FN_JOBS_MAX_QUEUED: v(kind.whole(1, 10_000_000), 'Jobs that may wait at once; more are refused.', {
      default: '100000',
    }),
    FN_JOBS_KEEP_FINISHED: v(kind.whole(0, 10_000_000), 'Finished jobs that are kept; the oldest go first.', {
      default: '10000',
    }),
    FN_JOBS_KEEP_HOURS: v(kind.whole(1, 87_600), 'How long a finished job is kept at most.', {
      default: '168',
      unit: 'hours',
    }),
    FN_JOBS_CALLBACK_SECRET: v(
      kind.secret(16),
      'Key that signs callbacks of jobs. By default one is made, in the state folder.',
      { secret: true },
    ),
    FN_JOBS_CALLBACK_ALLOW_PRIVATE: v(kind.boolean, 'Callbacks may also go to private and loopback addresses.', {
      default: '0',
    }),
    FN_JOBS_LEASE_SECONDS: v(
      kind.seconds(1, 3600),
      'With Redis: jobs and ticks of a server that is silent for this long are taken over by another.',
      { default: '20', unit: 's' },
    ),
    FN_STATE_DIR: v(kind.path, 'Folder of what must survive a restart. By default `.fastfn` in the functions root.'),
    FN_REDIS_URL: v(kind.redisUrl, 'Redis that several machines share for schedules and jobs.', { secret: true }),
  })),
  ...group('Logs', (v) => ({
    FN_LOG_LEVEL: v(kind.choice('debug', 'info', 'warn', 'error'), 'Least severity that is logged.', {
      default: 'info',
    }),
    FN_LOG_FORMAT: v(kind.choice('pretty', 'json'), 'For people, or one JSON object per line.', { default: 'pretty' }),
    FN_ACCESS_LOG: v(
      kind.boolean,
      'A line for every request. By default 1 in `dev` and with `FN_LOG_FORMAT=json`, else 0.',
    ),
  })),
  ...group('Owned by others', (v) => ({
    NO_COLOR: v(kind.anything, 'No colours when it is set and not empty (no-color.org).', { mentionOnly: true }),
    OTEL_EXPORTER_OTLP_ENDPOINT: v(
      kind.anything,
      'Collector that OpenTelemetry traces go to (OTLP over HTTP); tracing is off without it.',
      {
        mentionOnly: true,
      },
    ),
  })),
} as const satisfies Record<string, EnvVar>;

export type EnvName = keyof typeof ENV_VARS;

/** The typed values of the variables that are set: ms where the unit is `s` or `ms`, else as `type` says. */
export type EnvValues = { -readonly [K in EnvName]?: (typeof ENV_VARS)[K] extends EnvVar<infer T> ? T : never };

export const ENV_NAMES = Object.keys(ENV_VARS) as readonly EnvName[];
