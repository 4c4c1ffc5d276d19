import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** How the thread's program is bundled, for the build and for the tests, which make a bundle of their own. */
export const THREAD = {
  entry: { thread: here('src/engine/thread.ts') },
  target: 'node20',
  /** From its sources: no other package need be built first. One file, so that a thread starts quickly. */
  alias: { '@fastfn/protocol': here('../protocol/src/index.ts') },
} as const;
