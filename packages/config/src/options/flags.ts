import type { Diagnostic } from '@fastfn/core';
import * as kind from '../env/kinds.js';
import { describeFound } from '../found.js';
import type { Flags } from './options.js';

export interface CheckedFlags {
  port?: number;
  gateways?: number | 'auto';
  host?: string;
  forceUrl?: boolean;
  hotReload?: boolean;
  strict?: boolean;
  consoleWrite?: boolean;
}

/** Flags as typed → values; the same rules as for the environment. */
export function checkFlags({ port, host, gateways, ...switches }: Readonly<Partial<Flags>>): {
  values: CheckedFlags;
  problems: Diagnostic[];
} {
  const problems: Diagnostic[] = [];
  const read = <T>(
    name: string,
    written: string | number | undefined,
    { allowed, parse }: kind.EnvKind<T>,
  ): T | undefined => {
    if (written === undefined) return undefined;
    const value = parse(String(written).trim());
    if (value === undefined) {
      const found = describeFound(written);
      const message = `${name} is ${found}; allowed: ${allowed}.`;
      problems.push({
        code: 'invalid_config',
        severity: 'error',
        file: '',
        key: name,
        message,
        found,
        allowed,
        fix: `Correct or leave out ${name}.`,
      });
    }
    return value;
  };
  return {
    values: {
      ...switches,
      port: read('--port', port, kind.whole(0, 65_535)),
      host: read('--host', host, kind.host),
      gateways: read('--gateways', gateways, kind.gateways),
    },
    problems,
  };
}
