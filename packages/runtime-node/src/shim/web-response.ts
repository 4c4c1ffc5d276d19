import { InvalidResponse } from './errors.js';
import { addHeader, findHeader, type Warn } from './headers.js';
import { NO_BYTES, type Reply } from './reply.js';
import { asSource } from './source.js';

/**
 * A web-standard `Response`, its body streamed, each cookie a header of its own.
 * @throws InvalidResponse for `Response.error()` and for a body that was read already
 */
export function readWebResponse(response: Response, warn: Warn): Reply {
  const { status, body } = response;
  if (status < 100 || status > 599)
    throw new InvalidResponse(`The handler returned a Response with status ${status}; it must be 100 to 599.`);
  const headers: string[] = [];
  for (const [name, value] of response.headers) if (name !== 'set-cookie') addHeader(headers, name, value, warn);
  for (const cookie of response.headers.getSetCookie()) addHeader(headers, 'set-cookie', cookie, warn);
  if (body === null) return { kind: 'whole', status, headers, body: NO_BYTES };
  if (response.bodyUsed || body.locked)
    throw new InvalidResponse('The handler returned a Response whose body was read already; return a clone.');
  return {
    kind: 'stream',
    status,
    headers,
    typed: findHeader(headers, 'content-type') !== null,
    source: asSource(body)!,
  };
}
