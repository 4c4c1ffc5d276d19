import type { Exchange } from '../exchange.js';

/** Whether functions are served right now. A gateway without a snapshot is starting, whatever its backend says. */
export function servingState({ context, app }: Exchange): 'starting' | 'ready' | 'stopping' {
  if (context.stopping) return 'stopping';
  const state = context.options.backend.state();
  return state === 'ready' && app === null ? 'starting' : state;
}
