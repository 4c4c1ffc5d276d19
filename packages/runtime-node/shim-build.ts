import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** How the shim is bundled, for the build and for the tests, which make a bundle of their own. */
export const SHIM = {
  entry: { daemon: here('src/shim/daemon.ts'), worker: here('src/shim/worker.ts') },
  target: 'node20',
  /** Native, and loaded only for TypeScript. Everything else is bundled, so that a start reads few files. */
  external: ['oxc-transform'],
  /** From its sources: no other package need be built first. */
  alias: { '@fastfn/protocol': here('../protocol/src/index.ts') },
  /** CommonJS libraries in the bundle call `require` for Node's own modules. */
  banner: {
    js: "import { createRequire as $createRequire } from 'node:module';\nconst require = $createRequire(import.meta.url);",
  },
} as const;
