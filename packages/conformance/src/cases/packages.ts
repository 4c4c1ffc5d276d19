import { expect } from 'vitest';
import { defineCases } from '../case.js';

/** An installation on a busy machine takes longer than a call waits for it, ms. */
const INSTALLED_MS = 150_000;

const COMPILED = 'packages are compiled in: a Cargo.toml or go.mod may name folders that several handlers share';

/** SPEC §13: what a manifest names is there. */
export const dependencyCases = defineCases('dependencies', 'dependency', [
  {
    id: 'dependencies.manifest',
    title: 'what the manifest names is installed when the function is found',
    timeoutMs: INSTALLED_MS,
    async script({ call }) {
      await expect
        .poll(async () => (await call({ path: '/dependency' })).text, { timeout: INSTALLED_MS - 5_000, interval: 250 })
        .toMatch(/^\{"package":"[^"]+"\}$/);
    },
    skip: { lua: 'Lua has no package manager; cjson and lfs are built in, modules and packs are files' },
  },
]);

/** SPEC §13: packs, by `shared_deps`. */
export const packCases = defineCases('packs', 'pack', [
  {
    id: 'packs.used',
    title: 'a pack named in shared_deps is there',
    request: { path: '/pack' },
    expect: { json: { pack: 'tiny' } },
    skip: { rust: COMPILED, go: COMPILED },
  },
  {
    id: 'packs.missing',
    title: 'one that does not exist is told by name',
    fn: 'pack-missing',
    request: { path: '/pack-missing' },
    expect: ({ runtime }) => ({
      status: 500,
      jsonPart: {
        code: runtime === 'rust' || runtime === 'go' ? 'invalid_config' : 'pack_not_found',
        error: expect.stringMatching(/absent|shared_deps/),
      },
    }),
  },
]);
