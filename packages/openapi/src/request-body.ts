import type { FunctionDocs } from '@fastfn/core';
import { inferSchema } from './infer-schema.js';
import type { MediaType, RequestBody } from './types.js';

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
const TEXT_TYPE = /^text\//i;
const FORM_TYPE = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/** @returns null for methods that carry no body. */
export function requestBody(method: string, docs: FunctionDocs): RequestBody | null {
  if (!METHODS_WITH_BODY.has(method)) return null;
  const declared = docs.contentType?.trim() || null;
  const example = readExample(docs.body, declared);
  const contentType = declared ?? (typeof example === 'string' ? 'text/plain' : 'application/json');
  return { required: false, content: { [contentType]: mediaType(contentType, example) } };
}

/** A text example that is JSON is shown as JSON, unless the content type says that it is something else. */
function readExample(body: unknown, contentType: string | null): unknown {
  if (typeof body !== 'string' || (contentType !== null && !JSON_TYPE.test(contentType))) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function mediaType(contentType: string, example: unknown): MediaType {
  if (example !== undefined) return { schema: inferSchema(example), example };
  if (JSON_TYPE.test(contentType) || FORM_TYPE.test(contentType)) return { schema: { type: 'object' } };
  if (TEXT_TYPE.test(contentType)) return { schema: { type: 'string' } };
  return { schema: { type: 'string', format: 'binary' } };
}
