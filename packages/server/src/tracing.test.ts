import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@fastfn/core';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer } from './create-server.js';
import { startTracing } from './tracing.js';

describe('whether requests are traced is decided at the start', () => {
  it.each<Record<string, string>>([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
    { OTEL_SERVICE_NAME: 'shop' },
  ])('not with %j', async (env) => {
    expect(await startTracing(env, silentLogger)).toBeNull();
  });

  it.each(['collector:4318', '/tmp', 'grpc://collector:4317'])('an endpoint %j is told', async (endpoint) => {
    await expect(startTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, silentLogger)).rejects.toMatchObject({
      code: 'invalid_config',
      hint: expect.stringContaining('http://localhost:4318'),
    });
  });

  it('a provider that the embedding program has registered gets the spans', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    provider.register();
    onTestFinished(async () => {
      trace.disable();
      await provider.shutdown();
    });
    const root = mkdtempSync(join(tmpdir(), 'fastfn-tracing-'));
    writeFileSync(join(root, 'a.js'), 'export const handler = () => "a";');
    const { PATH = '', HOME = '' } = process.env;
    const server = createServer({ root, env: { PATH, HOME, FN_HOST_PORT: '0' }, logger: silentLogger });
    onTestFinished(async () => {
      await server.close({ now: true });
      rmSync(root, { recursive: true });
    });
    await server.start();
    expect(await (await fetch(`${server.url}/a`)).text()).toBe('a');
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['route', 'invoke a.js', 'render', 'GET /a']),
    );
  });
});
