import type { Exchange } from '../exchange.js';
import { headerSafe } from '../headers.js';

/** Printed output in a header, bytes. SPEC §5. */
const OUTPUT_LIMIT = 4096;

/** Headers that say how a function was served. SPEC §5. */
export function addFunctionHeaders(exchange: Exchange, status: number, headers: string[]): void {
  const info = exchange.info!;
  headers.push('X-FastFN-Function-State', info.state);
  if (info.warmed && status < 500) headers.push('X-FastFN-Warmed', 'true');
  if (info.queued) headers.push('X-FastFN-Queued', 'true');
  if (exchange.output !== null && exchange.fn!.policy.debugHeaders) addDebugHeaders(exchange, headers);
}

/** `include_debug_headers`. */
function addDebugHeaders(exchange: Exchange, headers: string[]): void {
  const { fn, info, output } = exchange;
  const { workerPool } = fn!.policy;
  // biome-ignore format: one header a line
  headers.push(
    'X-Fn-Request-Id', exchange.requestId,
    'X-Fn-Runtime', fn!.runtime,
    'X-Fn-Function', headerSafe(fn!.name, OUTPUT_LIMIT),
    'X-Fn-Version', fn!.version,
    'X-Fn-Latency-Ms', (performance.now() - exchange.startedAt).toFixed(1),
    'X-Fn-Worker-Pool-Max-Workers', String(workerPool.maxWorkers),
    'X-Fn-Worker-Pool-Max-Queue', String(workerPool.maxQueue),
    'X-Fn-Runtime-Routing', info!.routing,
  );
  if (info!.socketIndex > 0) headers.push('X-Fn-Runtime-Socket-Index', String(info!.socketIndex));
  if (output!.stdout !== '') headers.push('X-Fn-Stdout', headerSafe(output!.stdout, OUTPUT_LIMIT));
  if (output!.stderr !== '') headers.push('X-Fn-Stderr', headerSafe(output!.stderr, OUTPUT_LIMIT));
}
