import { JOB_STATUSES } from '@fastfn/core';
import { errorResponses } from './responses.js';
import type { JsonSchema, Operation, Parameter, Paths } from './types.js';

export const INTERNAL_TAG = 'internal';

const TEXT: JsonSchema = { type: 'string' };
const FLAG: JsonSchema = { type: 'boolean' };
const NUMBER: JsonSchema = { type: 'number' };
const STATUS = object({ status: { type: 'string' } });
const DIAGNOSTICS = {
  type: 'array',
  items: object({
    code: { type: 'string' },
    severity: { type: 'string', enum: ['error', 'warning', 'info'] },
    file: { type: 'string' },
    message: { type: 'string' },
    fix: { type: 'string' },
  }),
};

const INVOKED = object({
  status: { type: 'integer' },
  latency_ms: NUMBER,
  headers: { type: 'object' },
  body: TEXT,
  body_base64: TEXT,
  is_base64: FLAG,
  stdout: TEXT,
  stderr: TEXT,
  route: TEXT,
  route_template: { type: ['string', 'null'] },
});
const WHOLE: JsonSchema = { type: 'integer' };
const MAYBE_WHOLE: JsonSchema = { type: ['integer', 'null'] };
const MAYBE_NUMBER: JsonSchema = { type: ['number', 'null'] };
const MAYBE_TEXT: JsonSchema = { type: ['string', 'null'] };
/** Fields that say what to call, of `/_fn/invoke` and `/_fn/jobs`. */
const CALL = {
  name: TEXT,
  route: TEXT,
  runtime: TEXT,
  version: TEXT,
  method: TEXT,
  params: { type: 'object' },
  query: { type: ['object', 'string'] },
  headers: { type: 'object' },
  body: {},
  is_base64: FLAG,
  context: {},
} as const satisfies Readonly<Record<string, JsonSchema>>;
const STATUSES: JsonSchema = { type: 'string', enum: [...JOB_STATUSES] };
const JOB = object({
  id: TEXT,
  status: STATUSES,
  runtime: TEXT,
  name: TEXT,
  version: TEXT,
  method: TEXT,
  route: TEXT,
  attempt: WHOLE,
  max_attempts: WHOLE,
  created_at_ms: WHOLE,
  updated_at_ms: WHOLE,
  due_at_ms: WHOLE,
  result_status: MAYBE_WHOLE,
  last_error: MAYBE_TEXT,
  callback: object({ url: TEXT, status: TEXT, attempts: WHOLE, last_error: MAYBE_TEXT }),
});
const JOB_RESULT = object({
  status: WHOLE,
  headers: { type: 'object' },
  body: TEXT,
  body_base64: TEXT,
  is_base64: FLAG,
  latency_ms: NUMBER,
  truncated: FLAG,
  size: WHOLE,
});
const SCHEDULES = object({
  enabled: FLAG,
  schedules: {
    type: 'array',
    items: object({
      runtime: TEXT,
      name: TEXT,
      version: TEXT,
      schedule: { type: 'object' },
      state: object({
        next: MAYBE_NUMBER,
        last: MAYBE_NUMBER,
        last_status: MAYBE_WHOLE,
        last_error: MAYBE_TEXT,
        last_server: MAYBE_TEXT,
        retry_due: MAYBE_NUMBER,
        retry_attempt: WHOLE,
        running: FLAG,
      }),
    }),
  },
  keep_warm: {
    type: 'array',
    items: object({
      runtime: TEXT,
      name: TEXT,
      version: TEXT,
      ping_every_seconds: NUMBER,
      state: object({ last_status: MAYBE_WHOLE, warm_state: TEXT }),
    }),
  },
});
const SCHEDULE_RUN = object({
  runtime: TEXT,
  name: TEXT,
  version: TEXT,
  status: WHOLE,
  error: MAYBE_TEXT,
  latency_ms: NUMBER,
});
const UI_STATE = object({
  ui_enabled: FLAG,
  api_enabled: FLAG,
  write_enabled: FLAG,
  local_only: FLAG,
  login_enabled: FLAG,
  current_user: { type: ['string', 'null'] },
});

const TEXTS: JsonSchema = { type: 'array', items: TEXT };
const OBJECTS: JsonSchema = { type: 'array', items: { type: 'object' } };
const FUNCTION = object({ runtime: TEXT, name: TEXT, version: TEXT, file: TEXT, code: TEXT });
const CONFIG = object({ runtime: TEXT, name: TEXT, version: TEXT, policy: { type: 'object' } });
const ENV = object({ fn_env: { type: 'object' } });
const FILE = object({ path: TEXT, content: TEXT });

/** FastFN's own endpoints under `/_fn`, shown when `openapi-include-internal` is on. SPEC §11. */
export const INTERNAL_PATHS: Paths = {
  '/_fn/health': {
    get: {
      ...endpoint('get_health', 'State of the server, its runtimes and functions', STATUS),
      description: 'Callers from outside learn the status only.',
      responses: { ...json('Serving.', STATUS), ...errorResponses([503]) },
    },
  },
  '/_fn/live': { get: endpoint('get_live', 'Is the process alive?', STATUS) },
  '/_fn/ready': {
    get: {
      ...endpoint('get_ready', 'Does the server take calls?', STATUS),
      responses: { ...json('Taking calls.', STATUS), ...errorResponses([503]) },
    },
  },
  '/_fn/reload': { get: reload('get_reload'), post: reload('post_reload') },
  '/_fn/catalog': {
    get: guarded(
      endpoint(
        'get_catalog',
        'Routes, conflicts, functions and diagnostics',
        object({
          generated_at: { type: ['string', 'number'] },
          functions_root: { type: 'string' },
          runtime_order: { type: 'array', items: { type: 'string' } },
          mapped_routes: { type: 'object' },
          mapped_route_conflicts: { type: 'object' },
          runtimes: { type: 'object' },
          diagnostics: DIAGNOSTICS,
        }),
      ),
    ),
  },
  '/_fn/invoke': {
    post: guarded({
      ...endpoint('post_invoke', 'Calls a function through the same chain as the public', INVOKED),
      requestBody: body(CALL),
      responses: { ...json('What the function answered.', INVOKED), ...errorResponses([400, 405, 413]) },
    }),
  },
  '/_fn/jobs': {
    get: guarded({
      ...endpoint('get_jobs', 'Jobs, newest first', object({ jobs: { type: 'array', items: JOB } })),
      parameters: [
        { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 } },
        { name: 'status', in: 'query', schema: STATUSES },
      ],
    }),
    post: write({
      ...endpoint('post_job', 'Makes a job: a call that is carried out later', JOB, 201),
      requestBody: body({
        ...CALL,
        max_attempts: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
        retry_delay_ms: { type: 'integer', minimum: 0, default: 1000 },
        run_at: { type: ['string', 'number'] },
        callback_url: TEXT,
      }),
      responses: { ...json('Accepted, and on disk.', JOB, 201), ...errorResponses([405, 409, 503, 507]) },
    }),
  },
  '/_fn/jobs/{id}': {
    get: guarded(ofJob(endpoint('get_job', 'One job', JOB))),
    delete: guarded({
      ...ofJob(endpoint('delete_job', 'Cancels a job that has not ended', JOB)),
      responses: { ...json('Canceled.', JOB), ...errorResponses([409, 503]) },
    }),
  },
  '/_fn/jobs/{id}/result': {
    get: guarded({
      ...ofJob(endpoint('get_job_result', 'The answer of a job', JOB_RESULT)),
      responses: {
        ...json('What the function answered.', JOB_RESULT),
        ...json('The job has not ended.', object({ id: TEXT, status: STATUSES }), 202),
        ...errorResponses([503]),
      },
    }),
  },
  '/_fn/jobs/{id}/retry': {
    post: guarded(ofJob(endpoint('post_job_retry', 'Makes a new job of the same call', JOB, 201))),
  },
  '/_fn/schedules': {
    get: guarded(endpoint('get_schedules', 'Schedules and functions that are kept warm, with their state', SCHEDULES)),
  },
  '/_fn/schedules/run': {
    post: write({
      ...endpoint('post_schedule_run', 'Runs a schedule now', SCHEDULE_RUN),
      requestBody: body({ name: TEXT, runtime: TEXT, version: TEXT }),
      responses: { ...json('It has run.', SCHEDULE_RUN), ...errorResponses([409, 503]) },
    }),
  },
  '/_fn/function': {
    get: guarded(ofFunction(endpoint('get_function', 'One function', FUNCTION), [optional('include_code')])),
    post: write({
      ...ofFunction(endpoint('post_function', 'Creates a function', FUNCTION, 201), [optional('layout')]),
      requestBody: body({ code: TEXT, methods: TEXTS, summary: TEXT, route: { type: ['string', 'array'] } }),
    }),
    delete: write(ofFunction(endpoint('delete_function', 'Removes a function', object({ ok: FLAG })))),
  },
  '/_fn/function-code': {
    put: write({
      ...ofFunction(endpoint('put_function_code', 'Replaces the handler of a function', object({ code: TEXT }))),
      requestBody: body({ code: TEXT }),
    }),
  },
  '/_fn/function-config': {
    get: guarded(ofFunction(endpoint('get_function_config', 'Settings of a function', CONFIG))),
    put: write({
      ...ofFunction(endpoint('put_function_config', 'Merges settings into fn.config.json', CONFIG)),
      requestBody: body({}),
    }),
  },
  '/_fn/function-env': {
    get: guarded(ofFunction(endpoint('get_function_env', 'Environment of a function, masked', ENV))),
    put: write({
      ...ofFunction(endpoint('put_function_env', 'Changes fn.env.json', ENV)),
      requestBody: body({}),
    }),
  },
  '/_fn/function-files': {
    get: guarded(ofFunction(endpoint('get_function_files', 'Files of a function', object({ files: OBJECTS })))),
  },
  '/_fn/function-file-content': {
    get: guarded(ofFunction(endpoint('get_function_file', 'Content of a file', FILE), [required('path')])),
    put: write({
      ...ofFunction(endpoint('put_function_file', 'Writes a file', FILE)),
      requestBody: body({ path: TEXT, content: TEXT }),
    }),
    delete: write(
      ofFunction(endpoint('delete_function_file', 'Removes a file', object({ ok: FLAG })), [required('path')]),
    ),
  },
  '/_fn/api/functions': { get: guarded(endpoint('get_functions', 'All functions, as a flat list', OBJECTS)) },
  '/_fn/packs': {
    get: guarded(endpoint('get_packs', 'Packs of shared dependencies', object({ runtimes: { type: 'object' } }))),
  },
  '/_fn/secrets': {
    get: guarded(endpoint('get_secrets', 'Names of the stored secrets', OBJECTS)),
    post: write({
      ...endpoint('post_secret', 'Stores a secret', object({ status: TEXT, key: TEXT }), 201),
      requestBody: body({ key: TEXT, value: TEXT }),
    }),
    delete: write({
      ...endpoint('delete_secret', 'Removes a secret', object({ status: TEXT, key: TEXT })),
      parameters: [required('key')],
    }),
  },
  '/_fn/logs': {
    get: guarded({
      ...endpoint('get_logs', 'The last lines of a log', {}),
      parameters: ['file', 'lines', 'runtime', 'fn', 'version', 'stream', 'format', 'follow'].map(optional),
      responses: {
        200: {
          description: 'The lines; events with `follow=1`.',
          content: {
            'text/plain': { schema: TEXT },
            'text/event-stream': { schema: TEXT },
            'application/json': { schema: object({ file: TEXT, lines: NUMBER, data: TEXTS }) },
          },
        },
        ...errorResponses([400]),
      },
    }),
  },
  '/_fn/events': {
    get: guarded({
      ...endpoint('get_events', 'Reloads, diagnostics and calls as they happen', {}),
      responses: { 200: { description: 'Events.', content: { 'text/event-stream': { schema: TEXT } } } },
    }),
  },
  '/_fn/metrics': {
    get: guarded({
      ...endpoint('get_metrics', 'Numbers for Prometheus', {}),
      responses: { 200: { description: 'The text format.', content: { 'text/plain': { schema: TEXT } } } },
    }),
  },
  '/_fn/ui-state': {
    get: guarded(endpoint('get_ui_state', 'The switches in force', UI_STATE)),
    put: write({
      ...endpoint('put_ui_state', 'Changes switches until the server stops', UI_STATE),
      requestBody: body({ ui_enabled: FLAG, api_enabled: FLAG, write_enabled: FLAG, local_only: FLAG }),
    }),
    delete: write(endpoint('delete_ui_state', 'Sets the switches back', UI_STATE)),
  },
  '/_fn/login': {
    post: write({
      ...endpoint('post_login', 'Gives a session cookie', object({ ok: FLAG, user: TEXT })),
      requestBody: body({ username: TEXT, password: TEXT }),
    }),
  },
  '/_fn/logout': { post: guarded(endpoint('post_logout', 'Clears the session cookie', object({ ok: FLAG }))) },
  '/_fn/openapi.json': { get: endpoint('get_openapi', 'This document', { type: 'object' }) },
  '/_fn/docs': {
    get: {
      ...endpoint('get_docs', 'This document as a page', {}),
      responses: {
        200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } },
        ...errorResponses([404]),
      },
    },
  },
};

function reload(id: string): Operation {
  const schema = object({
    ok: { type: 'boolean' },
    reloaded_at: { type: ['string', 'number'] },
    changed: { type: 'array', items: {} },
    diagnostics: DIAGNOSTICS,
  });
  return guarded(endpoint(id, 'Reads the functions root again', schema));
}

function endpoint(id: string, summary: string, schema: JsonSchema, status = 200): Operation {
  return { operationId: `internal_${id}`, summary, tags: [INTERNAL_TAG], responses: json('Done.', schema, status) };
}

/** The query that names a function. */
function ofFunction(operation: Operation, more: readonly Parameter[] = []): Operation {
  const parameters = [required('name'), optional('runtime'), optional('version'), ...more];
  return { ...operation, parameters, responses: { ...operation.responses, ...errorResponses([400]) } };
}

/** A job in the path. */
function ofJob(operation: Operation): Operation {
  const id: Parameter = { name: 'id', in: 'path', required: true, schema: TEXT };
  return { ...operation, parameters: [id], responses: { ...operation.responses, ...errorResponses([503]) } };
}

function required(name: string): Parameter {
  return { name, in: 'query', required: true, schema: TEXT };
}

function optional(name: string): Parameter {
  return { name, in: 'query', schema: TEXT };
}

/** Endpoints behind the guard of the admin API. */
function guarded(operation: Operation): Operation {
  return { ...operation, responses: { ...operation.responses, ...errorResponses([401, 403, 404, 429]) } };
}

/** Endpoints that take a body, or change something. */
function write(operation: Operation): Operation {
  return guarded({ ...operation, responses: { ...operation.responses, ...errorResponses([400, 413]) } });
}

function body(properties: Readonly<Record<string, JsonSchema>>): Operation['requestBody'] {
  return { required: true, content: { 'application/json': { schema: object(properties) } } };
}

function json(description: string, schema: JsonSchema, status = 200): Operation['responses'] {
  return { [status]: { description, content: { 'application/json': { schema } } } };
}

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties };
}
