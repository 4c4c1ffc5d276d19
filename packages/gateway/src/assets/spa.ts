import type { RequestHeaders } from '../request-headers.js';

/**
 * Whether a GET that found nothing is a person moving about in a single-page app, so that its shell answers. Misses
 * that look like files or like API calls stay 404. SPEC §9.
 * @param path decoded.
 */
export function isSpaNavigation(path: string, headers: RequestHeaders): boolean {
  if (path === '/api' || path.startsWith('/api/')) return false;
  if (path.slice(path.lastIndexOf('/') + 1).includes('.')) return false;
  if (headers.get('sec-fetch-mode') === 'navigate' || headers.get('sec-fetch-dest') === 'document') return true;
  const accept = headers.get('accept');
  return accept === undefined || /(?:text\/html|\*\/\*)/i.test(accept);
}
