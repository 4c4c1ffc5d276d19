import type { Row } from '../sqlite/sql.js';

/** Fields of a job's hash that everyone may see. */
export const JOB_FIELDS = [
  'seq',
  'id',
  'status',
  'runtime',
  'name',
  'version',
  'method',
  'route',
  'runs',
  'max_attempts',
  'created_at',
  'updated_at',
  'due_at',
  'result_status',
  'last_error',
  'callback_url',
  'callback_status',
  'callback_attempts',
  'callback_error',
] as const;

/** And those that whoever runs it needs. */
export const RUN_FIELDS = [...JOB_FIELDS, 'retry_delay_ms', 'run_at', 'failures', 'postponed', 'call', 'body'] as const;

/** Of its result; in the hash they begin with `r_`. */
export const RESULT_FIELDS = ['status', 'headers', 'size', 'truncated', 'latency_ms', 'body'] as const;

const NUMBERS: ReadonlySet<string> = new Set([
  'seq',
  'runs',
  'max_attempts',
  'created_at',
  'updated_at',
  'due_at',
  'run_at',
  'result_status',
  'callback_attempts',
  'retry_delay_ms',
  'failures',
  'postponed',
]);
const RESULT_NUMBERS: ReadonlySet<string> = new Set(['status', 'size', 'truncated', 'latency_ms']);

/** Values of a hash as the row of a table: null for a field that is not there. */
export function toRow(fields: readonly string[], values: readonly (Buffer | null)[]): Row {
  return rowOf(fields, values, NUMBERS);
}

export function toResultRow(values: readonly (Buffer | null)[]): Row {
  return rowOf(RESULT_FIELDS, values, RESULT_NUMBERS);
}

function rowOf(fields: readonly string[], values: readonly (Buffer | null)[], numbers: ReadonlySet<string>): Row {
  const row: Record<string, unknown> = {};
  for (const [i, field] of fields.entries()) {
    const value = values[i] ?? null;
    if (value === null) row[field] = null;
    else if (field === 'body') row[field] = value;
    else row[field] = numbers.has(field) ? Number(value.toString('latin1')) : value.toString();
  }
  return row;
}
