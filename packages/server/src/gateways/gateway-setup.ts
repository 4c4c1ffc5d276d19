import type { Options } from '@fastfn/config';
import type { PoolStatus } from '@fastfn/core';
import type { RequestRecord, TelemetryShare } from '@fastfn/gateway';

/** What a gateway process is told at its start. Plain data. */
export interface GatewaySetup {
  readonly mode: 'dev' | 'run';
  readonly options: Options;
  /** Which of the gateways it is, from 0. */
  readonly index: number;
  /** Folder for its sockets. */
  readonly socketDir: string;
  /** Its own socket: that it listens somewhere lets node bound its connections in time. */
  readonly ownSocket: string;
  /** Where the primary answers what is FastFN's own. */
  readonly controlSocket: string;
  readonly drainMs: number;
  /** Requests are to be reported one by one. */
  readonly follow: boolean;
  /** There are jobs to be made. */
  readonly jobs: boolean;
}

/** What a gateway tells when it is asked. */
export interface GatewayReport {
  readonly telemetry: TelemetryShare;
  /** Since the last report, when they are wanted one by one. */
  readonly calls: readonly RequestRecord[];
  /** Of the runtimes that run inside it. */
  readonly pool: PoolStatus;
  readonly connections: number;
  /** Resident bytes; null: not asked for. */
  readonly rss: number | null;
}
