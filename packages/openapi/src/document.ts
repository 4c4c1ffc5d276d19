import type { RouteTable } from '@fastfn/core';
import { INTERNAL_PATHS, INTERNAL_TAG } from './internal-paths.js';
import { DEFAULT_TAG, toOperation } from './operation.js';
import { operationIds } from './operation-id.js';
import { planOperations } from './plan.js';
import { COMPONENTS } from './responses.js';
import type { OpenApiDocument, Operation, Paths } from './types.js';

export interface OpenApiOptions {
  readonly table: Pick<RouteTable, 'routes'>;
  /** Default: `FastFN`. */
  readonly title?: string;
  /** Version of the API, not of OpenAPI. Default: `1.0.0`. */
  readonly version?: string;
  readonly includeInternal: boolean;
  /** What `includeInternal` adds. Default: {@link INTERNAL_PATHS}. */
  readonly internalPaths?: Paths;
}

/**
 * The OpenAPI document of a snapshot: exactly what its route table serves, without `servers` (see {@link withServer}).
 * JSON-serialisable; made once for each reload. SPEC §12.
 */
export function buildOpenApi(options: OpenApiOptions): OpenApiDocument {
  const plans = planOperations(options.table.routes);
  const ids = operationIds(plans);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [index, plan] of plans.entries()) {
    const { path } = plan.template;
    paths[path] ??= {};
    paths[path][plan.method.toLowerCase()] = toOperation(plan, ids[index]!);
  }
  if (options.includeInternal) Object.assign(paths, options.internalPaths ?? INTERNAL_PATHS);
  return {
    openapi: '3.1.0',
    info: { title: options.title ?? 'FastFN', version: options.version ?? '1.0.0' },
    tags: tagsOf(paths),
    paths,
    components: COMPONENTS,
  };
}

/** The same document for one base URL (see {@link serverUrl}); shares everything else. */
export function withServer(document: OpenApiDocument, baseUrl: string): OpenApiDocument {
  const { openapi, info, ...rest } = document;
  return { openapi, info, ...rest, servers: [{ url: dropTrailingSlash(baseUrl) }] };
}

function dropTrailingSlash(url: string): string {
  return url.length > 1 ? url.replace(/\/+$/, '') : url;
}

const TAG_TEXTS: Readonly<Record<string, string>> = { [INTERNAL_TAG]: 'Endpoints of FastFN itself.' };

/** Each tag once: the functions' own by name, then the default one, then FastFN's. */
function tagsOf(paths: Paths): OpenApiDocument['tags'] {
  const names = new Set(Object.values(paths).flatMap((item) => Object.values(item).flatMap(({ tags }) => tags)));
  const last = [DEFAULT_TAG, INTERNAL_TAG];
  const own = [...names].filter((name) => !last.includes(name)).sort();
  return [...own, ...last.filter((name) => names.has(name))].map((name) => {
    const description = Object.hasOwn(TAG_TEXTS, name) ? TAG_TEXTS[name] : undefined;
    return description === undefined ? { name } : { name, description };
  });
}
