import { ERRORS, type FunctionPolicy } from '@fastfn/core';
import type { Operation, Reference, ResponseObject } from './types.js';

/** Component names of the answers that FastFN itself may give. */
const NAMES = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  413: 'PayloadTooLarge',
  421: 'MisdirectedRequest',
  429: 'TooManyRequests',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
  507: 'InsufficientStorage',
} as const;

export type ErrorStatus = keyof typeof NAMES;

const EVERY_FUNCTION: readonly ErrorStatus[] = [404, 405, 413, 429, 502, 503, 504];

/** What a public call can be answered with. */
export function functionResponses(policy: FunctionPolicy, hostBound: boolean): Operation['responses'] {
  const statuses = hostBound ? [...EVERY_FUNCTION, 421 as const] : EVERY_FUNCTION;
  return {
    200: { description: 'The answer of the function.', content: { '*/*': { schema: {} } } },
    ...(policy.async && { 202: ACCEPTED }),
    ...errorResponses(statuses),
  };
}

export function errorResponses(statuses: readonly ErrorStatus[]): Readonly<Record<string, Reference>> {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${NAMES[status]}` }]));
}

const ACCEPTED: ResponseObject = {
  description: 'The call was queued as a job (`Prefer: respond-async`).',
  headers: { Location: { description: 'URL of the job.', schema: { type: 'string' } } },
  content: { 'application/json': { schema: { type: 'object', properties: { id: { type: 'string' } } } } },
};

const ERROR_SCHEMA = {
  type: 'object',
  description: 'Every error that FastFN itself answers with.',
  required: ['error', 'code', 'request_id'],
  properties: {
    error: { type: 'string', description: 'What happened, for people.' },
    code: { type: 'string', description: 'Stable, for programs.' },
    request_id: { type: 'string', description: 'Also in the header X-Request-Id and in the log.' },
    details: { type: 'object', description: 'Facts that belong to the code.' },
  },
} as const;

export const COMPONENTS = {
  schemas: { Error: ERROR_SCHEMA },
  responses: Object.fromEntries(
    Object.entries(NAMES).map(([status, name]) => [name, errorResponse(Number(status))]),
  ) as Readonly<Record<string, ResponseObject>>,
} as const;

/** The codes of the catalogue that share this status, each with its sentence. */
function errorResponse(status: number): ResponseObject {
  const entries = Object.entries(ERRORS).filter(([, entry]) => entry.status === status);
  return {
    description: entries.map(([code, { summary }]) => `\`${code}\`: ${summary}`).join('\n\n'),
    ...(status === 405 && {
      headers: { Allow: { description: 'The methods there are.', schema: { type: 'string' } } },
    }),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Error' },
        example: { error: entries[0]![1].summary, code: entries[0]![0], request_id: '0192f3a4b5c6' },
      },
    },
  };
}
