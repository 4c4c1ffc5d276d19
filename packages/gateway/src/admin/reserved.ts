import { FastFnError } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import { catalog } from './catalog.js';
import { docs, openapi } from './docs.js';
import type { Endpoint } from './endpoint.js';
import { events } from './events/endpoint.js';
import { functionConfig } from './functions/config.js';
import { functionCode, functionEndpoint } from './functions/endpoint.js';
import { functionEnv } from './functions/env.js';
import { functionFileContent, functionFiles } from './functions/file-content.js';
import { functionList, packs } from './functions/list.js';
import { guard } from './guard/guard.js';
import { health } from './health.js';
import { invokeEndpoint } from './invoke/endpoint.js';
import { jobEndpoint, jobs } from './jobs/endpoint.js';
import { live } from './live.js';
import { login, logout } from './login/login.js';
import { logs } from './logs/endpoint.js';
import { metrics } from './metrics/endpoint.js';
import { ready } from './ready.js';
import { reload } from './reload.js';
import { isReserved } from './reserved-paths.js';
import { runSchedule, schedules } from './schedules/endpoint.js';
import { secrets } from './secrets/endpoint.js';
import { uiState } from './ui-state.js';

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/_fn/health': health,
  '/_fn/live': live,
  '/_fn/ready': ready,
  '/_fn/reload': reload,
  '/_fn/catalog': catalog,
  '/_fn/invoke': invokeEndpoint,
  '/_fn/jobs': jobs,
  '/_fn/schedules': schedules,
  '/_fn/schedules/run': runSchedule,
  '/_fn/function': functionEndpoint,
  '/_fn/function-config': functionConfig,
  '/_fn/function-env': functionEnv,
  '/_fn/function-code': functionCode,
  '/_fn/function-files': functionFiles,
  '/_fn/function-file-content': functionFileContent,
  '/_fn/api/functions': functionList,
  '/_fn/packs': packs,
  '/_fn/secrets': secrets,
  '/_fn/logs': logs,
  '/_fn/events': events,
  '/_fn/metrics': metrics,
  '/_fn/ui-state': uiState,
  '/_fn/login': login,
  '/_fn/logout': logout,
  '/_fn/openapi.json': openapi,
  '/_fn/docs': docs,
};

/** Never served, whatever lies in the folder: they hold the project's settings. SPEC §16. */
const HIDDEN: ReadonlySet<string> = new Set(['/fastfn.json', '/fastfn.toml']);

/** `/_fn` and `/console` are FastFN's own; no function or asset gets them. SPEC §3. */
export function reservedPaths(exchange: Exchange): boolean {
  const { path } = exchange;
  if (!isReserved(path)) {
    if (HIDDEN.has(path)) throw new FastFnError('not_found', `Nothing answers at ${path}.`);
    return true;
  }
  const { reserved } = exchange.context.options;
  if (reserved !== undefined) {
    exchange.handOver();
    reserved(exchange.req, exchange.res, exchange.connection.peer);
    return false;
  }
  const endpoint = endpointAt(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path, exchange.method);
  if (endpoint === null) throw new FastFnError('not_found', `Nothing answers at ${path}.`);
  guard(exchange, endpoint);
  const { method } = exchange;
  if (!endpoint.methods.includes(method === 'HEAD' ? 'GET' : method)) {
    const allow = endpoint.methods.includes('GET') ? [...endpoint.methods, 'HEAD'].sort() : endpoint.methods;
    throw new FastFnError('method_not_allowed', `${path} does not take ${method}; it takes ${allow.join(', ')}.`, {
      headers: { Allow: allow.join(', ') },
    });
  }
  const answered = endpoint.serve(exchange);
  if (answered !== undefined) answered.catch((error: unknown) => exchange.fail(error));
  return false;
}

function endpointAt(path: string, method: string): Endpoint | null {
  if (Object.hasOwn(ENDPOINTS, path)) return ENDPOINTS[path]!;
  return path.startsWith('/_fn/docs/') ? docs : jobEndpoint(path, method);
}
