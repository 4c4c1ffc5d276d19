import type { Logger } from '@fastfn/core';
import { openTracing, type Tracing } from '@fastfn/gateway';

/** Tracing that is on, and what ends it. */
export interface OpenTracing {
  readonly tracing: Tracing;
  /** Sends what is left; takes at most so many ms. Never rejects. Idempotent. */
  close(limitMs: number): Promise<void>;
}

/** Where the OpenTelemetry API notes a provider that the process has registered; part of its stable interface. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/**
 * Decides once, at the start, whether requests are traced: with an exporter of our own when the environment names a
 * collector, else with the provider that the embedding program has registered, else not. Nothing of OpenTelemetry is
 * loaded in the last case.
 */
export async function startTracing(
  env: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): Promise<OpenTracing | null> {
  if (env.OTEL_EXPORTER_OTLP_ENDPOINT && !/^true$/i.test(env.OTEL_SDK_DISABLED ?? '')) {
    const { startExport } = await import('./tracing-export.js');
    const { provider, close } = startExport(env, logger);
    return { tracing: await openTracing(provider), close };
  }
  const registered = (globalThis as Record<symbol, { trace?: unknown } | undefined>)[REGISTERED];
  if (registered?.trace === undefined) return null;
  return { tracing: await openTracing(), close: async () => {} };
}
