import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const SHARED = {
  target: 'node20',
  /** Native: the one loaded only for TypeScript, the other optional. All else is bundled, so that a start reads few files. */
  external: ['oxc-transform', 'koffi'],
  /** From its sources: no other package need be built first. */
  alias: { '@fastfn/protocol': here('../protocol/src/index.ts') },
} as const;

/** How the shim is bundled, for the build and for the tests, which make a bundle of their own. */
export const DAEMON = {
  ...SHARED,
  entry: { daemon: here('src/shim/daemon.ts') },
  format: 'esm',
  extension: '.js',
  define: {},
  /** CommonJS libraries in the bundle call `require` for Node's own modules. */
  banner:
    "import { createRequire as $createRequire } from 'node:module';\nconst require = $createRequire(import.meta.url);",
} as const;

/** CommonJS: see `src/shim/worker.ts`. */
export const WORKER = {
  ...SHARED,
  entry: { worker: here('src/shim/worker.ts') },
  format: 'cjs',
  extension: '.cjs',
  define: { 'import.meta.url': '$url' },
  banner: "const $url = require('node:url').pathToFileURL(__filename).href;",
} as const;
