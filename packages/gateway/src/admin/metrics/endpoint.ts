import type { Metric } from 'prom-client';
import { answer } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { type Family, families } from './families.js';

const NO_COUNTERS = { coldStarts: 0, crashes: 0, timeouts: 0 };

/** Prometheus' text format. The numbers are counted elsewhere all the time; only the text is made here. */
export const metrics: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  async serve(exchange) {
    const { telemetry, options } = exchange.context;
    const { backend } = options;
    const { rss, heapUsed, external } = process.memoryUsage();
    const { contentType, text } = await render(
      families({
        requests: telemetry.requests.series(),
        pool: backend.status(),
        counters: backend.counters?.() ?? NO_COUNTERS,
        reloads: telemetry.reloads,
        jobs: (await options.jobs?.counts()) ?? null,
        uptime: backend.uptimeMs() / 1000,
        memory: { rss, heap_used: heapUsed, external },
      }),
    );
    answer(exchange, 200, ['Content-Type', contentType, 'Cache-Control', 'no-store'], text);
  },
};

/** The library loads with the first scrape: most servers are never asked. */
async function render(all: readonly Family[]): Promise<{ contentType: string; text: string }> {
  const { Registry } = await import('prom-client');
  const registry = new Registry();
  // A registry only ever asks a metric for its values.
  for (const family of all) registry.registerMetric({ ...family, get: async () => family } as unknown as Metric);
  return { contentType: registry.contentType, text: await registry.metrics() };
}
