import { relative } from 'node:path';
import type { FunctionSpec } from '@fastfn/core';
import { stateOf } from '@fastfn/dependencies';
import type { App } from '../../app.js';
import { describePolicy } from '../policy.js';

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
    // SPEC §13.
    dependency_resolution: stateOf(fn),
  };
}

/** Path of the handler below the functions root. */
export function handlerFile(fn: FunctionSpec): string {
  return relative(fn.root, fn.entry);
}
