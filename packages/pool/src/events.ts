import type { FastFnError, Runtime } from '@fastfn/core';

/** What happens in the pool, for a terminal, a console or a test to follow. */
export type PoolEvent =
  | { readonly type: 'daemon_up'; readonly runtime: Runtime; readonly index: number; readonly pid: number | null }
  | { readonly type: 'daemon_down'; readonly runtime: Runtime; readonly index: number; readonly reason: string }
  | { readonly type: 'worker_ready'; readonly key: string; readonly pid: number; readonly loadMs: number }
  | {
      readonly type: 'worker_exited';
      readonly key: string;
      /** 0: there never was a process. */
      readonly pid: number;
      /** `exited with code 3`, … */
      readonly reason: string;
      /** Ended by the pool itself: idle, reloaded, over its deadline … */
      readonly expected: boolean;
    }
  | { readonly type: 'load_failed'; readonly key: string; readonly error: FastFnError }
  | { readonly type: 'prepare_started'; readonly key: string }
  | { readonly type: 'prepare_progress'; readonly key: string; readonly line: string }
  | { readonly type: 'prepare_finished'; readonly key: string; readonly durationMs: number }
  | { readonly type: 'prepare_failed'; readonly key: string; readonly error: FastFnError };
