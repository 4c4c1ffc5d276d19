import type { TLSSocket } from 'node:tls';
import type { Exchange } from './exchange.js';

/** The URL under which the client reaches this server, without a trailing slash: configured, forwarded, or asked for. */
export function baseUrl({ context, connection, req, host }: Exchange): string {
  const { publicBaseUrl } = context.options;
  if (publicBaseUrl) return publicBaseUrl.replace(/\/+$/, '');
  const forwarded = connection.trusted ? req.headers['x-forwarded-proto'] : undefined;
  const proto = typeof forwarded === 'string' ? forwarded.split(',')[0]!.trim().toLowerCase() : '';
  const encrypted = (req.socket as TLSSocket).encrypted === true;
  const scheme = proto === 'https' || proto === 'http' ? proto : encrypted ? 'https' : 'http';
  return `${scheme}://${host === '' ? 'localhost' : host}`;
}
