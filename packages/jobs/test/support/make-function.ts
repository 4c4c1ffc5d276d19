import { type FunctionConfig, type FunctionSpec, functionKey, resolveDocs, resolvePolicy } from '@fastfn/core';

export function makeFunction(name: string, config: FunctionConfig = {}, version = 'default'): FunctionSpec {
  return {
    key: functionKey('node', name, version),
    runtime: 'node',
    name,
    version,
    aliases: [],
    group: null,
    root: '/root',
    folder: '/root',
    ownFolder: '/root',
    entry: `/root/${name}.js`,
    handler: null,
    adapter: null,
    sharedDeps: [],
    policy: resolvePolicy(config),
    docs: resolveDocs(config),
    env: {},
    secretKeys: [],
    secretNames: [],
    configError: null,
  };
}
