import { LONGEST_STOP_MS } from '@fastfn/server';

/** What server and image agree on; every generated file speaks of the same port, paths and times. */
export const CONTAINER = {
  port: 8080,
  appDir: '/app',
  stateDir: '/data',
  /** `node` of the official image: id and group. */
  user: 1000,
  live: '/_fn/live',
  ready: '/_fn/ready',
} as const;

export const REDIS = { port: 6379, image: 'redis:7-bookworm', user: 999 } as const;

/** Seconds until a server that was told to stop is gone: 10 for running calls, a little more for its processes and traces. */
export const STOP_SECONDS = Math.ceil(LONGEST_STOP_MS / 1000);

/** What a supervisor waits before it kills, s. */
export const KILL_AFTER_SECONDS = STOP_SECONDS + 7;
