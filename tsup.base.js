import { defineConfig } from 'tsup';

/**
 * The build every library of the house shares: ESM for Node 20, source maps, declarations on demand
 * (`tsup --dts-only`, see the `types` task).
 *
 * @param {import('tsup').Options} [overrides]
 */
export function library(overrides = {}) {
  return defineConfig((cli) => ({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    // `types` runs after `build` into the same folder: only the JavaScript build may clean.
    clean: !cli.dts,
    silent: true,
    ...overrides,
  }));
}
