import type { StartSpec } from '@fastfn/protocol';

/** What a thread is born with. */
export interface ThreadData {
  /** Lua, compiled: shared by all threads, with what the engine has learned of it. */
  readonly wasm: WebAssembly.Module;
}

/** To a thread, once; all else goes as frames. */
export interface ToThread {
  readonly start: StartSpec;
}

/** Last words of a thread whose state cannot be used any more; all else comes as frames. */
export interface ThreadFailure {
  readonly failed: string;
  /** Set when it was for want of memory: what it had, MiB. */
  readonly memoryLimitMb: number | null;
}
