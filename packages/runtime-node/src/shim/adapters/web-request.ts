import type { FnEvent } from '../event.js';

/** The event as a web-standard `Request`: absolute URL, all headers, body as bytes, aborted when the call is. */
export function toRequest(event: FnEvent): Request {
  const { headers, method, raw_body: body, signal } = event;
  const scheme = headers['x-forwarded-proto']?.split(',', 1)[0]?.trim() === 'https' ? 'https' : 'http';
  const url = `${scheme}://${headers.host ?? 'localhost'}${event.raw_path}${search(event.query)}`;
  const hasBody = body.length > 0 && method !== 'GET' && method !== 'HEAD';
  // TRACE is the one method a Request refuses that reaches a function; it has no meaning there.
  return new Request(url, { method, headers, body: hasBody ? new Uint8Array(body) : null, signal });
}

/** The query as a URL has it, with its `?`; empty when there is none. */
export function search(query: FnEvent['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const item of typeof value === 'string' ? [value] : value) params.append(name, item);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
