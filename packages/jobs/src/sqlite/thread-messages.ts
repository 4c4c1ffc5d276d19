import type { EngineOptions, Reply, Request } from './engine.js';
import type { OpenFailure } from './open-database.js';

/** `workerData` of the thread. */
export type ThreadData = EngineOptions;

/** A list of requests, answered by a list of replies in the same order; or the end. */
export type ToThread = readonly Request[] | 'close';

export type FromThread =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly reason: OpenFailure; readonly message: string }
  | { readonly kind: 'set_aside'; readonly file: string }
  | { readonly kind: 'replies'; readonly replies: readonly Reply[] };
