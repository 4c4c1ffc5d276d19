import type { StoredCall } from '@fastfn/core';
import { NOT_SENT } from '../admin/invoke/call.js';
import type { Exchange } from '../exchange.js';

/** A public request, as a call to be made later. It has been matched, and its body is here. */
export function storedRequest(exchange: Exchange): StoredCall {
  const { match, headers: sent, method, rawPath, search, body, clientIp } = exchange;
  if (match?.kind !== 'route') throw new TypeError('The request has not been matched.');
  const { route, params } = match;
  const { runtime, name, version } = route.fn;
  const headers: Record<string, string> = {};
  for (const [header, value] of sent) {
    if (NOT_SENT.has(header) || header === 'prefer') continue;
    headers[header] = value;
  }
  if (body.length > 0) headers['content-length'] = String(body.length);
  return {
    runtime,
    name,
    version,
    method,
    path: rawPath,
    template: route.pattern,
    params,
    search,
    headers,
    body,
    clientIp,
  };
}
