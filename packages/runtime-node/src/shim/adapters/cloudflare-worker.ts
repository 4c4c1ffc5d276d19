import type { StartSpec } from '@fastfn/protocol';
import { formatError, LoadFailure } from '../errors.js';
import type { FnEvent } from '../event.js';
import type { Loaded } from '../loader/index.js';
import type { Handler } from '../pick.js';
import { findFetch } from './fetch.js';
import { toRequest } from './web-request.js';

/**
 * A Cloudflare Worker: `export default { fetch(request, env, ctx) }`, or `addEventListener('fetch', …)` of the older
 * kind. `env` holds the function's values and secrets. Promises given to `waitUntil` go on after the answer; their
 * failures are printed.
 */
export function workerAdapter(spec: StartSpec, file: string): (loaded: Loaded) => Handler {
  let listener: ((event: FetchEvent) => void) | null = null;
  Object.assign(globalThis, {
    addEventListener(type: string, callback: (event: FetchEvent) => void) {
      if (type === 'fetch') listener ??= callback;
    },
  });
  return (loaded) => {
    const fetch = findFetch(loaded, spec.handler);
    if (fetch !== null) return (event) => fetch(toRequest(event), bindings(event), executionContext());
    if (listener !== null) {
      const registered = listener;
      return (event) => dispatch(registered, event);
    }
    throw new LoadFailure(
      'handler_error',
      `${file} has no \`${spec.handler ?? 'fetch'}\` function for the adapter "cloudflare-worker". Use \`export default { fetch(request, env, ctx) { … } }\`.`,
    );
  };
}

interface ExecutionContext {
  waitUntil(promise: unknown): void;
  passThroughOnException(): void;
}

interface FetchEvent extends ExecutionContext {
  readonly type: 'fetch';
  readonly request: Request;
  respondWith(response: unknown): void;
}

function bindings(event: FnEvent): Record<string, string> {
  return { ...event.env, ...event.secrets };
}

function executionContext(): ExecutionContext {
  return {
    waitUntil(promise) {
      Promise.resolve(promise).catch((error: unknown) => console.error(`waitUntil: ${formatError(error)}`));
    },
    // There is no origin behind us to pass through to.
    passThroughOnException() {},
  };
}

function dispatch(listener: (event: FetchEvent) => void, event: FnEvent): unknown {
  let answer: { readonly value: unknown } | null = null;
  listener({
    ...executionContext(),
    type: 'fetch',
    request: toRequest(event),
    respondWith(value) {
      answer ??= { value };
    },
  });
  if (answer === null) throw new Error('The fetch listener did not call event.respondWith().');
  return (answer as { readonly value: unknown }).value;
}
