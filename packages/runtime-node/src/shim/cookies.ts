import { type SetCookie, stringifySetCookie } from 'cookie';
import { InvalidResponse } from './errors.js';

/**
 * The `cookies` of an envelope as `Set-Cookie` values. A string is taken as it is; an object needs `name` and `value`
 * and may have `path`, `domain`, `max_age` (or `maxAge`, seconds), `expires` (date, ISO text or epoch ms), `http_only`,
 * `secure`, `same_site`, `partitioned`, `priority` (camelCase also).
 * @throws InvalidResponse naming the entry
 */
export function setCookies(cookies: unknown): string[] {
  const list = Array.isArray(cookies) ? cookies : [cookies];
  return list.map((entry: unknown, index) => {
    if (typeof entry === 'string') return entry;
    if (typeof entry !== 'object' || entry === null) {
      throw new InvalidResponse(
        `\`cookies[${index}]\` is ${entry === null ? 'null' : `a ${typeof entry}`}; use a string or an object with \`name\` and \`value\`.`,
      );
    }
    try {
      return stringifySetCookie(toSetCookie(entry as Record<string, unknown>));
    } catch (error) {
      throw new InvalidResponse(`\`cookies[${index}]\` is no cookie: ${(error as Error).message}`);
    }
  });
}

function toSetCookie(entry: Record<string, unknown>): SetCookie {
  const { name, value } = entry;
  if (typeof name !== 'string' || name === '') throw new TypeError('`name` must be a non-empty string.');
  const cookie: SetCookie = { name, value: value === undefined || value === null ? '' : String(value) };
  const path = entry.path;
  const domain = entry.domain;
  const maxAge = entry.max_age ?? entry.maxAge;
  const expires = entry.expires;
  const sameSite = entry.same_site ?? entry.sameSite;
  const priority = entry.priority;
  if (path !== undefined && path !== null) cookie.path = String(path);
  if (domain !== undefined && domain !== null) cookie.domain = String(domain);
  if (maxAge !== undefined && maxAge !== null) cookie.maxAge = Number(maxAge);
  if (expires !== undefined && expires !== null) cookie.expires = toDate(expires);
  if (sameSite !== undefined && sameSite !== null)
    cookie.sameSite = typeof sameSite === 'string' ? (sameSite.toLowerCase() as 'lax') : (sameSite as boolean);
  if (priority !== undefined && priority !== null) cookie.priority = String(priority).toLowerCase() as 'low';
  if (entry.http_only ?? entry.httpOnly) cookie.httpOnly = true;
  if (entry.secure) cookie.secure = true;
  if (entry.partitioned) cookie.partitioned = true;
  return cookie;
}

function toDate(value: unknown): Date {
  const date = value instanceof Date ? value : new Date(value as string | number);
  if (Number.isNaN(date.getTime())) throw new TypeError(`\`expires\` is no date: ${String(value)}.`);
  return date;
}
