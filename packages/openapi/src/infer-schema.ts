import type { JsonSchema } from './types.js';

/** Deeper examples are described as "anything": no reader follows further, and nothing may grow without bound. */
const MAX_DEPTH = 16;

/** The JSON Schema that an example value suggests. */
export function inferSchema(example: unknown, depth = 0): JsonSchema {
  if (depth > MAX_DEPTH) return {};
  if (example === null) return { type: 'null' };
  if (Array.isArray(example)) {
    return { type: 'array', items: example.length === 0 ? {} : inferSchema(example[0], depth + 1) };
  }
  switch (typeof example) {
    case 'string':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return { type: Number.isInteger(example) ? 'integer' : 'number' };
    case 'object':
      return {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(example as object).map(([key, value]) => [key, inferSchema(value, depth + 1)]),
        ),
      };
    default:
      return {};
  }
}
