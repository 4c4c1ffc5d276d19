import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** How the program of the file's thread is bundled, for the build and for the tests, which make a bundle of their own. */
export const THREAD = {
  entry: { thread: here('src/sqlite/thread.ts') },
  target: 'node20',
  /** From its sources: no other package need be built first. */
  alias: { '@fastfn/core': here('../core/src/index.ts') },
} as const;
