import { type Diagnostic, FastFnError, type FunctionConfig } from '@fastfn/core';
import type { FunctionEnv } from './env.js';

/** What a folder hands down to the functions in and below it. */
export interface Inherited {
  /** Overlays, nearest first. */
  readonly layers: readonly FunctionConfig[];
  readonly env: FunctionEnv;
  /**
   * Faults of config files that never were good. A function below such a file must not run with other limits or hosts
   * than were written down, so it answers `invalid_config` until the file is mended.
   */
  readonly problems: readonly Diagnostic[];
}

/** A config that names a function, rather than only setting things for a folder. SPEC §2.2. */
export function isExplicit(config: FunctionConfig): boolean {
  return (
    config.runtime !== undefined ||
    config.name !== undefined ||
    config.entrypoint !== undefined ||
    config.invoke?.routes !== undefined
  );
}

/**
 * The part of a config that functions below it take over. A schedule, a home and an identity belong to the folder that
 * declares them: a schedule in the root's config would otherwise run every function.
 */
export function inheritable(config: FunctionConfig): FunctionConfig {
  const { runtime, name, entrypoint, schedule, home, assets, ignoreDirs, invoke, ...rest } = config;
  if (invoke === undefined) return rest;
  const { routes, defaultRoute, ...invokeRest } = invoke;
  return { ...rest, invoke: invokeRest };
}

/** The part that names a function and its URLs taken out: for files of a folder whose config names no function. */
export function withoutIdentity(config: FunctionConfig): FunctionConfig {
  return config.schedule === undefined ? inheritable(config) : { ...inheritable(config), schedule: config.schedule };
}

/** The answer of a function whose configuration never was valid; null when nothing is wrong. */
export function configErrorOf(problems: readonly Diagnostic[]): FastFnError | null {
  const first = problems[0];
  if (first === undefined) return null;
  const text = first.message.startsWith(first.file) ? first.message : `${first.file}: ${first.message}`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new FastFnError('invalid_config', `The configuration is invalid: ${text}${more}`, {
    details: {
      problems: problems.map(({ file, line, key, message, fix }) => ({ file, line, key, message, fix })),
    },
  });
}
