import type { IncomingHttpHeaders } from 'node:http';

/** Whether a person in a browser is navigating, and not a script or a tool asking. */
export function wantsPage(headers: IncomingHttpHeaders): boolean {
  const mode = headers['sec-fetch-mode'];
  if (mode !== undefined) return mode === 'navigate';
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headers.accept ?? '');
}
