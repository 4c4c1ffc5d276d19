/**
 * A home's `route` as an absolute path; null when it cannot be one: a URL, a reserved path, `..`.
 * @param route `dashboard` or `/dashboard`.
 */
export function homePath(route: string): string | null {
  const text = route.trim();
  if (text === '' || /^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith('//')) return null;
  const path = `/${text.replace(/^\/+/, '')}`.replace(/(.)\/+$/, '$1');
  if (/[?#\\\x00-\x20]/.test(path) || path.split('/').includes('..')) return null;
  return /^\/(?:_fn|console)(?:\/|$)/.test(path) ? null : path;
}

/** A home's redirect: an http(s) URL or an absolute path other than `/` itself; null when it is neither. */
export function redirectTarget(location: string): string | null {
  const text = location.trim();
  if (/[\x00-\x20\x7f-\uffff\\]/.test(text)) return null;
  if (/^https?:\/\/[^/]/i.test(text)) return text;
  return text.startsWith('/') && !text.startsWith('//') && text !== '/' && !text.startsWith('/?') ? text : null;
}
