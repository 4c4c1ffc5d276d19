import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a GET that found nothing is a person moving about in a single-page app, so that its shell answers. Misses
 * that look like files or like API calls stay 404. SPEC §9.
 * @param path decoded.
 */
export function isSpaNavigation(path: string, headers: IncomingHttpHeaders): boolean {
  if (path === '/api' || path.startsWith('/api/')) return false;
  if (path.slice(path.lastIndexOf('/') + 1).includes('.')) return false;
  if (headers['sec-fetch-mode'] === 'navigate' || headers['sec-fetch-dest'] === 'document') return true;
  const { accept } = headers;
  return accept === undefined || /(?:text\/html|\*\/\*)/i.test(accept);
}
