const MAX_TEXT = 60;

/** Says in a few words what stands in a file: `"abc" (text)`, `12 (number)`, `a list of 3`. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (value instanceof Date) return 'a date';
  switch (typeof value) {
    case 'string':
      return `${JSON.stringify(shorten(value))} (text)`;
    case 'number':
      return `${value} (number)`;
    case 'boolean':
      return `${value} (boolean)`;
    case 'object': {
      const keys = Object.keys(value as object);
      return keys.length === 0 ? 'an empty object' : `an object with ${shorten(keys.join(', '))}`;
    }
    default:
      return typeof value;
  }
}

/** The type alone, for places where the value may be a secret. */
export function describeKind(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'a boolean';
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : 'an object';
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
