import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages/', import.meta.url));

export default defineConfig({
  // Tests read the sources of sibling packages; only what runs as a process of its own (shims, CLI) comes from dist.
  resolve: { alias: [{ find: /^@fastfn\/([a-z-]+)$/, replacement: `${packages}$1/src/index.ts` }] },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
