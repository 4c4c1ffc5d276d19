import { HIDDEN, maskUrlCredentials } from '../secrets.js';
import { type Environment, readVariable } from './parse.js';
import { ENV_NAMES, ENV_VARS, type EnvVar } from './table.js';

/** One line of `fastfn doctor --env`. */
export interface EnvRow {
  readonly name: string;
  /** As written or by default, secrets masked; null: not set, and no fixed default. */
  readonly value: string | null;
  readonly source: 'environment' | '.env' | 'default';
  readonly description: string;
  /** Why the value is refused. */
  readonly problem: string | null;
}

/**
 * Every variable with its value and where it comes from.
 *
 * @param options.fromDotEnv names whose value stands in `.env` (see `LoadedOptions.dotEnvNames`).
 */
export function describeEnv(env: Environment, options: { readonly fromDotEnv?: ReadonlySet<string> } = {}): EnvRow[] {
  return ENV_NAMES.map((name) => {
    const spec: EnvVar = ENV_VARS[name];
    const read = readVariable(name, env);
    const { description } = spec;
    if (read.state === 'unset') return { name, value: spec.default, source: 'default', description, problem: null };
    return {
      name,
      value: spec.secret ? HIDDEN : maskUrlCredentials(env[name] ?? ''),
      source: options.fromDotEnv?.has(name) ? '.env' : 'environment',
      description,
      problem: read.state === 'bad' ? read.problem.message : null,
    };
  });
}
