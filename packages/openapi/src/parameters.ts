import type { FunctionDocs } from '@fastfn/core';
import { inferSchema } from './infer-schema.js';
import type { TemplateParam } from './path-template.js';
import type { Parameter } from './types.js';

export function pathParameters(params: readonly TemplateParam[]): Parameter[] {
  return params.map(({ name, catchAll }) => ({
    name,
    in: 'path',
    required: true,
    ...(catchAll && { description: 'The rest of the path: one or more segments, slashes included.' }),
    schema: { type: 'string' },
  }));
}

/** Each example value makes one optional parameter of the type that the value has. */
export function queryParameters(query: FunctionDocs['query']): Parameter[] {
  return Object.entries(query)
    .filter(([name]) => name !== '')
    .map(([name, example]) => ({
      name,
      in: 'query',
      required: false,
      // A null says that the parameter exists, not what it looks like.
      ...(example === null || example === undefined
        ? { schema: { type: 'string' } }
        : { schema: inferSchema(example), example }),
    }));
}

export const PREFER_ASYNC: Parameter = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: '`respond-async` queues the call as a job and answers 202 with its URL.',
  schema: { type: 'string', enum: ['respond-async'] },
};
