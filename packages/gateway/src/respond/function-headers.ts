import type { Exchange } from '../exchange.js';
import { addDebugHeaders } from '../policies/debug-headers/debug-headers.js';

/** Headers that say how a function was served. SPEC §5. */
export function addFunctionHeaders(exchange: Exchange, status: number, headers: string[]): void {
  const info = exchange.info!;
  headers.push('X-FastFN-Function-State', info.state);
  if (info.warmed && status < 500) headers.push('X-FastFN-Warmed', 'true');
  if (info.queued) headers.push('X-FastFN-Queued', 'true');
  if (exchange.output !== null && exchange.fn!.policy.debugHeaders) addDebugHeaders(exchange, headers);
}
