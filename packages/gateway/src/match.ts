import type { RouteMatch } from '@fastfn/core';
import type { App } from './app.js';
import type { Exchange } from './exchange.js';

/** Finds the function: by host, method and path, else by `/<name>@<version>`. SPEC §3 steps 3 and 4. */
export function matchRoute(exchange: Exchange): boolean {
  if (exchange.match === null) {
    exchange.match = findRoute(exchange.app!, exchange.method, exchange.host, exchange.routePath, exchange.path);
  }
  if (exchange.match.kind === 'route') exchange.fn = exchange.match.route.fn;
  if (exchange.spans !== null) exchange.spans.routed();
  return true;
}

/** What answers at a path: the route table's match, else a function by name and version. */
export function findRoute(app: App, method: string, host: string, routePath: string, path: string): RouteMatch {
  const match = app.table.match(method, host, routePath);
  return match.kind === 'none' && path.includes('@') ? app.versions.match(method, host, routePath) : match;
}
