import type { Diagnostic } from '@fastfn/core';
import { nearestName } from '../nearest.js';
import { HIDDEN, isSecretKey } from '../secrets.js';
import { ENV_NAMES, ENV_VARS, type EnvName, type EnvValues, type EnvVar } from './table.js';

export interface ParsedEnv {
  readonly values: Readonly<EnvValues>;
  /** Bad values (errors) and names that look misspelt (warnings). */
  readonly problems: readonly Diagnostic[];
}

/** The environment as given to a process: missing and undefined are the same. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses FastFN's variables. An empty value counts as not set, but for `FN_RUNTIMES`, where it would leave none.
 * Never throws; all problems come back together.
 */
export function parseEnv(env: Environment): ParsedEnv {
  const values: { [K in EnvName]?: unknown } = {};
  const problems: Diagnostic[] = [];
  for (const name of ENV_NAMES) {
    const read = readVariable(name, env);
    if (read.state === 'set') values[name] = read.value;
    if (read.state === 'bad') problems.push(read.problem);
  }
  return {
    values: values as EnvValues,
    problems: [...problems, ...misspelt(env), ...rulesBetween(values as EnvValues, problems)],
  };
}

export type VariableRead =
  | { readonly state: 'unset' }
  | { readonly state: 'set'; readonly value: unknown }
  | { readonly state: 'bad'; readonly problem: Diagnostic };

export function readVariable(name: EnvName, env: Environment): VariableRead {
  const spec: EnvVar = ENV_VARS[name];
  const written = env[name];
  const text = written?.trim();
  if (text === undefined || written === undefined || (text === '' && name !== 'FN_RUNTIMES')) return { state: 'unset' };
  // Blanks belong to a password.
  const value = spec.parse(spec.secret ? written : text);
  if (value !== undefined) return { state: 'set', value };
  const found = spec.secret ? HIDDEN : JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
  return { state: 'bad', problem: bad(name, found, spec.allowed, `Correct or unset ${name}.`) };
}

function bad(name: string, found: string, allowed: string, fix: string): Diagnostic {
  const message = `Environment variable ${name} is ${found}; allowed: ${allowed}.`;
  return { code: 'invalid_config', severity: 'error', file: '', key: name, message, found, allowed, fix };
}

/** Login without a way to log in would lock everybody out, or let everybody in. */
function rulesBetween(values: Readonly<EnvValues>, problems: readonly Diagnostic[]): Diagnostic[] {
  if (!values.FN_CONSOLE_LOGIN_ENABLED) return [];
  const isMissing = (...names: EnvName[]) =>
    names.every((name) => values[name] === undefined && !problems.some(({ key }) => key === name));
  const missing: EnvName[] = [];
  if (isMissing('FN_CONSOLE_LOGIN_PASSWORD_HASH', 'FN_CONSOLE_LOGIN_PASSWORD'))
    missing.push('FN_CONSOLE_LOGIN_PASSWORD_HASH');
  if (isMissing('FN_CONSOLE_SESSION_SECRET')) missing.push('FN_CONSOLE_SESSION_SECRET');
  return missing.map((name) =>
    bad(
      name,
      'not set',
      `${ENV_VARS[name].allowed}, because FN_CONSOLE_LOGIN_ENABLED is on`,
      `Set ${name}, or FN_CONSOLE_LOGIN_ENABLED=0.`,
    ),
  );
}

/** Only near misses: functions may have FN_ variables of their own. */
function misspelt(env: Environment): Diagnostic[] {
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('FN_') || Object.hasOwn(ENV_VARS, name)) return [];
    const near = nearestName(
      name.slice(3),
      ENV_NAMES.filter((known) => known.startsWith('FN_')).map((known) => known.slice(3)),
    );
    if (near === null) return [];
    return {
      code: 'unknown_key',
      severity: 'warning',
      file: '',
      key: name,
      message: `Environment variable ${name} is none that FastFN knows.`,
      found: isSecretKey(name) ? HIDDEN : JSON.stringify(env[name]),
      fix: `Did you mean FN_${near}?`,
    } as const;
  });
}
