/** A request target taken apart. Paths never include the query. */
export interface Target {
  /** As sent. */
  rawPath: string;
  /** `rawPath` with runs of slashes collapsed: what the route table matches. */
  routePath: string;
  /** `routePath`, percent-decoded once. */
  path: string;
  /** Without `?`; "" when there is none. */
  search: string;
  /** Authority of an absolute-form target, else null. It replaces the Host header (RFC 9112 §3.2.2). */
  authority: string | null;
}

/**
 * Takes a request target apart.
 * @param url `/path?query`, `http://host/path?query`, or `*`.
 * @returns null when it is none of these, or a percent-escape in the path does not decode to UTF-8.
 */
export function parseTarget(url: string): Target | null {
  let authority: string | null = null;
  let target = url;
  if (target.charCodeAt(0) !== 47 /* / */) {
    if (target === '*') return { rawPath: '*', routePath: '*', path: '*', search: '', authority };
    const absolute = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(target);
    if (!absolute) return null;
    authority = absolute[1]!;
    target = absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]}`;
  }
  // A fragment has no business in a request (RFC 9112 §3.2); what llhttp lets through is cut off.
  const hash = target.indexOf('#');
  if (hash !== -1) target = target.slice(0, hash);
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const search = mark === -1 ? '' : target.slice(mark + 1);
  const routePath = rawPath.includes('//') ? rawPath.replace(/\/{2,}/g, '/') : rawPath;
  const path = decodePath(routePath);
  return path === null ? null : { rawPath, routePath, path, search, authority };
}

/** The path of a target that {@link parseTarget} refuses, for the log: what could be a password or a secret is cut off. */
export function pathForLog(url: string): string {
  return url
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
    .split(/[?#]/, 1)[0]!
    .slice(0, LOGGED_PATH);
}

/** Longest path of a malformed target in the log, characters. */
const LOGGED_PATH = 1024;

/** Percent-decodes once; null when an escape is broken. */
export function decodePath(path: string): string | null {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

const NO_QUERY: readonly string[] = [];

/**
 * Query text → alternating names and values, decoded, in order of appearance. `+` is a space. A name without `=` has the
 * value "". An escape that does not decode stays as it was sent: unlike a path, a query is often made by hand.
 */
export function parseQuery(search: string): readonly string[] {
  if (search === '') return NO_QUERY;
  const pairs: string[] = [];
  let start = 0;
  while (start <= search.length) {
    let end = search.indexOf('&', start);
    if (end === -1) end = search.length;
    if (end > start) {
      const equals = search.indexOf('=', start);
      if (equals === -1 || equals >= end) pairs.push(decodeQueryText(search.slice(start, end)), '');
      else pairs.push(decodeQueryText(search.slice(start, equals)), decodeQueryText(search.slice(equals + 1, end)));
    }
    start = end + 1;
  }
  return pairs;
}

function decodeQueryText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
