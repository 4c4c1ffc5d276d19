import { isIPv4, isIPv6 } from 'node:net';
import { isAbsolute } from 'node:path';
import { isRuntime, RUNTIMES, type Runtime } from '@fastfn/core';
import { daemonPairs, dropTrailingSlash, normaliseHost } from '../normalise/project.js';
import { daemonCountsProblem } from '../rules/daemons.js';
import { BASE_URL, FOLDER_NAME, REDIRECT } from '../schema/patterns.js';
import { LISTEN_HOST, MAX_DAEMONS, MAX_GATEWAYS } from '../schema/project-file.js';

/** How the text of a variable becomes a value. */
export interface EnvKind<T> {
  /** For tables: `boolean`, `number`, `text`, `list`, `path`, `url`, `json`. */
  readonly type: string;
  /** Completes "allowed: …". */
  readonly allowed: string;
  /** @returns undefined when the text is not allowed. */
  parse(text: string): T | undefined;
}

/** SPEC §4: `1 true yes on` / `0 false no off`, any case. */
export const boolean: EnvKind<boolean> = {
  type: 'boolean',
  allowed: '1, true, yes, on, or 0, false, no, off',
  parse(text) {
    if (/^(?:1|true|yes|on)$/i.test(text)) return true;
    return /^(?:0|false|no|off)$/i.test(text) ? false : undefined;
  },
};

export function whole(min: number, max: number): EnvKind<number> {
  return {
    type: 'number',
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => (/^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
  };
}

/** Written in seconds, fractions allowed; the value is in ms. */
export function seconds(min: number, max: number): EnvKind<number> {
  return {
    type: 'number',
    allowed: `a number of seconds from ${min} to ${max}`,
    parse(text) {
      const value = /^\d{1,10}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? Math.round(value * 1000) : undefined;
    },
  };
}

export const gateways: EnvKind<number | 'auto'> = {
  type: 'number',
  allowed: `a whole number from 1 to ${MAX_GATEWAYS}, or auto: one per core`,
  parse: (text) => (text.toLowerCase() === 'auto' ? 'auto' : whole(1, MAX_GATEWAYS).parse(text)),
};

export function choice<const T extends string>(...values: T[]): EnvKind<T> {
  return {
    type: 'choice',
    allowed: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text.toLowerCase()),
  };
}

export function text(max: number): EnvKind<string> {
  return {
    type: 'text',
    allowed: `a text of at most ${max} characters`,
    parse: (value) => (value.length <= max ? value : undefined),
  };
}

export function secret(minLength: number): EnvKind<string> {
  return {
    type: 'text',
    allowed: `a text of at least ${minLength} characters`,
    parse: (value) => (value.length >= minLength && value.length <= 4096 ? value : undefined),
  };
}

/** Relative ones are resolved by the caller. */
export const path: EnvKind<string> = {
  type: 'path',
  allowed: 'a path',
  parse: (value) => (value.length <= 4096 && !value.includes('\0') ? value : undefined),
};

export const command: EnvKind<string> = { ...path, allowed: 'a command name or a path' };

export const host: EnvKind<string> = {
  type: 'text',
  allowed: 'a host name or an IP address',
  parse: (value) => (LISTEN_HOST.test(value) ? normaliseHost(value) : undefined),
};

/** Without its trailing slash. */
export const baseUrl: EnvKind<string> = {
  type: 'url',
  allowed: 'an http or https URL without credentials, query or fragment',
  parse: (value) => (BASE_URL.test(value) && URL.canParse(value) ? dropTrailingSlash(value) : undefined),
};

export const redisUrl: EnvKind<string> = {
  type: 'url',
  allowed: 'a URL such as redis://user:password@host:6379/0, or rediss:// for TLS',
  parse: (value) => (/^(?:rediss?:\/\/[^/?#]|unix:\/\/\/)/.test(value) && URL.canParse(value) ? value : undefined),
};

export const redirect: EnvKind<string> = {
  type: 'url',
  allowed: 'a path such as /docs, or an http(s) URL',
  parse: (value) => (REDIRECT.test(value) ? value : undefined),
};

export const route: EnvKind<string> = {
  type: 'text',
  allowed: 'a route such as /showcase',
  parse: (value) => (/^[^\s\\]{1,2048}$/.test(value) ? value : undefined),
};

/** Lower case. */
export const folderNames: EnvKind<readonly string[]> = {
  type: 'list',
  allowed: 'folder names with commas between',
  parse(value) {
    const names = split(value);
    return names.every((name) => FOLDER_NAME.test(name)) ? names.map((name) => name.toLowerCase()) : undefined;
  },
};

export const paths: EnvKind<readonly string[]> = {
  type: 'list',
  allowed: 'paths with commas between',
  parse: (value) => (value.includes('\0') ? undefined : split(value)),
};

export const runtimes: EnvKind<readonly Runtime[]> = {
  type: 'list',
  allowed: `at least one of ${RUNTIMES.join(', ')}, with commas between, first wins`,
  parse(value) {
    const names = split(value).map((name) => name.toLowerCase());
    return names.length > 0 && names.every(isRuntime) ? [...new Set(names)] : undefined;
  },
};

/** `node=3,python=2` or `{"node": 3}`. */
export const runtimeCounts: EnvKind<Readonly<Partial<Record<Runtime, number>>>> = {
  type: 'list',
  allowed: `node=3,python=2 or {"node": 3}, each runtime once, counts from 1 to ${MAX_DAEMONS}`,
  parse(value) {
    if (!value.startsWith('{'))
      return daemonCountsProblem(value) === null ? Object.fromEntries(daemonPairs(value)) : undefined;
    const object = parseObject(value);
    if (!object) return undefined;
    const good = ([name, count]: [string, unknown]) =>
      isRuntime(name) && Number.isInteger(count) && (count as number) >= 1 && (count as number) <= MAX_DAEMONS;
    return Object.entries(object).every(good) ? (object as Partial<Record<Runtime, number>>) : undefined;
  },
};

/** JSON: runtime → socket or list of sockets; the value has lists of absolute paths without `unix:`. */
export const runtimeSockets: EnvKind<Readonly<Partial<Record<Runtime, readonly string[]>>>> = {
  type: 'json',
  allowed:
    'JSON such as {"python": "unix:/run/py.sock"} or {"python": ["/run/1.sock", "/run/2.sock"]}, absolute paths, no lua',
  parse(value) {
    const object = parseObject(value);
    if (!object) return undefined;
    const sockets: Partial<Record<Runtime, string[]>> = {};
    for (const [name, written] of Object.entries(object)) {
      // Lua runs inside the gateway: it has no socket.
      if (!isRuntime(name) || name === 'lua') return undefined;
      const list: unknown[] = Array.isArray(written) ? written : [written];
      const found = list.map((item) => (typeof item === 'string' ? item.replace(/^unix:(?:\/\/(?=\/))?/, '') : ''));
      if (
        found.length === 0 ||
        found.length > MAX_DAEMONS ||
        !found.every((item) => isAbsolute(item) && !item.includes('\0'))
      ) {
        return undefined;
      }
      sockets[name] = [...new Set(found)];
    }
    return sockets;
  },
};

/** A bare address is a network of itself. */
export const cidrs: EnvKind<readonly string[]> = {
  type: 'list',
  allowed: 'networks such as 10.0.0.0/8 or ::1/128, or single addresses, with commas between',
  parse(value) {
    const networks = split(value).map(toCidr);
    return networks.every((network) => network !== null) ? networks : undefined;
  },
};

function toCidr(written: string): string | null {
  const [address = '', bits, ...rest] = written.split('/');
  const width = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : null;
  if (width === null || rest.length > 0) return null;
  if (bits === undefined) return `${address}/${width}`;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? `${address}/${Number(bits)}` : null;
}

/** SPEC §11. */
export const passwordHash: EnvKind<string> = {
  type: 'text',
  allowed: 'pbkdf2-sha256:<iterations>:<salt_hex>:<digest_hex> or scrypt:<N>:<r>:<p>:<salt_hex>:<digest_hex>',
  parse: (value) =>
    /^(?:pbkdf2-sha256:[1-9]\d{0,8}|scrypt:[1-9]\d{0,8}:[1-9]\d{0,3}:[1-9]\d{0,3}):(?:[0-9a-f]{2}){8,128}:(?:[0-9a-f]{2}){16,128}$/i.test(
      value,
    )
      ? value
      : undefined,
};

/** Anything; for variables that FastFN only mentions. */
export const anything: EnvKind<string> = { type: 'text', allowed: 'anything', parse: (value) => value };

function split(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseObject(value: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
