import type { Manifest, RouteTable } from '@fastfn/core';
import { type Assets, openAssets } from './assets/assets.js';
import type { GatewayOptions, GatewaySnapshot } from './options.js';
import { Versions } from './versions.js';

/** A snapshot made ready to serve: all that can be worked out before the first request is. Immutable. */
export interface App {
  readonly snapshot: GatewaySnapshot;
  readonly table: RouteTable;
  readonly manifest: Manifest;
  readonly assets: Assets | null;
  readonly versions: Versions;
  /** Folder homes that redirect, by URL. Those that name a route are routes of the table. */
  readonly homeRedirects: ReadonlyMap<string, string>;
}

export function compileApp(snapshot: GatewaySnapshot, options: GatewayOptions): App {
  const { table, manifest } = snapshot;
  return {
    snapshot,
    table,
    manifest,
    assets: openAssets(manifest, options),
    versions: new Versions(table, manifest),
    homeRedirects: new Map(
      manifest.homes.flatMap(({ pattern, redirect }) => (redirect === null ? [] : [[pattern, redirect]])),
    ),
  };
}
