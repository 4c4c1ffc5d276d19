import { InvalidResponse } from './errors.js';
import { describe } from './json.js';

/** RFC 9110 token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What would end a header line, or cut it. */
const UNSAFE_VALUE = /[\r\n\0]/;

/** Receives lines about headers that were left out. */
export type Warn = (line: string) => void;

/**
 * The `headers` of an envelope as alternating names and values. A value may be a list; null and undefined are left
 * out. A name that is no HTTP token, and a value with CR, LF or NUL, is left out with a log line: one bad header, often
 * a user's input, must not turn an answer into an error. SPEC §16.
 * @throws InvalidResponse when `headers` is no set of names and values
 */
export function headerList(headers: unknown, warn: Warn): string[] {
  const list: string[] = [];
  if (headers === undefined || headers === null) return list;
  if (typeof headers !== 'object')
    throw new InvalidResponse(`\`headers\` is ${describe(headers)}; use an object of names and values.`);
  const entries = isEntries(headers) ? headers : Object.entries(headers);
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new InvalidResponse(
        '`headers` is a list, but not of [name, value] pairs; use an object of names and values.',
      );
    const [name, value] = entry as [unknown, unknown];
    if (Array.isArray(value)) for (const item of value) addHeader(list, String(name), item, warn);
    else addHeader(list, String(name), value, warn);
  }
  return list;
}

/** A list of pairs, a Map, or web Headers. */
function isEntries(headers: object): headers is Iterable<unknown> {
  return typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function';
}

export function addHeader(list: string[], name: string, value: unknown, warn: Warn): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    throw new InvalidResponse(`Header \`${name}\` is ${describe(value)}; use a string, a number or a list of them.`);
  }
  const text = String(value);
  if (!NAME.test(name)) {
    warn(`header ${JSON.stringify(name)} was left out: its name is not valid in HTTP`);
  } else if (UNSAFE_VALUE.test(text)) {
    warn(`header ${JSON.stringify(name)} was left out: its value has a line break or NUL`);
  } else list.push(name, text);
}

/** The value of the first header of that name (lower case), or null. */
export function findHeader(list: readonly string[], name: string): string | null {
  for (let i = 0; i < list.length; i += 2) if (list[i]!.toLowerCase() === name) return list[i + 1]!;
  return null;
}
