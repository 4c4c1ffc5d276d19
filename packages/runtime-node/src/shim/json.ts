import { InvalidResponse } from './errors.js';

/**
 * `JSON.stringify` that refuses what JSON cannot say instead of sending something else: bigint, circular structures,
 * NaN and infinities, functions and symbols in lists. What JSON.stringify leaves out of objects (undefined, functions)
 * is left out; Date and everything with `toJSON` speak for themselves.
 *
 * @param where name of the value in the complaint, e.g. `body`.
 * @throws InvalidResponse naming what was found and where
 */
export function toJson(value: unknown, where: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    const problem = findProblem(value, where, new Set());
    throw new InvalidResponse(
      problem ?? `The handler returned something JSON cannot hold: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (text === undefined) throw new InvalidResponse(complaint(describe(value), where));
  // NaN and its like become null: only then is the walk, which costs more than the encoding, worth it.
  if (text.includes('null')) {
    const problem = findProblem(value, where, new Set());
    if (problem !== null) throw new InvalidResponse(problem);
  }
  return text;
}

/** What a value is, for people. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'function':
      return value.name === '' ? 'a function' : `the function \`${value.name}\``;
    case 'number':
      return Number.isFinite(value) ? `the number ${value}` : String(value);
    case 'undefined':
      return 'undefined';
    case 'object':
      return Array.isArray(value) ? 'a list' : `an object (${value.constructor?.name ?? 'no class'})`;
    case 'string':
      return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
    default:
      return `a ${typeof value}`;
  }
}

export function complaint(what: string, where: string): string {
  return where === ''
    ? `The handler returned ${what}, which is no response.`
    : `The handler returned ${what} at \`${where}\`, which JSON cannot hold.`;
}

/** The first thing in the value that JSON cannot hold, depth first. */
function findProblem(value: unknown, where: string, above: Set<object>): string | null {
  switch (typeof value) {
    case 'bigint':
      return complaint('a bigint', where);
    case 'number':
      return Number.isFinite(value) ? null : complaint(String(value), where);
    case 'object':
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (above.has(value)) return complaint('a circular reference', where);
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return null;
  above.add(value);
  try {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        const place = `${where}[${index}]`;
        const problem =
          typeof item === 'function' || typeof item === 'symbol'
            ? complaint(describe(item), place)
            : findProblem(item, place, above);
        if (problem !== null) return problem;
      }
    } else {
      for (const [key, item] of Object.entries(value)) {
        const problem = findProblem(item, where === '' ? key : `${where}.${key}`, above);
        if (problem !== null) return problem;
      }
    }
  } finally {
    above.delete(value);
  }
  return null;
}
