import { isRuntime, type Runtime } from '@fastfn/core';
import type { FunctionConfigFile } from '../schema/function-config.js';
import { toList } from '../schema/parts.js';
import type { Binary, ProjectFile } from '../schema/project-file.js';
import { compact } from './compact.js';

/** The project's settings from one file, before precedence. Paths as written. */
export interface ProjectSettings {
  functionsDir?: string;
  host?: string;
  port?: number;
  gateways?: number | 'auto';
  publicBaseUrl?: string;
  openapiIncludeInternal?: boolean;
  forceUrl?: boolean;
  domains?: readonly string[];
  runtimeDaemons?: Readonly<Partial<Record<Runtime, number>>>;
  runtimeBinaries?: Readonly<Partial<Record<Binary, string>>>;
  hotReload?: boolean;
}

export function normaliseProjectFile(file: ProjectFile): ProjectSettings {
  return compact<ProjectSettings>({
    functionsDir: file['functions-dir'],
    host: file.host && normaliseHost(file.host),
    port: file.port,
    gateways: file.gateways,
    publicBaseUrl: file['public-base-url'] && dropTrailingSlash(file['public-base-url']),
    openapiIncludeInternal: file['openapi-include-internal'],
    forceUrl: file['force-url'],
    domains: toList(file.domains)?.map((domain) => domain.toLowerCase()),
    runtimeDaemons: daemonsOf(file['runtime-daemons']),
    runtimeBinaries: file['runtime-binaries'],
    hotReload: file['hot-reload'],
  });
}

/** The root `fn.config.json` may hold the same settings, in snake_case. SPEC §4. */
export function projectSettingsOfRoot(file: FunctionConfigFile): ProjectSettings {
  return normaliseProjectFile(
    compact<ProjectFile>({
      host: file.host,
      port: file.port,
      gateways: file.gateways,
      'public-base-url': file.public_base_url,
      'openapi-include-internal': file.openapi_include_internal,
      'force-url': file.force_url,
      domains: file.domains,
      'runtime-daemons': file.runtime_daemons,
      'runtime-binaries': file.runtime_binaries,
      'hot-reload': file.hot_reload,
    }),
  );
}

/** `[::1]` → `::1`: what a socket wants. */
export function normaliseHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

export function dropTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** `"node=3,python=2"` → `{node: 3, python: 2}`; the rules have checked names and ranges before. */
function daemonsOf(written: ProjectFile['runtime-daemons']): ProjectSettings['runtimeDaemons'] {
  if (typeof written !== 'string') return written;
  return Object.fromEntries(daemonPairs(written).filter(([runtime]) => isRuntime(runtime)));
}

export function daemonPairs(text: string): [runtime: string, count: number][] {
  return text.split(',').map((pair) => {
    const [name = '', count = ''] = pair.split('=');
    return [name.trim().toLowerCase(), count.trim() === '' ? Number.NaN : Number(count)];
  });
}
