import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { discoverTree, type Files, tree } from '../test/fixture.js';
import { DiscoveryCache } from './cache.js';

const NAMES = [
  'get.js',
  'post.ts',
  'get.[id].py',
  'delete.[id].php',
  'list.lua',
  'export.rs',
  'stats.go',
  'a.mjs',
  'b.cjs',
  'c.mts',
];

// Most of its time goes into writing the files.
it('takes 10,000 handler files in its stride', { timeout: 120_000 }, () => {
  const files: Record<string, string> = {};
  for (let group = 0; group < 100; group++) {
    for (let folder = 0; folder < 10; folder++) {
      for (const name of NAMES) {
        files[`g${group}/f${folder}/${name}`] =
          `// @summary ${name} of ${folder}\n// @tags a, b\n${'x = 1;\n'.repeat(30)}`;
      }
    }
  }
  const root = tree(files as Files);
  const cache = new DiscoveryCache();
  const times = ['first', 'second, with cache'].map((title) => {
    const start = performance.now();
    const manifest = discoverTree(root, { cache });
    const ms = performance.now() - start;
    expect(manifest.functions).toHaveLength(10_000);
    expect(manifest.claims).toHaveLength(10_000);
    expect(manifest.diagnostics).toEqual([]);
    expect(manifest.functions[0]!.docs.tags).toEqual(['a', 'b']);
    return `${title}: ${ms.toFixed(0)} ms`;
  });
  console.log(`10,000 handler files in 1,000 folders; ${times.join('; ')}`);
});
