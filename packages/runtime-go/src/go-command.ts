import type { CacheFolder } from './cache-folder.js';

/**
 * Of every build. The same everywhere, so that what one build compiled the next one finds; `-trimpath` keeps the folder of a
 * build out of that, `-s -w` leaves out what only debuggers read.
 */
export const buildFlags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w'] as const;

/** What `go build` runs with: the user's own Go settings, and nothing that would make it look around. */
export function buildEnv(env: NodeJS.ProcessEnv, cache: CacheFolder): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('FN_'));
  const result: NodeJS.ProcessEnv = { ...Object.fromEntries(kept), GO111MODULE: 'on', GOWORK: 'off' };
  // Pure Go links faster and starts faster; a handler that imports "C" turns it on for itself.
  result.CGO_ENABLED ??= '0';
  if (!env.HOME && !env.GOCACHE) result.GOCACHE = cache.in('gocache');
  if (!env.HOME && !env.GOPATH && !env.GOMODCACHE) result.GOPATH = cache.in('gopath');
  return result;
}
