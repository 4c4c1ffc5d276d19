import type { RouteMatch } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { findRoute } from '../match.js';
import { redirect } from '../respond/answer.js';
import { homePath, redirectTarget } from './target.js';

/**
 * Settles who answers at `/`, and redirects folders whose home says so. An alias keeps path and query of the request; a value that
 * leads nowhere is passed over. SPEC §9: home function, home redirect, root `home.route`, `home.redirect`, function at
 * `/`; what is left (assets index, landing page) follows in the chain.
 */
export function home(exchange: Exchange): boolean {
  if (exchange.path === '/') return rootHome(exchange);
  return exchange.app!.homeRedirects.size === 0 || folderRedirect(exchange);
}

function rootHome(exchange: Exchange): boolean {
  const { options } = exchange.context;
  const { rootHome: configured, assets } = exchange.app!.manifest;
  if (alias(exchange, options.homeFunction)) return true;
  if (redirectTo(exchange, options.homeRedirect)) return false;
  if (alias(exchange, configured?.route ?? null)) return true;
  if (redirectTo(exchange, configured?.redirect ?? null)) return false;
  const match = exchange.app!.table.match(exchange.method, exchange.host, '/');
  if (match.kind === 'route' || match.kind === 'conflict' || (match.kind !== 'none' && assets === null)) {
    exchange.match = match;
  }
  return true;
}

function folderRedirect(exchange: Exchange): boolean {
  const { app, path, method, host, routePath } = exchange;
  const location = app!.homeRedirects.get(path.endsWith('/') ? path.slice(0, -1) : path);
  if (location === undefined) return true;
  // An index file of the folder wins.
  if (app!.table.match(method, host, routePath).kind !== 'none') return true;
  return !redirectTo(exchange, location);
}

function alias(exchange: Exchange, route: string | null): boolean {
  const path = route === null ? null : homePath(route);
  if (path === null || path === exchange.path) return false;
  const match = findRoute(exchange.app!, exchange.method, exchange.host, path, path);
  const found = match.kind === 'none' || match.kind === 'malformed' ? byName(exchange, path) : match;
  if (found === null) return false;
  exchange.match = found;
  return true;
}

/** `FN_HOME_FUNCTION=showcase` may name a function whose URL is another one. */
function byName(exchange: Exchange, path: string): RouteMatch | null {
  const { app, method, host } = exchange;
  const found = app!.versions.match(method, host, `${path}@default`);
  return found.kind === 'none' ? null : found;
}

function redirectTo(exchange: Exchange, location: string | null): boolean {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false;
  const target = location === null ? null : redirectTarget(location);
  if (target === null) return false;
  redirect(exchange, target);
  return true;
}
