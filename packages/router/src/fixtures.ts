import {
  type FolderHome,
  type FunctionSpec,
  functionKey,
  type Manifest,
  type RouteClaim,
  type Runtime,
  resolveDocs,
  resolvePolicy,
  type SourceRank,
} from '@fastfn/core';

/** Makers of plain test data for this package's tests; nothing here touches the disk. */

export function fn(name: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  const runtime: Runtime = over.runtime ?? 'node';
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
    docs: resolveDocs({}),
    env: {},
    secretKeys: [],
    secretNames: [],
    configError: null,
    ...over,
  };
}

export type ClaimOptions = Partial<Omit<RouteClaim, 'fn' | 'pattern' | 'methods'>>;

/** `claim('GET,POST /users/:id', fn('users'))`. */
export function claim(url: string, owner: FunctionSpec, over: ClaimOptions = {}): RouteClaim {
  const space = url.indexOf(' ');
  const [methods, pattern] = [url.slice(0, space), url.slice(space + 1)];
  const rank: SourceRank = over.rank ?? 1;
  return {
    pattern,
    methods: methods.split(','),
    hosts: [],
    fn: owner,
    rank,
    force: false,
    origin: rank === 1 ? 'file' : rank === 2 ? 'manifest' : 'policy',
    source: `${owner.runtime}/${owner.name}`,
    ...over,
  };
}

export function manifest(claims: readonly RouteClaim[], homes: readonly FolderHome[] = []): Manifest {
  return {
    root: '/root',
    functions: [...new Set(claims.map((one) => one.fn))],
    claims,
    homes,
    rootHome: null,
    assets: null,
    diagnostics: [],
  };
}

export function home(pattern: string, route: string): FolderHome {
  return { pattern, route, redirect: null, source: `${pattern.slice(1)}/fn.config.json` };
}
