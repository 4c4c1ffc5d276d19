import { errorResponses } from './responses.js';
import type { JsonSchema, Operation, Paths } from './types.js';

export const INTERNAL_TAG = 'internal';

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

function endpoint(id: string, summary: string, schema: JsonSchema): Operation {
  return { operationId: `internal_${id}`, summary, tags: [INTERNAL_TAG], responses: json('Done.', schema) };
}

/** Endpoints behind the guard of the admin API. */
function guarded(operation: Operation): Operation {
  return { ...operation, responses: { ...operation.responses, ...errorResponses([403, 404, 429]) } };
}

function json(description: string, schema: JsonSchema): Operation['responses'] {
  return { 200: { description, content: { 'application/json': { schema } } } };
}

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties };
}
