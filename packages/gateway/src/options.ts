import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type {
  Diagnostic,
  Invoker,
  JobService,
  Logger,
  Manifest,
  PoolCounters,
  PoolStatus,
  RouteTable,
  Runtime,
  ScheduleService,
  ToolStatus,
} from '@fastfn/core';
import type { ProjectFormats } from './admin/project.js';
import type { SecretStore } from './admin/secrets/store.js';
import type { AdminSettings } from './admin/settings.js';
import type { Telemetry } from './admin/telemetry/telemetry.js';
import type { InternalCalls } from './internal/internal-calls.js';
import type { Outbound } from './proxy/outbound.js';
import type { Tracing } from './tracing/tracing.js';

/** What `createGateway` needs. Everything is already parsed and validated. */
export interface GatewayOptions {
  readonly invoker: Invoker;
  readonly logger: Logger;
  /** `dev` shows the user's own errors in answers, and pages to browsers; `run` never shows internals. */
  readonly mode: 'dev' | 'run';
  readonly backend: GatewayBackend;
  /** CIDRs (or single addresses) whose `X-Forwarded-*` and `X-Request-Id` count. */
  readonly trustedProxies: readonly string[];
  readonly docsEnabled: boolean;
  readonly adminApiEnabled: boolean;
  /** Who may use the admin API; default: local callers, to read. */
  readonly admin?: AdminSettings;
  /** Formats of the project's files, for endpoints that change them; without it these are 404. */
  readonly project?: ProjectFormats;
  /** Stored secrets, for `/_fn/secrets`; without one it is 404. */
  readonly secrets?: SecretStore;
  /** Jobs, for `/_fn/jobs` and `Prefer: respond-async`; without them 404, and the preference is passed over. */
  readonly jobs?: JobService;
  /** Schedules, for `/_fn/schedules`; without them 404. */
  readonly schedules?: ScheduleService;
  /** What the server remembers for logs, events and metrics; whoever passes one also feeds it logs and reloads. */
  readonly telemetry?: Telemetry;
  /** `FN_PUBLIC_BASE_URL`, without a trailing slash; null: taken from the request. */
  readonly publicBaseUrl: string | null;
  /** `FN_HOME_FUNCTION`: a route or a function's name that answers at `/`. */
  readonly homeFunction: string | null;
  /** `FN_HOME_REDIRECT`. */
  readonly homeRedirect: string | null;
  /** Largest asset served, bytes; 0 = no limit. */
  readonly maxAssetBytes: number;
  /** Runtime order for the catalog; the default order when absent. */
  readonly runtimeOrder?: readonly Runtime[];
  /** Makes request ids; must be cheap and unique. Default: random prefix and counter. */
  readonly requestId?: () => string;
  /**
   * Answers what is FastFN's own (`/_fn`, `/console`) in place of this gateway, and books it: for one of several gateways whose
   * admin API is in another process.
   * @param peer address of the client's end of the connection
   */
  readonly reserved?: (req: IncomingMessage, res: ServerResponse, peer: string) => void;
  /** Called once per finished request: the dev request line, access log, metrics. */
  readonly onRequest?: (record: RequestRecord) => void;
  readonly limits?: Partial<HttpLimits>;
}

/** Bounds of the HTTP edge itself. */
export interface HttpLimits {
  /** Time for a client to send all request headers; then 408. */
  readonly headersTimeoutMs: number;
  /** Time for a client to send the whole request; then 408. */
  readonly requestTimeoutMs: number;
  /** A connection without a running request, or whose client reads nothing, is closed after this. */
  readonly idleTimeoutMs: number;
  /** Largest request line and headers together; then 431. */
  readonly maxHeaderBytes: number;
}

/** SPEC §3; documented in the README. */
export const HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 120_000,
  idleTimeoutMs: 65_000,
  maxHeaderBytes: 16_384,
};

/** One finished request. `status` is 499 when the client left before the answer was complete. */
export interface RequestRecord {
  readonly method: string;
  /** Decoded, without query; as sent when it does not decode. */
  readonly path: string;
  /** Pattern of the route that answered, `/users/:id`; null when none did. */
  readonly route: string | null;
  readonly status: number;
  readonly durationMs: number;
  /** `FunctionSpec.key`, null when no function was reached. */
  readonly fn: string | null;
  readonly runtime: Runtime | null;
  readonly state: 'cold' | 'warm' | null;
  /** Body bytes handed to the client's connection, after compression. */
  readonly bytes: number;
  readonly requestId: string;
  readonly clientIp: string;
  /** 32 hex digits of the W3C trace that the request belongs to; null when to none. */
  readonly traceId: string | null;
  /** Code of FastFN's own error answer; null for everything else. */
  readonly errorCode: string | null;
}

/** What the gateway serves; immutable, swapped whole. */
export interface GatewaySnapshot {
  readonly table: RouteTable;
  readonly manifest: Manifest;
  /** The OpenAPI document as JSON text, with `baseUrl` as server. */
  openapi(baseUrl: string): string;
  /** File of the docs page; `path` is what follows `/_fn/docs`, `""` or starting with `/`. */
  docsAsset(path: string): DocsAsset | null;
  /** ISO 8601. */
  readonly generatedAt: string;
}

export interface DocsAsset {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** The running server as the admin endpoints see it. */
export interface GatewayBackend {
  state(): 'starting' | 'ready' | 'stopping';
  /** Rejects only when the reload itself is impossible; problems of user files are diagnostics. */
  reload(): Promise<ReloadResult>;
  status(): PoolStatus;
  toolStatus(): Readonly<Partial<Record<Runtime, ToolStatus>>>;
  /** Counts since the start, for `/_fn/metrics`. */
  counters?(): PoolCounters;
  uptimeMs(): number;
  /** When several processes answer: what health tells of each. */
  gateways?(): readonly object[];
  hotReload(): HotReloadStatus;
  /** Level of the sandbox in force, per runtime. */
  sandboxLevels(): Readonly<Partial<Record<Runtime, string>>>;
}

/** Answered as it is by `/_fn/reload`. */
export interface ReloadResult {
  /** No diagnostic is an error: what lies on disk is what is served. */
  readonly ok: boolean;
  /** ISO 8601. */
  readonly reloaded_at: string;
  readonly changed: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Answered as it is in `/_fn/health`. */
export interface HotReloadStatus {
  readonly enabled: boolean;
  readonly [key: string]: unknown;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8080`; a wildcard host is written as the loopback one. */
  readonly url: string;
}

export interface Gateway {
  /** For sharing the listening socket (cluster) and for upgrades. */
  readonly server: Server;
  /** Serves this from the next request on; running requests keep what they started with. */
  swap(snapshot: GatewaySnapshot): void;
  /** Makes spans from the next request on. See {@link openTracing}. */
  traceWith(tracing: Tracing): void;
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Calls that come over no connection: of jobs and schedules. */
  readonly calls: InternalCalls;
  /** Messages to URLs of others: callbacks. Closed with the gateway. */
  readonly outbound: Outbound;
  /** @throws UsageError `port_in_use`, `port_denied`, `address_unavailable`. */
  listen(options: ListenOptions): Promise<ListenAddress>;
  /** Refuses new connections and requests, finishes running ones up to `drainMs`, cancels the rest. Idempotent. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
