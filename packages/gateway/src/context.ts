import type { Invoker, Logger } from '@fastfn/core';
import type { Admin } from './admin/admin.js';
import type { Telemetry } from './admin/telemetry/telemetry.js';
import type { App } from './app.js';
import type { TrustedPeers } from './client-address.js';
import type { InternalCalls } from './internal/internal-calls.js';
import type { GatewayOptions } from './options.js';
import type { ProxyClient } from './proxy/client.js';
import type { Step } from './step.js';
import type { Tracing } from './tracing/tracing.js';

/** What all requests of one gateway share. */
export interface GatewayContext {
  readonly options: GatewayOptions;
  readonly invoker: Invoker;
  readonly logger: Logger;
  readonly trusted: TrustedPeers;
  readonly chain: readonly Step[];
  readonly proxy: ProxyClient;
  readonly admin: Admin;
  readonly telemetry: Telemetry;
  /** Calls that FastFN makes itself. */
  readonly calls: InternalCalls;
  readonly nextRequestId: () => string;
  /** Null: nobody collects spans. Decided before the gateway listens. */
  tracing: Tracing | null;
  /** What is served now; null before the first snapshot. */
  app: App | null;
  /** No new requests are taken. */
  stopping: boolean;
}
