import type { TLSSocket } from 'node:tls';
import { isForwarded, isLoopback, parseAddress } from '../../client-address.js';
import type { Exchange } from '../../exchange.js';
import { sameSecret } from './token.js';

/** Someone on this machine, not through a proxy. */
export function isLocal({ connection, req }: Exchange): boolean {
  return connection.loopback && !isForwarded(req.headers);
}

/** The caller sent the token of the project. A wrong one counts as none. */
export function hasToken({ context, req }: Exchange): boolean {
  const { token } = context.admin.settings;
  const given = req.headers['x-fn-admin-token'];
  return token !== null && typeof given === 'string' && sameSecret(given, token);
}

/** Name of the user who is logged in, or null. */
export function loggedIn({ context, req }: Exchange): string | null {
  return context.admin.sessions?.userOf(req.headers.cookie) ?? null;
}

/**
 * Whether the Host header names this server. A page of another site can reach us under a name of its own that leads
 * here (DNS rebinding); its requests then carry that name.
 */
export function isOwnHost({ connection, context, req }: Exchange): boolean {
  const { publicBaseUrl } = context.options;
  const host = req.headers.host ?? '';
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(address)) return true;
  // The address the connection came in at is no name that anyone could make lead here.
  const local = parseAddress(connection.socket.localAddress ?? '');
  if (local !== null && parseAddress(address)?.toString() === local.toString()) return true;
  return publicBaseUrl !== null && URL.canParse(publicBaseUrl) && new URL(publicBaseUrl).hostname === hostname;
}

/** Whether a page of another site made the call. Tools send neither header. */
export function isForeign(exchange: Exchange): boolean {
  const { origin, 'sec-fetch-site': site } = exchange.req.headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  return foreignSite || (origin !== undefined && !isOwnOrigin(origin, exchange));
}

/** Whether the caller came over https, to us or to a trusted proxy before us. */
export function isEncrypted({ connection, req }: Exchange): boolean {
  if ((req.socket as TLSSocket).encrypted === true) return true;
  const proto = connection.trusted ? req.headers['x-forwarded-proto'] : undefined;
  return typeof proto === 'string' && proto.split(',')[0]!.trim().toLowerCase() === 'https';
}

/** An origin is ours when it names the very host and port the call went to, or the public base URL. */
function isOwnOrigin(origin: string, { context, req }: Exchange): boolean {
  const { publicBaseUrl } = context.options;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null) return false;
  if (publicBaseUrl !== null && URL.canParse(publicBaseUrl) && new URL(publicBaseUrl).origin === url.origin)
    return true;
  return url.host === (req.headers.host ?? '').toLowerCase();
}
