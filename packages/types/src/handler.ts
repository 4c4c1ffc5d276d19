import type { Answer } from './answer.js';
import type { Event } from './event.js';

/**
 * A handler: `export const handler: Handler = (event) => …`, or a default export.
 *
 * @typeParam Params names of the path parameters, e.g. `Handler<{ id: string }>` for `users/[id].ts`
 */
export type Handler<Params = Record<string, string>> = (
  event: Event<Params>,
  params: Params,
) => Answer | Promise<Answer>;
