import {
  type FunctionDocs,
  type FunctionSpec,
  functionKey,
  type Manifest,
  type Route,
  resolveDocs,
  resolvePolicy,
} from '@fastfn/core';

/** Makers of plain test data for this package's tests. */

export function fn(name: string, docs: Partial<FunctionDocs> = {}, over: Partial<FunctionSpec> = {}): FunctionSpec {
  const runtime = over.runtime ?? 'node';
  const version = over.version ?? 'default';
  return {
    key: functionKey(runtime, name, version),
    runtime,
    name,
    version,
    aliases: [],
    group: null,
    root: '/root',
    folder: '/root',
    ownFolder: '/root',
    entry: `/root/${runtime}/${name}@${version}`,
    handler: null,
    adapter: null,
    sharedDeps: [],
    policy: resolvePolicy({}),
    docs: resolveDocs({}, docs),
    env: {},
    secretKeys: [],
    secretNames: [],
    configError: null,
    ...over,
  };
}

/** `route('GET,POST /users/:id', fn('users'))`. */
export function route(url: string, owner: FunctionSpec, over: Partial<Route> = {}): Route {
  const space = url.indexOf(' ');
  return {
    pattern: url.slice(space + 1),
    methods: url.slice(0, space).split(','),
    hosts: [],
    fn: owner,
    rank: 1,
    force: false,
    origin: 'file',
    source: owner.name,
    ...over,
  };
}

export function manifest(claims: readonly Route[]): Manifest {
  return {
    root: '/root',
    functions: [...new Set(claims.map((claim) => claim.fn))],
    claims,
    homes: [],
    rootHome: null,
    assets: null,
    diagnostics: [],
  };
}
