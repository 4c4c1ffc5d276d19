import type { Exchange } from '../../exchange.js';
import { headerSafe } from '../../headers.js';

/** Printed output in a header, bytes. SPEC §5. */
const OUTPUT_LIMIT = 4096;

/** `include_debug_headers`: who answered, how, and what was printed. SPEC §5. */
export function addDebugHeaders(exchange: Exchange, headers: string[]): void {
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
