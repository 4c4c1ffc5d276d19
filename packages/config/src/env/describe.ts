import type { LoadedOptions, Options, Source } from '../options/options.js';
import { BINARIES } from '../schema/project-file.js';
import { HIDDEN, maskUrlCredentials } from '../secrets.js';
import { type Environment, readVariable } from './parse.js';
import { ENV_NAMES, ENV_VARS, type EnvName, type EnvVar } from './table.js';

/** One line of `fastfn doctor --env`. */
export interface EnvRow {
  readonly name: EnvName;
  /** In force, secrets masked; `""`: nothing set, and no default. */
  readonly value: string;
  /** A file when that is where the setting comes from in the end. */
  readonly source: 'environment' | '.env' | Exclude<Source, 'env'>;
  readonly description: string;
  /** Why the value is refused. */
  readonly problem: string | null;
}

/** The settings that also have a place outside the environment, or a default that depends on it. */
const SETTINGS: Partial<Record<EnvName, { key: string; value: (options: Options) => unknown }>> = {
  FN_HOST_PORT: { key: 'port', value: ({ port }) => port },
  FN_HOST: { key: 'host', value: ({ host }) => host },
  FN_GATEWAYS: { key: 'gateways', value: ({ gateways }) => gateways },
  FN_PUBLIC_BASE_URL: { key: 'publicBaseUrl', value: ({ publicBaseUrl }) => publicBaseUrl },
  FN_OPENAPI_INCLUDE_INTERNAL: { key: 'openapiIncludeInternal', value: (options) => options.openapiIncludeInternal },
  FN_FUNCTIONS_ROOT: { key: 'root', value: ({ root }) => root },
  FN_FORCE_URL: { key: 'forceUrl', value: ({ forceUrl }) => forceUrl },
  FN_HOT_RELOAD: { key: 'hotReload', value: ({ hotReload }) => hotReload },
  FN_RUNTIME_DAEMONS: { key: 'runtimeDaemons', value: ({ runtimeDaemons }) => runtimeDaemons },
  FN_STATE_DIR: { key: 'stateDir', value: ({ stateDir }) => stateDir },
  FN_UI_ENABLED: { key: 'console.uiEnabled', value: (options) => options.console.uiEnabled },
  FN_CONSOLE_WRITE_ENABLED: { key: 'console.writeEnabled', value: (options) => options.console.writeEnabled },
  ...binaries(),
};

/**
 * Every variable with its value and where it comes from.
 *
 * @param loaded with it, `.env`, flags and project files count too, as they do for the server.
 */
export function describeEnv(
  env: Environment,
  loaded?: Pick<LoadedOptions, 'options' | 'sources' | 'environment' | 'dotEnvNames'>,
): EnvRow[] {
  const environment = loaded?.environment ?? env;
  return ENV_NAMES.map((name) => {
    const spec: EnvVar = ENV_VARS[name];
    const read = readVariable(name, environment);
    const { description } = spec;
    const setting = SETTINGS[name];
    const source = setting && loaded?.sources[setting.key];
    if (setting && loaded && source && source !== 'env') {
      return { name, value: show(setting.value(loaded.options)), source, description, problem: null };
    }
    if (read.state === 'unset')
      return { name, value: spec.default ?? '', source: 'default', description, problem: null };
    return {
      name,
      value: spec.secret ? HIDDEN : maskUrlCredentials(environment[name] ?? ''),
      source: loaded?.dotEnvNames.has(name) ? '.env' : 'environment',
      description,
      problem: read.state === 'bad' ? read.problem.message : null,
    };
  });
}

/** As one would write it into the environment. */
function show(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, count]) => `${name}=${count}`)
    .join(',');
}

function binaries(): typeof SETTINGS {
  return Object.fromEntries(
    BINARIES.map((tool) => [
      `FN_${tool.toUpperCase()}_BIN`,
      {
        key: `runtimeBinaries.${tool}`,
        value: ({ runtimeBinaries }: Options) =>
          runtimeBinaries[tool] ??
          (ENV_VARS[`FN_${tool.toUpperCase() as Uppercase<typeof tool>}_BIN`] as EnvVar).default,
      },
    ]),
  );
}
