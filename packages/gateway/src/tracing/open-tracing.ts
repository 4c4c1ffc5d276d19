import type { TracerProvider } from '@opentelemetry/api';
import { RequestSpanTree } from './request-span-tree.js';
import type { Tracing } from './tracing.js';

/**
 * Spans by OpenTelemetry. Its API is loaded here and not before: most servers trace nothing, and it takes longer to load
 * than the gateway.
 * @param provider default: the one that the process has registered.
 */
export async function openTracing(provider?: TracerProvider): Promise<Tracing> {
  const api = await import('@opentelemetry/api');
  const tracer = (provider ?? api.trace).getTracer('fastfn');
  return { begin: (exchange) => new RequestSpanTree(api, tracer, exchange) };
}
