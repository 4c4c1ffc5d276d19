import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import type { App } from '../../app.js';
import { describePolicy } from '../policy.js';

/** State that a runtime's installer leaves beside a function. SPEC §13. */
const DEPS_STATE = '.fastfn-deps-state.json';

/** Methods and URLs of a function, and its limits. */
export function functionPolicy(app: App, fn: FunctionSpec): object {
  const claims = app.manifest.claims.filter((claim) => claim.fn.key === fn.key);
  return {
    ...describePolicy(fn.policy),
    methods: [...new Set(claims.flatMap(({ methods }) => methods))].sort(),
    routes: urlsOf(app, fn),
  };
}

export function urlsOf({ table }: App, fn: FunctionSpec): string[] {
  return [...new Set(table.routes.filter((route) => route.fn.key === fn.key).map(({ pattern }) => pattern))];
}

/** `metadata` of `/_fn/function`. */
export function functionMetadata(app: App, fn: FunctionSpec): object {
  const [publicRoute = null] = urlsOf(app, fn);
  return {
    group: fn.group,
    endpoints: { public_route: publicRoute, routes: urlsOf(app, fn) },
    invoke: { summary: fn.docs.summary, description: fn.docs.description, tags: fn.docs.tags },
    dependency_resolution: dependencyState(fn),
  };
}

/** Path of the handler below the functions root. */
export function handlerFile(fn: FunctionSpec): string {
  return relative(fn.root, fn.entry);
}

function dependencyState({ folder }: FunctionSpec): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, DEPS_STATE), 'utf8'));
  } catch {
    return null;
  }
}
