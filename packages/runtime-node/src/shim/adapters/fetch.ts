import type { StartSpec } from '@fastfn/protocol';
import { LoadFailure } from '../errors.js';
import type { Loaded } from '../loader/index.js';
import { type Handler, places } from '../pick.js';
import { toRequest } from './web-request.js';

/** `fetch(request)`: an exported function of that name, an exported app that has one (Hono, itty-router …), or a default function. */
export function fetchAdapter(spec: StartSpec, file: string): (loaded: Loaded) => Handler {
  return (loaded) => {
    const fetch = findFetch(loaded, spec.handler);
    if (fetch === null) {
      throw new LoadFailure(
        'handler_error',
        `${file} has no \`${spec.handler ?? 'fetch'}\` function for the adapter "fetch". Export \`fetch(request)\`, or an app that has it as default.`,
      );
    }
    return (event) => fetch(toRequest(event));
  };
}

type Fetch = (request: Request, ...rest: unknown[]) => unknown;

/** @param name configured name of the callable, or null for `fetch` and a default function */
export function findFetch(loaded: Loaded, name: string | null): Fetch | null {
  for (const place of places(loaded)) {
    if (place === null || (typeof place !== 'object' && typeof place !== 'function')) continue;
    const member = (place as Record<string, unknown>)[name ?? 'fetch'];
    if (typeof member === 'function') return (request, ...rest) => member.call(place, request, ...rest) as unknown;
    if (name === null && typeof place === 'function') return place as Fetch;
  }
  return null;
}
