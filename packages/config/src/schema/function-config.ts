import { RUNTIMES } from '@fastfn/core';
import * as z from 'zod';
import { ADAPTER_NAMES } from './adapters.js';
import { choice, decimal, flag, freeObject, key, matching, names, text, whole } from './parts.js';
import * as patterns from './patterns.js';
import { projectKeys } from './project-file.js';

const DAY_MS = 86_400_000;
const MAX_BYTES = 1_099_511_627_776;
const MAX_SECONDS = 31_536_000;

const route = () => z.string().max(2048);

const invoke = z.strictObject({
  methods: key(names(patterns.METHOD, patterns.METHODS_ALLOWED, 1), {
    description: 'Methods that the function answers. A method in the file name decides alone.',
    default: ['GET'],
  }),
  routes: key(
    z.union([z.array(route()), route()]).meta({ allowed: 'a list of paths such as "/api/x" or "/files/*"' }),
    {
      description: 'Further URLs, beside the one of the folder. `/x/*` puts the tail into `params.wildcard`.',
      aliases: ['route'],
    },
  ),
  default_route: key(flag(), {
    description: 'false hides the URLs that folder and name give; only `routes` answer then.',
    default: true,
  }),
  allow_hosts: key(
    names(patterns.HOST_OR_SUFFIX, 'hosts such as "api.example.com", "localhost:8080" or "*.example.com"'),
    {
      description: 'Answer only requests for these hosts; others get 421.',
    },
  ),
  'force-url': key(flag(), {
    description: 'Let `routes` replace files and manifests that claim the same URL.',
    default: false,
    aliases: ['force_url', 'forceUrl'],
  }),
  handler: key(matching(patterns.IDENTIFIER, 'a name as code can have it, such as "main"'), {
    description: 'Name of the function to call in the handler file.',
    default: 'handler',
  }),
  adapter: key(choice(ADAPTER_NAMES), {
    description: 'Run code written for another platform unchanged.',
  }),
  async: key(flag(), {
    description: 'Callers may send `Prefer: respond-async` and get the answer later as a job.',
    default: false,
  }),
  summary: key(text(200), { description: 'One line for the API docs.' }),
  description: key(text(10_000), { description: 'Longer text for the API docs; Markdown.' }),
  tags: key(names(/^[^,\0\r\n]{1,80}$/, 'names'), { description: 'Groups in the API docs.', default: ['functions'] }),
  query: key(freeObject(), { description: 'Query parameters with an example value each, for the API docs.' }),
  body: key(z.unknown(), { description: 'Example of a request body, for the API docs.' }),
  content_type: key(matching(patterns.MEDIA_TYPE, 'a media type such as "application/json"'), {
    description: 'Media type of the request body, for the API docs.',
  }),
  deprecated: key(flag(), { description: 'Marks the operations as deprecated in the API docs.', default: false }),
});

const cors = z.strictObject({
  origins: key(names(patterns.ORIGIN, 'origins such as "https://app.example.com", or "*"'), {
    description: 'Who may call from a browser.',
    default: ['*'],
  }),
  methods: key(names(patterns.METHOD, patterns.METHODS_ALLOWED), {
    description: 'Methods allowed across origins; empty: those of the route.',
    default: [],
  }),
  headers: key(names(patterns.HEADER_NAME, 'header names'), {
    description: 'Request headers allowed; empty: those that the preflight asks for.',
    default: [],
  }),
  expose: key(names(patterns.HEADER_NAME, 'header names'), {
    description: 'Response headers that scripts may read.',
    default: [],
  }),
  credentials: key(flag(), {
    description: 'Allow cookies and logins. Needs origins by name: browsers refuse it together with `*`.',
    default: false,
  }),
  max_age: key(whole(0, MAX_SECONDS, 'seconds'), { description: 'How long a browser may keep the preflight answer.' }),
});

const workerPool = z.strictObject({
  enabled: key(flag(), { description: 'false: no limit by the pool.', default: true }),
  max_workers: key(whole(0, 1024), {
    description: 'Calls and workers at the same time; 0: not declared, workers grow as the language needs.',
    default: 0,
  }),
  min_warm: key(whole(0, 1024), { description: 'Workers started ahead of the first call.', default: 0 }),
  max_queue: key(whole(0, 100_000), { description: 'Calls that may wait when all workers are busy.', default: 0 }),
  queue_timeout_ms: key(whole(0, DAY_MS, 'milliseconds'), {
    description: 'How long a call may wait; 0: for the rest of its deadline.',
    default: 0,
  }),
  queue_poll_ms: key(whole(0, DAY_MS, 'milliseconds'), {
    description: 'Accepted for compatibility, without effect: the queue does not poll.',
    default: 0,
  }),
  idle_ttl_seconds: key(decimal(0, MAX_SECONDS, 'seconds'), {
    description: 'Idle workers end after this time.',
    default: 300,
  }),
  overflow_status: key(z.union([z.literal(429), z.literal(503)]).meta({ allowed: '429 or 503' }), {
    description: 'Status of refused calls.',
    default: 429,
  }),
});

const keepWarm = z.strictObject({
  enabled: key(flag(), { description: 'Keep workers ready by calling them.', default: false }),
  min_warm: key(whole(0, 1024), { description: 'Workers kept ready.', default: 1 }),
  ping_every_seconds: key(decimal(0.1, MAX_SECONDS, 'seconds'), {
    description: 'Time between two pings.',
    default: 45,
  }),
  idle_ttl_seconds: key(decimal(0, MAX_SECONDS, 'seconds'), {
    description: 'Workers beyond `min_warm` end after this time.',
    default: 300,
  }),
});

const retry = z.strictObject({
  max_attempts: key(whole(1, 10), { description: 'Calls in all, the first one included.', default: 3 }),
  base_delay_seconds: key(decimal(0, 86_400, 'seconds'), {
    description: 'Wait before the second call; it doubles from there.',
    default: 1,
  }),
  max_delay_seconds: key(decimal(0, 86_400, 'seconds'), { description: 'Longest wait.', default: 30 }),
  jitter: key(decimal(0, 1), { description: 'Share of the wait that is left to chance.', default: 0.2 }),
});

const schedule = z
  .strictObject({
    enabled: key(flag(), { description: 'false keeps the schedule in the file without running it.', default: true }),
    every_seconds: key(decimal(0.1, MAX_SECONDS, 'seconds'), { description: 'Fixed interval. Either this or `cron`.' }),
    cron: key(
      z.string().max(200).meta({ allowed: '5 or 6 fields such as "*/5 * * * *", or a name such as "@hourly"' }),
      {
        description: 'Cron expression. Either this or `every_seconds`.',
      },
    ),
    timezone: key(
      z
        .string()
        .max(64)
        .meta({ allowed: 'an IANA name such as "Europe/Berlin", "UTC", "local" or an offset such as "+02:00"' }),
      { description: 'Time zone of `cron`.', default: 'UTC' },
    ),
    method: key(matching(patterns.METHOD, `one of ${patterns.METHODS_ALLOWED}`), {
      description: 'Method of the call; by default the first of the function.',
    }),
    query: key(freeObject(), { description: 'Query of the call.' }),
    headers: key(
      z
        .record(
          z.string().regex(patterns.HEADER_NAME),
          z.string().regex(patterns.HEADER_VALUE).meta({ allowed: 'a text without line breaks' }),
        )
        .meta({ allowed: 'an object of header names and texts' }),
      { description: 'Headers of the call.' },
    ),
    body: key(z.unknown(), { description: 'Body of the call: a text, or anything else as JSON.' }),
    context: key(z.unknown(), { description: 'Reaches the handler as `context.user`.' }),
    catch_up: key(flag(), {
      description: 'A tick missed while the server was off runs once on return.',
      default: true,
    }),
    retry: key(z.union([z.boolean(), retry]).meta({ allowed: 'true, false or an object' }), {
      description: 'Repeat failed calls (no answer, 429, 503, 500 and above); true takes the defaults.',
      default: false,
    }),
  })
  .meta({
    // For editors; the parser has a rule of its own with a better message.
    not: { required: ['cron', 'every_seconds'] },
    anyOf: [
      { required: ['cron'] },
      { required: ['every_seconds'] },
      { required: ['enabled'], properties: { enabled: { const: false } } },
    ],
  });

const edge = z.strictObject({
  base_url: key(matching(patterns.BASE_URL, 'an http or https URL without credentials, query or fragment'), {
    description: 'Base of `proxy.path`.',
  }),
  allow_hosts: key(names(patterns.HOST_OR_SUFFIX, 'hosts such as "api.example.com" or "*.example.com"'), {
    description: 'Hosts that may be reached; empty: any public one.',
    default: [],
  }),
  allow_private: key(flag(), { description: 'Also private, loopback and link-local addresses.', default: false }),
  max_response_bytes: key(whole(1, MAX_BYTES, 'bytes'), {
    description: 'Largest answer that is passed on.',
    default: 2 * 1024 * 1024,
  }),
});

const home = z.strictObject({
  route: key(
    z
      .string()
      .min(1)
      .max(2048)
      .regex(/^[^\s\\]+$/)
      .meta({ allowed: 'a route, relative ("dashboard") or absolute ("/portal/dashboard")' }),
    {
      description: 'Route served at the URL of the folder itself.',
      aliases: ['function'],
    },
  ),
  redirect: key(matching(patterns.REDIRECT, 'a path such as "/docs" or an http(s) URL'), {
    description: 'Where the URL of the folder redirects to (302).',
  }),
});

/** Must name a folder below root: the root itself would publish the handlers' sources. */
const ASSETS_DIRECTORY = new RegExp(`^(?!(?:\\./*)+$)${patterns.RELATIVE_PATH.source.slice(1)}`);

const assets = z.strictObject({
  directory: matching(ASSETS_DIRECTORY, 'a folder below the functions root, such as "public"').meta({
    description: 'Folder of static files, relative to the functions root.',
  }),
  not_found_handling: key(choice(['404', 'single-page-application', 'spa']), {
    description:
      'What pages that do not exist get: 404, or `index.html` of a single-page application (`spa` for short).',
    default: '404',
  }),
  run_worker_first: key(flag(), { description: 'Functions win over files of the same path.', default: false }),
});

const ignoreDirs = () => names(patterns.FOLDER_NAME, 'folder names');

/** `fn.config.json`, SPEC §4: the file as written. Aliases are resolved before, units are converted afterwards. */
export const functionConfigSchema = z
  .strictObject({
    $schema: key(z.string(), { description: 'Where editors find the schema of this file.' }),
    runtime: key(choice(RUNTIMES), {
      description: 'Language of the handler, when the folder has several or none by name.',
    }),
    name: key(
      matching(patterns.FUNCTION_NAME, 'letters, digits, "_", "-", "." and "/" between parts, at most 200').max(200),
      {
        description: 'Name of the function; by default its folder. Its URLs are `/name` and `/name/*`.',
      },
    ),
    entrypoint: key(matching(patterns.RELATIVE_PATH, 'a path below the folder of this file, without ".."').max(1024), {
      description: 'Handler file, relative to this file.',
    }),
    group: key(text(80), { description: 'Heading under which tools list the function.' }),
    timeout_ms: key(whole(1, DAY_MS, 'milliseconds'), {
      description:
        'A call that takes longer is stopped and answered with 504. `FN_DEFAULT_TIMEOUT_MS` changes the default.',
      default: 30_000,
    }),
    max_concurrency: key(whole(0, 1_000_000), {
      description: 'Calls at the same time; 0: no limit. `FN_DEFAULT_MAX_CONCURRENCY` changes the default.',
      default: 0,
    }),
    max_body_bytes: key(whole(1, MAX_BYTES, 'bytes'), {
      description: 'Largest request body; more is answered with 413. `FN_DEFAULT_MAX_BODY_BYTES` changes the default.',
      default: 1_048_576,
    }),
    max_response_bytes: key(whole(0, MAX_BYTES, 'bytes'), {
      description: 'Largest response; 0: no limit.',
      default: 0,
    }),
    memory_mb: key(whole(0, 1_048_576, 'megabytes'), {
      description: 'A worker that uses more is ended and its calls are answered with 502; 0: no limit.',
      default: 0,
    }),
    include_debug_headers: key(flag(), {
      description: 'Answer with `X-Fn-…` headers about runtime, worker and output.',
      default: false,
    }),
    response: key(
      z.strictObject({
        include_debug_headers: key(flag(), {
          description: 'Same as `include_debug_headers`, and wins over it.',
          default: false,
        }),
      }),
      { description: 'Settings of the response.' },
    ),
    strict_fs: key(flag(), {
      description:
        'Let the handler reach only its own folder and what it needs to run. `FN_STRICT_FS` changes the default.',
      default: true,
    }),
    shared_deps: key(names(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'names of packs'), {
      description: 'Packs of shared dependencies below `.fastfn/packs`.',
      default: [],
    }),
    invoke: key(invoke, { description: 'How the function is called, and what the API docs say of it.' }),
    cors: key(z.union([z.boolean(), cors]).meta({ allowed: 'true, false or an object' }), {
      description: 'Calls from pages of other origins; true allows all of them.',
      default: false,
    }),
    worker_pool: key(workerPool, { description: 'Processes and queue of the function.' }),
    keep_warm: key(keepWarm, { description: 'Workers kept ready between calls.' }),
    schedule: key(schedule, { description: 'Calls by the clock.' }),
    edge: key(edge, { description: 'Allows `proxy` answers and says where to.' }),
    home: key(home, { description: 'What the URL of the folder itself answers.' }),
    assets: key(assets, { description: 'Static files. Only in the functions root.' }),
    zero_config: key(
      z.strictObject({
        ignore_dirs: key(ignoreDirs(), { description: 'Folders that are not searched for functions.' }),
      }),
      { description: 'Settings of discovery. Only in the functions root.' },
    ),
    zero_config_ignore_dirs: key(ignoreDirs(), { description: 'Same as `zero_config.ignore_dirs`.' }),
    ...projectKeys('root'),
  })
  .meta({
    title: 'fn.config.json',
    description: 'Settings of a FastFN function, or of all functions in and below a folder.',
  });

export type FunctionConfigFile = z.infer<typeof functionConfigSchema>;
/** The project's settings, in the spelling of this file. */
export const PROJECT_KEYS = Object.keys(projectKeys('root')) as (keyof ReturnType<typeof projectKeys<'root'>>)[];
/** Further keys that count only in the functions root. */
export const ROOT_ONLY_KEYS = ['assets', 'zero_config', 'zero_config_ignore_dirs'] as const;
