import { isAuthority } from './authority.js';
import { forwardedClient } from './client-address.js';
import type { Exchange } from './exchange.js';
import { isSaneRequestId } from './policies/request-id/request-id.js';
import { beginTrace } from './tracing/begin.js';

/** Names the request, its client and its trace. Only trusted peers are believed. SPEC §3, §5. */
export function identify(exchange: Exchange): boolean {
  const { connection, context, req } = exchange;
  const { headers } = req;
  exchange.clientIp = connection.peer;
  exchange.host = headers.host ?? '';
  if (connection.trusted) {
    const sent = headers['x-request-id'];
    if (typeof sent === 'string' && isSaneRequestId(sent)) exchange.requestId = sent;
    const forwardedFor = headers['x-forwarded-for'];
    if (typeof forwardedFor === 'string') {
      exchange.clientIp = forwardedClient(forwardedFor, connection.peer, context.trusted);
    }
    const forwardedHost = headers['x-forwarded-host'];
    if (typeof forwardedHost === 'string') {
      const host = forwardedHost.split(',')[0]!.trim();
      if (isAuthority(host)) exchange.host = host;
    }
  }
  if (exchange.requestId === '') exchange.requestId = context.nextRequestId();
  if (context.tracing !== null || headers.traceparent !== undefined) beginTrace(exchange);
  return true;
}
