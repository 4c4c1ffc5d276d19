import { FastFnError } from '@fastfn/core';
import { isForwarded, isLoopback } from '../client-address.js';
import type { Exchange } from '../exchange.js';

/** Someone on this machine, not through a proxy. */
export function isLocal({ connection, req }: Exchange): boolean {
  return connection.loopback && !isForwarded(req.headers);
}

/**
 * Lets only local callers through: no strangers, no pages of other sites that reach us over a name pointing here (DNS
 * rebinding) or over the visitor's browser. SPEC §11.
 * @throws FastFnError `not_found` when the admin API is off, `forbidden`.
 */
export function guard(exchange: Exchange): void {
  const { options } = exchange.context;
  if (!options.adminApiEnabled) throw new FastFnError('not_found', `Nothing answers at ${exchange.path}.`);
  if (!isLocal(exchange)) throw new FastFnError('forbidden', 'The admin API answers only on the machine it runs on.');
  if (!isOwnHost(exchange.req.headers.host ?? '', options.publicBaseUrl)) {
    throw new FastFnError('forbidden', 'The Host header names another server; use localhost or 127.0.0.1.');
  }
}

/**
 * For endpoints that change something: also refuses calls that a page of another site made.
 * @throws FastFnError `forbidden`.
 */
export function guardWrite(exchange: Exchange): void {
  guard(exchange);
  const { origin, 'sec-fetch-site': site } = exchange.req.headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreignSite || (origin !== undefined && !isOwnOrigin(origin, exchange))) {
    throw new FastFnError('forbidden', 'The call comes from a page of another site.');
  }
}

/** An origin is ours when it names the very host and port the call went to, or the public base URL. */
function isOwnOrigin(origin: string, exchange: Exchange): boolean {
  const { publicBaseUrl } = exchange.context.options;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null) return false;
  if (publicBaseUrl !== null && URL.canParse(publicBaseUrl) && new URL(publicBaseUrl).origin === url.origin)
    return true;
  return url.host === (exchange.req.headers.host ?? '').toLowerCase();
}

function isOwnHost(host: string, publicBaseUrl: string | null): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  if (isLoopback(hostname.replace(/^\[|\]$/g, ''))) return true;
  return publicBaseUrl !== null && URL.canParse(publicBaseUrl) && new URL(publicBaseUrl).hostname === hostname;
}
