import type { Options } from '@fastfn/config';
import type { ConfigReader, Diagnostic, FunctionSpec, Manifest, RouteTable } from '@fastfn/core';
import { type DiscoveryCache, discover } from '@fastfn/discovery';
import type { DocsAsset } from '@fastfn/gateway';
import { buildOpenApi, withServer } from '@fastfn/openapi';
import { compileRouteTable } from '@fastfn/router';

/** All that a request needs to know of the user's files: immutable, swapped whole on reload. */
export interface AppSnapshot {
  readonly manifest: Manifest;
  readonly table: RouteTable;
  readonly functions: ReadonlyMap<string, FunctionSpec>;
  /** Of discovery and of routing, in this order. */
  readonly diagnostics: readonly Diagnostic[];
  /** ISO 8601. */
  readonly generatedAt: string;
  /** JSON text of the OpenAPI document with this base URL as its server. */
  openapi(baseUrl: string): string;
  /** File of the docs page. */
  docsAsset(path: string): DocsAsset | null;
}

export interface SnapshotSources {
  readonly options: Options;
  readonly reader: ConfigReader;
  readonly cache: DiscoveryCache;
  readonly docsAsset: AppSnapshot['docsAsset'];
}

/** Discovers the tree and compiles it. Never throws for what is wrong in user files: that is what diagnostics are for. */
export function takeSnapshot({ options, reader, cache, docsAsset }: SnapshotSources): AppSnapshot {
  const manifest = discover({
    root: options.root,
    reader,
    cache,
    runtimes: options.runtimes,
    namespaceDepth: options.namespaceDepth,
    ignoreDirs: options.ignoreDirs,
    forceUrl: options.forceUrl,
    policyDefaults: options.policyDefaults,
  });
  return compileSnapshot(manifest, options, docsAsset);
}

/** A manifest made ready to serve. */
export function compileSnapshot(
  manifest: Manifest,
  options: Options,
  docsAsset: AppSnapshot['docsAsset'],
): AppSnapshot {
  const table = compileRouteTable(manifest, { runtimeOrder: options.runtimes, forceUrl: options.forceUrl });

  // Made on the first question and kept: most reloads are never asked for their document.
  let document: ReturnType<typeof buildOpenApi> | undefined;
  return {
    manifest,
    table,
    functions: new Map(manifest.functions.map((fn) => [fn.key, fn])),
    diagnostics: [...manifest.diagnostics, ...table.diagnostics],
    generatedAt: new Date().toISOString(),
    openapi(baseUrl) {
      document ??= buildOpenApi({ table, includeInternal: options.openapiIncludeInternal });
      return JSON.stringify(withServer(document, baseUrl));
    },
    docsAsset,
  };
}
