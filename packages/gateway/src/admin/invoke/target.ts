import { FastFnError, type FunctionSpec, type PathParams, type Route, type RouteMatch } from '@fastfn/core';
import type { App } from '../../app.js';
import { findRoute } from '../../match.js';
import { decodePath } from '../../request.js';
import { isReserved } from '../reserved-paths.js';
import type { Call } from './call.js';
import { encode, type FilledPattern, fill, isTemplate, toPattern } from './template.js';

/** Whom a call reaches, and under which URL. */
export interface Target {
  readonly match: RouteMatch;
  readonly method: string;
  /** Filled URL, percent-encoded. */
  readonly path: string;
  /** Pattern of the route; null for a function without one. */
  readonly template: string | null;
  /** Host that the route answers for; "" for any. */
  readonly host: string;
}

/**
 * Finds what a call means: a function by name, alias, version and runtime, or a route, as a pattern or as a URL.
 * @throws FastFnError `not_found`, `method_not_allowed`, `missing_params`, `bad_request`.
 */
export function findTarget(app: App, call: Call): Target {
  if (call.name !== undefined) return byName(app, call, call.name);
  const route = call.route!;
  const pattern = toPattern(route);
  const patterned = app.table.routes.filter(
    (candidate) => candidate.pattern === pattern && isWanted(app, call, candidate),
  );
  if (patterned.length > 0) return chooseRoute(patterned, call);
  if (isTemplate(route)) throw unknown(`for the route ${pattern}`, call);
  // Written by hand, so a space or an umlaut may stand in it.
  return byUrl(app, call, route.replace(/\/{2,}/g, '/').replace(/[^\x21-\x7e]+/g, encode));
}

/**
 * The same for a call that cannot have parameters (a schedule's): a function whose routes all need some is called without a
 * route, by its name.
 */
export function targetWithoutParams(app: App, call: Call): Target {
  try {
    return findTarget(app, call);
  } catch (error) {
    if (!(error instanceof FastFnError) || error.code !== 'missing_params' || call.name === undefined) throw error;
    return withoutRoute(app.table.functionByName(call.name, call.version, call.runtime)!, call);
  }
}

function byName(app: App, call: Call, written: string): Target {
  const at = written.lastIndexOf('@');
  const hasVersion = at > 0 && call.version === undefined;
  const name = hasVersion ? written.slice(0, at) : written;
  const version = hasVersion ? written.slice(at + 1) : call.version;
  const fn = app.table.functionByName(name, version, call.runtime);
  if (fn === null) throw unknown(`"${name}"`, { ...call, version });
  const pattern = call.route === undefined ? null : toPattern(call.route);
  const routes = routesOf(app, fn).filter((route) => pattern === null || route.pattern === pattern);
  if (routes.length > 0) return chooseRoute(routes, call);
  if (pattern !== null) throw unknown(`for the route ${pattern} of "${name}"`, call);
  return withoutRoute(fn, call);
}

/** A function that no URL leads to: hidden by its config, or in conflict with another. */
function withoutRoute(fn: FunctionSpec, { method = 'GET', params }: Call): Target {
  const path = `/${fn.name}`;
  const route: Route = {
    pattern: path,
    methods: [method],
    hosts: [],
    fn,
    rank: 1,
    force: false,
    origin: 'version',
    source: '',
  };
  return { match: { kind: 'route', route, params }, method, path: encodeURI(path), template: null, host: '' };
}

/** Of several routes: one that takes the method, needs no more parameters than there are, and uses the most of them. */
function chooseRoute(routes: readonly Route[], call: Call): Target {
  const method = call.method ?? defaultMethod(routes);
  const taking = routes.filter(({ methods }) => takes(methods, method));
  if (taking.length === 0) throw refusedMethod(routes[0]!.pattern, method, routes);
  let best: { route: Route; filled: FilledPattern } | null = null;
  let missing: readonly string[] = [];
  for (const route of taking) {
    const filled = fill(route.pattern, call.params);
    if (filled.missing !== undefined) {
      if (missing.length === 0 || filled.missing.length < missing.length) missing = filled.missing;
    } else if (best === null || count(filled.params) > count(best.filled.params)) best = { route, filled };
  }
  if (best === null) throw missingParams(taking[0]!.pattern, missing);
  const { route, filled } = best;
  return {
    match: { kind: 'route', route, params: filled.params },
    method,
    path: filled.path,
    template: route.pattern,
    host: hostOf(route),
  };
}

function byUrl(app: App, call: Call, path: string): Target {
  const decoded = decodePath(path);
  if (decoded === null) throw new FastFnError('bad_request', 'The route has a malformed percent-escape.');
  if (isReserved(decoded)) throw new FastFnError('not_found', `${path} is FastFN's own and no function.`);
  const find = (method: string, host: string): RouteMatch => findRoute(app, method, host, path, decoded);
  const hosts = [call.headers.host ?? '', ...new Set(app.table.routes.map(hostOf))];
  const host = hosts.find((name) => find(call.method ?? 'GET', name).kind !== 'host') ?? '';
  let method = call.method ?? 'GET';
  let match = find(method, host);
  if (match.kind === 'method' && call.method === undefined) {
    method = match.allow.find((name) => name !== 'OPTIONS' && name !== 'HEAD') ?? 'GET';
    match = find(method, host);
  }
  if (match.kind === 'method') throw refusedMethod(path, method, [match.route], match.allow);
  if (match.kind === 'conflict') return { match, method, path, template: match.conflict.pattern, host };
  if (match.kind !== 'route') throw unknown(`for ${path}`, call);
  const { route, params } = match;
  if (call.version !== undefined && call.version !== route.fn.version) return otherVersion(app, call, route, params);
  if (call.runtime !== undefined && call.runtime !== route.fn.runtime) throw unknown(`for ${path}`, call);
  return { match, method, path, template: route.pattern, host };
}

function otherVersion(app: App, call: Call, { fn, pattern }: Route, params: PathParams): Target {
  const other = app.table.functionByName(fn.name, call.version, call.runtime ?? fn.runtime);
  if (other === null) throw unknown(`for ${pattern}`, call);
  const routes = routesOf(app, other);
  const given = { ...call, params: { ...params, ...call.params } };
  return routes.length > 0 ? chooseRoute(routes, given) : withoutRoute(other, given);
}

function isWanted(app: App, { version, runtime }: Call, { fn }: Route): boolean {
  if (runtime !== undefined && fn.runtime !== runtime) return false;
  // Another version of the function at this route lies under a URL of its own.
  return (
    version === undefined || fn.version === version || app.table.functionByName(fn.name, version, fn.runtime) === fn
  );
}

function routesOf({ table }: App, fn: FunctionSpec): Route[] {
  return table.routes.filter((route) => route.fn.key === fn.key);
}

function hostOf({ hosts }: Route): string {
  // A wildcard stands for any name below it.
  return hosts[0]?.replace(/^\*/, 'any') ?? '';
}

function defaultMethod(routes: readonly Route[]): string {
  return routes.some(({ methods }) => methods.includes('GET')) ? 'GET' : routes[0]!.methods[0]!;
}

function takes(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

function count(params: PathParams): number {
  return Object.keys(params).length;
}

function refusedMethod(
  path: string,
  method: string,
  routes: readonly Route[],
  allow: readonly string[] = [...new Set(routes.flatMap(({ methods }) => methods))].sort(),
): FastFnError {
  const names = allow.join(', ');
  return new FastFnError('method_not_allowed', `${path} does not take ${method}; it takes ${names}.`, {
    headers: { Allow: names },
  });
}

function missingParams(pattern: string, missing: readonly string[]): FastFnError {
  return new FastFnError('missing_params', `${pattern} needs the parameters ${missing.join(', ')} in "params".`, {
    details: { missing_params: missing },
  });
}

function unknown(what: string, { version, runtime }: Pick<Call, 'version' | 'runtime'>): FastFnError {
  const where = `${version === undefined ? '' : ` in version "${version}"`}${runtime === undefined ? '' : ` in ${runtime}`}`;
  return new FastFnError('not_found', `There is no function ${what}${where}; see /_fn/catalog.`);
}
