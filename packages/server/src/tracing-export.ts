import { type Logger, UsageError } from '@fastfn/core';
import type { TracerProvider } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';

/** A collector that is away is told of at most so often, ms. */
const REPORT_EVERY_MS = 60_000;

/** Time for one batch, tries included, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says otherwise: a stop must not wait for longer. */
const EXPORT_LIMIT_MS = 2_000;

export interface TracingExport {
  readonly provider: TracerProvider;
  /** Sends what is left, for at most so many ms. Never rejects. Idempotent. */
  close(limitMs: number): Promise<void>;
}

/**
 * Spans go to the collector that the environment names, in batches, as OTLP over HTTP. `OTEL_*` variables mean what
 * OpenTelemetry says. Nothing is registered globally: two servers of one process trace separately.
 * @throws UsageError when the collector's address is no URL.
 */
export function startExport(env: Readonly<Record<string, string | undefined>>, logger: Logger): TracingExport {
  const url = collectorUrl(env);
  const target = withoutSecrets(url);
  const warn = throttled((message) => logger.log('warn', `[Tracing] ${message}`));
  const timeoutMillis = env.OTEL_EXPORTER_OTLP_TIMEOUT ? undefined : EXPORT_LIMIT_MS;
  const exporter = reporting(new OTLPTraceExporter({ url, timeoutMillis }), (count, reason) =>
    warn(`${count} spans did not reach ${target}: ${reason}`),
  );
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': env.OTEL_SERVICE_NAME || 'fastfn' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  let closing: Promise<void> | null = null;
  return {
    provider,
    close(limitMs) {
      closing ??= within(limitMs, provider.shutdown()).then((inTime) => {
        if (!inTime) warn(`The last spans did not reach ${target} in time.`);
      });
      return closing;
    },
  };
}

/** @throws UsageError when it is no URL. */
function collectorUrl(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT!.replace(/\/+$/, '');
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || `${base}/v1/traces`;
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url;
  throw new UsageError(
    'invalid_config',
    'OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL.',
    'Name the collector, for example http://localhost:4318, or unset it to trace nothing.',
  );
}

/** The SDK drops spans in silence when the collector is away; whoever set it up wants to know. */
function reporting(exporter: SpanExporter, failed: (count: number, reason: string) => void): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error) failed(spans.length, result.error.message);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

function throttled(warn: (message: string) => void): (message: string) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (message) => {
    const now = Date.now();
    if (now - warnedAt <= REPORT_EVERY_MS) return;
    warnedAt = now;
    warn(message);
  };
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return 'the collector';
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Waits for something, but not longer; its failure is told elsewhere. @returns whether it ended in time. */
async function within(limitMs: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([ended, limit]);
  clearTimeout(timer);
  return inTime;
}
