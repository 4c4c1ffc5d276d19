import { realpathSync } from 'node:fs';
import { FastFnError, type FunctionSpec, isRuntime, type Runtime } from '@fastfn/core';
import type { App } from '../../app.js';
import type { Exchange } from '../../exchange.js';
import { parseQuery } from '../../request.js';
import { invalidFields } from '../fields.js';
import type { ProjectFormats } from '../project.js';
import { isBelow } from './contained.js';

/** The query of an admin call, each name once: the first counts. */
export function queryOf({ search }: Exchange): ReadonlyMap<string, string> {
  const pairs = parseQuery(search);
  const query = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) if (!query.has(pairs[i]!)) query.set(pairs[i]!, pairs[i + 1]!);
  return query;
}

/** What the query `runtime`, `name`, `version` names. */
export interface FunctionQuery {
  readonly runtime: Runtime | undefined;
  readonly name: string;
  readonly version: string | undefined;
}

/** @throws FastFnError `bad_request`. */
export function functionQuery(query: ReadonlyMap<string, string>): FunctionQuery {
  const runtime = query.get('runtime') || undefined;
  const name = query.get('name') ?? '';
  if (runtime !== undefined && !isRuntime(runtime)) {
    throw invalidFields([{ key: 'runtime', message: '"runtime" is none that FastFN knows.' }]);
  }
  if (name === '') throw invalidFields([{ key: 'name', message: '"name" is missing.' }]);
  return { runtime: runtime as Runtime | undefined, name, version: query.get('version') || undefined };
}

/** The function that the query names. @throws FastFnError `bad_request`, `not_found`. */
export function requestedFunction(exchange: Exchange): FunctionSpec {
  const { name, version, runtime } = functionQuery(queryOf(exchange));
  const fn = currentApp(exchange).table.functionByName(name, version, runtime);
  if (fn === null) throw new FastFnError('not_found', 'There is no such function; see /_fn/catalog.');
  return fn;
}

/** Like {@link requestedFunction}, for endpoints that touch its files: these must lie in the functions root. */
export function containedFunction(exchange: Exchange): FunctionSpec {
  const fn = requestedFunction(exchange);
  const root = realpathSync(fn.root);
  if (!isBelow(root, realpathSync(fn.folder)) || !isBelow(root, realpathSync(fn.entry))) {
    throw new FastFnError('forbidden', 'This function is reached by a link that leads out of the functions root.');
  }
  return fn;
}

/** What is served now: after a reload, not what the request began with. */
export function currentApp({ context }: Exchange): App {
  if (context.app === null) throw new FastFnError('starting', 'The server is still starting; try again in a moment.');
  return context.app;
}

/** @throws FastFnError `not_found` when this gateway serves no project on disk. */
export function projectFormats({ context, path }: Exchange): ProjectFormats {
  const { project } = context.options;
  if (project === undefined)
    throw new FastFnError('not_found', `Nothing answers at ${path}: files are not managed here.`);
  return project;
}

/** Reloads, and gives the same function as it is now. */
export async function reloaded(exchange: Exchange, { name, version, runtime }: FunctionSpec): Promise<FunctionSpec> {
  await exchange.context.options.backend.reload();
  const fn = currentApp(exchange).table.functionByName(name, version, runtime);
  if (fn === null)
    throw new FastFnError('not_found', 'The change was written, and the function is gone with it; see /_fn/catalog.');
  return fn;
}
