import type { RequestHeaders } from '../request-headers.js';

/** Whether a person in a browser is navigating, and not a script or a tool asking. */
export function wantsPage(headers: RequestHeaders): boolean {
  const mode = headers.get('sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate';
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headers.get('accept') ?? '');
}
