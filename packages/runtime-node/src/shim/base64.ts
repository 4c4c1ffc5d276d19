import { InvalidResponse } from './errors.js';
import { describe } from './json.js';
import { NO_BYTES } from './reply.js';

/** @throws InvalidResponse when the value is no base64 (RFC 4648 §4, padded; white space is ignored) */
export function decodeBase64(value: unknown, key: string): Uint8Array {
  if (value === undefined || value === null) return NO_BYTES;
  if (typeof value !== 'string')
    throw new InvalidResponse(`\`${key}\` is ${describe(value)}; with base64 it must be a string.`);
  const text = /\s/.test(value) ? value.replace(/\s+/g, '') : value;
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new InvalidResponse(`\`${key}\` is no valid base64.`);
  return Buffer.from(text, 'base64');
}
