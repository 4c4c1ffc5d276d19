import type { StartSpec } from '@fastfn/protocol';

/** What a thread is born with. */
export interface ThreadData {
  /** Lua, compiled: shared by all threads, with what the engine has learned of it. */
  readonly wasm: WebAssembly.Module;
}

/**
 * To a thread; all else goes as frames. The function that it serves from now on, or that the rehearsal is over: what it posted until
 * it says so too was part of it.
 */
export type ToThread = { readonly start: StartSpec } | Rehearsed;

/** The rehearsal is over: both ways. */
export interface Rehearsed {
  readonly rehearsed: true;
}

/** Last words of a thread whose state cannot be used any more; all else comes as frames. */
export interface ThreadFailure {
  readonly failed: string;
  /** Set when it was for want of memory: what it had, MiB. */
  readonly memoryLimitMb: number | null;
}
