import { STATUS_CODES } from 'node:http';
import { FIELD_VALUE, TOKEN } from '../headers.js';

const statusLines = new Map<number, string>();

function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}

let dateSecond = 0;
let dateLine = '';

/** `Date: …`, anew each second. RFC 9110 §6.6.1. */
function date(ts: number): string {
  const second = Math.floor(ts / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateLine = `Date: ${new Date(ts).toUTCString()}\r\n`;
  }
  return dateLine;
}

/**
 * Status line and headers of an answer, with the empty line that ends them; each character is a byte.
 * @param headers alternating names and values.
 * @param foreign so many strings of `headers`, from the first on, came from elsewhere; the others are known to be valid.
 * @param ts epoch ms, for the Date header.
 * @returns null when a name or a value is nothing that HTTP can carry as it is.
 */
export function plainHead(status: number, headers: readonly string[], foreign: number, ts: number): string | null {
  let head = statusLine(status);
  let dated = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    if (i < foreign && (!TOKEN.test(name) || !FIELD_VALUE.test(value))) return null;
    if (name.length === 4 && name.toLowerCase() === 'date') dated = true;
    head += `${name}: ${value}\r\n`;
  }
  return dated ? `${head}\r\n` : `${head}${date(ts)}\r\n`;
}
