const MACROS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names standing for `min`, `min + 1` … */
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 7, names: DAYS },
];

/**
 * Says what is wrong with a cron expression, or null. 5 fields, or 6 with seconds first; lists, ranges, steps, names;
 * 7 is Sunday. SPEC §10. Computing the times is the scheduler's part.
 */
export function cronProblem(expression: string): string | null {
  const text = expression.trim();
  if (text.startsWith('@')) return MACROS.has(text.toLowerCase()) ? null : `one of ${[...MACROS].join(', ')}`;
  const parts = text === '' ? [] : text.split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) return '5 fields, or 6 with seconds first';
  const fields = FIELDS.slice(6 - parts.length);
  for (const [i, field] of fields.entries()) {
    if (!parts[i]!.split(',').every((item) => isItem(item, field))) {
      const named = field.names ? ` or ${field.names[0]}–${field.names.at(-1)}` : '';
      return `a ${field.name} field from ${field.min} to ${field.max}${named}, with "*", lists, ranges and steps`;
    }
  }
  return null;
}

function isItem(item: string, field: Field): boolean {
  const [range = '', step, ...more] = item.split('/');
  if (more.length > 0 || (step !== undefined && !(/^\d{1,4}$/.test(step) && Number(step) > 0))) return false;
  if (range === '*') return true;
  const [from = '', to, ...rest] = range.split('-');
  const first = toNumber(from, field);
  if (first === null || rest.length > 0) return false;
  if (to === undefined) return true;
  const last = toNumber(to, field);
  return last !== null && first <= last;
}

function toNumber(text: string, { min, max, names }: Field): number | null {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named !== -1) return named + min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
}
