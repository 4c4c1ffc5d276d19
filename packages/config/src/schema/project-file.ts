import { RUNTIMES } from '@fastfn/core';
import * as z from 'zod';
import { flag, key, matching, names, whole } from './parts.js';
import * as patterns from './patterns.js';

/** Tools whose executable can be named. SPEC §4. */
export const BINARIES = ['python', 'node', 'npm', 'php', 'composer', 'cargo', 'go'] as const;
export type Binary = (typeof BINARIES)[number];

export const MAX_DAEMONS = 64;
export const MAX_GATEWAYS = 64;
/** `node=3,python=2` */
export const DAEMON_COUNTS = /^\s*[A-Za-z]+\s*=\s*\d+(?:\s*,\s*[A-Za-z]+\s*=\s*\d+)*\s*$/;

/** A bare host name or address to listen on. */
export const LISTEN_HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9]+)?\]?)$/;

const counts = Object.fromEntries(
  RUNTIMES.map((runtime) => [
    runtime,
    key(whole(1, MAX_DAEMONS), { description: `Daemons of ${runtime}.`, default: 1 }),
  ]),
) as Record<(typeof RUNTIMES)[number], z.ZodOptional<z.ZodNumber>>;

const binaries = Object.fromEntries(
  BINARIES.map((name) => [
    name,
    key(matching(/^[^\0\r\n]+$/, 'a command name or a path'), { description: `Executable used as ${name}.` }),
  ]),
) as Record<Binary, z.ZodOptional<z.ZodString>>;

type Snake<K extends string> = K extends `${infer A}-${infer B}` ? `${A}_${Snake<B>}` : K;
type Spelled<K extends string, W> = W extends 'root' ? Snake<K> : K;

/**
 * The project's settings: kebab-case in `fastfn.json` and `fastfn.toml`, snake_case in the root `fn.config.json`; the
 * other spellings are aliases. SPEC §4.
 */
export function projectKeys<W extends 'fastfn' | 'root'>(where: W) {
  const note = where === 'root' ? ' Only in the functions root; `fastfn.json` wins.' : '';
  const spelled = <K extends string, T extends z.ZodType>(
    kebab: K,
    schema: T,
    description: string,
    fallback?: unknown,
  ): { [P in Spelled<K, W>]: z.ZodOptional<T> } => {
    const snake = kebab.replaceAll('-', '_');
    const camel = kebab.replace(/-(.)/g, (_, c: string) => c.toUpperCase());
    const canonical = where === 'root' ? snake : kebab;
    const aliases = [...new Set([kebab, snake, camel])].filter((name) => name !== canonical);
    const meta = { description: description + note, ...(fallback === undefined ? {} : { default: fallback }), aliases };
    return { [canonical]: key(schema, meta) } as { [P in Spelled<K, W>]: z.ZodOptional<T> };
  };
  return {
    ...spelled('host', matching(LISTEN_HOST, 'a host name or an IP address'), 'Address to listen on.', '127.0.0.1'),
    ...spelled('port', whole(0, 65_535), 'Port to listen on; 0 takes any free one.', 8080),
    ...spelled(
      'gateways',
      z.union([whole(1, MAX_GATEWAYS), z.literal('auto')]).meta({
        allowed: `a whole number from 1 to ${MAX_GATEWAYS}, or "auto": one per core`,
      }),
      'Gateway processes that share the port in `fastfn run`; `"auto"`: one per core. `fastfn dev` has one.',
      1,
    ),
    ...spelled(
      'public-base-url',
      matching(patterns.BASE_URL, 'an http or https URL without credentials, query or fragment'),
      'URL under which clients reach the server, for the API docs.',
    ),
    ...spelled('openapi-include-internal', flag(), 'List the admin API in the API docs.', false),
    ...spelled(
      'force-url',
      flag(),
      'Let every `invoke.routes` replace files and manifests that claim the same URL.',
      false,
    ),
    ...spelled(
      'domains',
      names(patterns.HOST, 'host names'),
      'Domains of the project, checked by `fastfn doctor domains`.',
      [],
    ),
    ...spelled(
      'runtime-daemons',
      z
        .union([z.strictObject(counts), z.string().regex(DAEMON_COUNTS)])
        .meta({ allowed: 'an object such as {"node": 3}, or a text such as "node=3,python=2"' }),
      'Daemons per runtime; the gateway spreads calls over them.',
    ),
    ...spelled('runtime-binaries', z.strictObject(binaries), 'Executables of the languages and their tools.'),
    ...spelled('hot-reload', flag(), 'Watch the functions root and reload what changed.', true),
  };
}

/** `fastfn.json` or `fastfn.toml`: the file as written. */
export const projectFileSchema = z
  .strictObject({
    $schema: key(z.string(), { description: 'Where editors find the schema of this file.' }),
    'functions-dir': key(
      z
        .string()
        .min(1)
        .regex(/^[^\0]+$/)
        .meta({ allowed: 'a folder, relative to this file or absolute' }),
      {
        description: 'The functions root.',
        default: 'functions',
        aliases: ['functions_dir', 'functionsDir'],
      },
    ),
    ...projectKeys('fastfn'),
  })
  .meta({ title: 'fastfn.json', description: 'Settings of a FastFN project.' });

export type ProjectFile = z.infer<typeof projectFileSchema>;
