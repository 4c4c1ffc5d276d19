import { InvalidResponse } from './errors.js';
import { describe } from './json.js';

/**
 * Rows as CSV (RFC 4180): CRLF line ends, quotes doubled, null and undefined empty. A list of objects starts with a
 * header line of the keys in order of first appearance; in a list of lists each is a line as it is. SPEC §16.
 * @throws InvalidResponse when a row is neither, or both kinds are mixed
 */
export function toCsv(rows: readonly unknown[]): string {
  if (rows.length === 0) return '';
  const lines: string[] = [];
  if (Array.isArray(rows[0])) {
    rows.forEach((row, index) => {
      if (!Array.isArray(row)) throw mixed(index, row);
      lines.push(row.map(cell).join(','));
    });
  } else {
    const columns = new Set<string>();
    rows.forEach((row, index) => {
      if (typeof row !== 'object' || row === null || Array.isArray(row)) throw mixed(index, row);
      for (const key of Object.keys(row)) columns.add(key);
    });
    const keys = [...columns];
    lines.push(keys.map(cell).join(','));
    for (const row of rows as Record<string, unknown>[]) lines.push(keys.map((key) => cell(row[key])).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text =
    typeof value === 'object' ? (value instanceof Date ? value.toISOString() : JSON.stringify(value)) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function mixed(index: number, row: unknown): InvalidResponse {
  return new InvalidResponse(
    `CSV row ${index} is ${describe(row)}: a text/csv body is a list of lists, or a list of objects.`,
  );
}
