import type { TLSSocket } from 'node:tls';
import { isForwarded, isLoopback, parseAddress } from '../../client-address.js';
import type { Exchange } from '../../exchange.js';
import { sameSecret } from './token.js';

/** Someone on this machine, not through a proxy. */
export function isLocal({ connection, headers }: Exchange): boolean {
  return connection.loopback && !isForwarded(headers);
}

/**
 * The caller sent the token of the project. A wrong one counts as none; after too many wrong ones so does the right one, so
 * that no endpoint tells a peer that keeps guessing whether it guessed right.
 */
export function hasToken({ context, headers, clientIp }: Exchange): boolean {
  const { settings, guesses } = context.admin;
  const given = headers.get('x-fn-admin-token');
  if (settings.token === null || given === undefined || guesses.wait(clientIp) > 0) return false;
  if (sameSecret(given, settings.token)) return true;
  guesses.count(clientIp);
  return false;
}

/** Seconds until tokens of this peer are looked at again; 0: now. */
export function tokenWait({ context, headers, clientIp }: Exchange): number {
  return headers.get('x-fn-admin-token') === undefined ? 0 : context.admin.guesses.wait(clientIp);
}

/** Name of the user who is logged in, or null. */
export function loggedIn({ context, headers }: Exchange): string | null {
  return context.admin.sessions?.userOf(headers.get('cookie')) ?? null;
}

/**
 * Whether the Host header names this server. A page of another site can reach us under a name of its own that leads
 * here (DNS rebinding); its requests then carry that name.
 */
export function isOwnHost({ connection, context, headers }: Exchange): boolean {
  const { publicBaseUrl } = context.options;
  const host = headers.get('host') ?? '';
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
  const origin = exchange.headers.get('origin');
  const site = exchange.headers.get('sec-fetch-site');
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  return foreignSite || (origin !== undefined && !isOwnOrigin(origin, exchange));
}

/** Whether the caller came over https, to us or to a trusted proxy before us. */
export function isEncrypted({ connection, headers }: Exchange): boolean {
  if ((connection.socket as TLSSocket).encrypted === true) return true;
  const proto = connection.trusted ? headers.get('x-forwarded-proto') : undefined;
  return proto !== undefined && proto.split(',')[0]!.trim().toLowerCase() === 'https';
}

/** An origin is ours when it names the very host and port the call went to, or the public base URL. */
function isOwnOrigin(origin: string, { context, headers }: Exchange): boolean {
  const { publicBaseUrl } = context.options;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null) return false;
  if (publicBaseUrl !== null && URL.canParse(publicBaseUrl) && new URL(publicBaseUrl).origin === url.origin)
    return true;
  return url.host === (headers.get('host') ?? '').toLowerCase();
}
