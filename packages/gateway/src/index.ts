export type { ProjectFormats } from './admin/project.js';
export type { SecretStore } from './admin/secrets/store.js';
export type { AdminSettings, ConsoleSettings, LoginSettings } from './admin/settings.js';
export { Telemetry, type TelemetryShare } from './admin/telemetry/telemetry.js';
export type { InternalCalls, PrepareOptions } from './internal/internal-calls.js';
export { checkPort, listenOn } from './listen.js';
export {
  type DocsAsset,
  type Gateway,
  type GatewayBackend,
  type GatewayOptions,
  type GatewaySnapshot,
  type HotReloadStatus,
  HTTP_LIMITS,
  type HttpLimits,
  type ListenAddress,
  type ListenOptions,
  type ReloadResult,
  type RequestRecord,
} from './options.js';
export type { Outbound, OutboundMessage } from './proxy/outbound.js';
export { createGateway } from './server.js';
export { openTracing } from './tracing/open-tracing.js';
export type { Tracing } from './tracing/tracing.js';
