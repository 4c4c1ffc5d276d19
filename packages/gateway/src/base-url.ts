import type { TLSSocket } from 'node:tls';
import type { Exchange } from './exchange.js';

/** The URL under which the client reaches this server, without a trailing slash: configured, forwarded, or asked for. */
export function baseUrl({ context, connection, headers, host }: Exchange): string {
  const { publicBaseUrl } = context.options;
  if (publicBaseUrl) return publicBaseUrl.replace(/\/+$/, '');
  const forwarded = connection.trusted ? headers.get('x-forwarded-proto') : undefined;
  const proto = forwarded !== undefined ? forwarded.split(',')[0]!.trim().toLowerCase() : '';
  const encrypted = (connection.socket as TLSSocket).encrypted === true;
  const scheme = proto === 'https' || proto === 'http' ? proto : encrypted ? 'https' : 'http';
  return `${scheme}://${host === '' ? 'localhost' : host}`;
}
