import { isAuthority } from './authority.js';
import { forwardedClient } from './client-address.js';
import type { Exchange } from './exchange.js';
import { isSaneRequestId } from './policies/request-id/request-id.js';
import { beginTrace } from './tracing/begin.js';

/** Names the request, its client and its trace. Only trusted peers are believed. SPEC §3, §5. */
export function identify(exchange: Exchange): boolean {
  const { connection, context, headers } = exchange;
  exchange.clientIp = connection.peer;
  exchange.host = headers.get('host') ?? '';
  if (connection.trusted) {
    const sent = headers.get('x-request-id');
    if (sent !== undefined && isSaneRequestId(sent)) exchange.requestId = sent;
    const forwardedFor = headers.get('x-forwarded-for');
    if (forwardedFor !== undefined) {
      exchange.clientIp = forwardedClient(forwardedFor, connection.peer, context.trusted);
    }
    const forwardedHost = headers.get('x-forwarded-host');
    if (forwardedHost !== undefined) {
      const host = forwardedHost.split(',')[0]!.trim();
      if (isAuthority(host)) exchange.host = host;
    }
  }
  if (exchange.requestId === '') exchange.requestId = context.nextRequestId();
  if (context.tracing !== null || headers.has('traceparent')) beginTrace(exchange);
  return true;
}
