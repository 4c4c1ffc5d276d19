import { once } from 'node:events';
import { createServer } from 'node:http';
import { useServer } from '@fastfn/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const SENT = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'vendor=1' };

interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A collector of OTLP over HTTP, as small as can be. */
async function collector(): Promise<{
  url: string;
  spans: ExportedSpan[];
  service: () => unknown;
  text: () => string;
}> {
  const spans: ExportedSpan[] = [];
  let text = '';
  let service: unknown;
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const part of req) body += part;
    text += body;
    if (req.url === '/v1/traces') {
      for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
        service = attributes(resource.attributes)['service.name'];
        for (const scope of scopeSpans) {
          for (const span of scope.spans) spans.push({ ...span, attributes: attributes(span.attributes) });
        }
      }
    }
    res.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, spans, service: () => service, text: () => text };
}

function attributes(list: readonly { key: string; value: Record<string, unknown> }[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
}

const echo = 'export const handler = (event) => ({ traceparent: event.context.traceparent });';

describe('the trace of the caller', () => {
  it.each([
    ['node', 'echo.js', echo],
    ['python', 'echo.py', 'def handler(event):\n    return {"traceparent": event["context"]["traceparent"]}\n'],
  ])('reaches a %s handler as it came; without one there is none', async (_, file, code) => {
    const app = await useServer({ files: { [file]: code } });
    expect(await (await app.fetch('/echo', { headers: SENT })).json()).toEqual({ traceparent: SENT.traceparent });
    expect(await (await app.fetch('/echo')).json()).toEqual({ traceparent: null });
    const zeros = { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` };
    expect(await (await app.fetch('/echo', { headers: zeros })).json()).toEqual({ traceparent: null });
  });

  it('goes on to an upstream, unless the handler names its own', async () => {
    const seen: unknown[] = [];
    const upstream = createServer((req, res) => {
      seen.push([req.headers.traceparent, req.headers.tracestate]);
      res.end('ok');
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    onTestFinished(() => void upstream.close());
    const base_url = `http://127.0.0.1:${(upstream.address() as { port: number }).port}`;
    const app = await useServer({
      files: {
        'p/fn.config.json': { edge: { base_url, allow_private: true } },
        'p/get.plain.js': 'export const handler = () => ({ proxy: { path: "/" } });',
        'p/get.own.js': 'export const handler = () => ({ proxy: { path: "/", headers: { Traceparent: "own" } } });',
      },
    });
    for (const path of ['/p/plain', '/p/own']) {
      const answer = await app.fetch(path, { headers: SENT });
      expect(await answer.text()).toBe('ok');
    }
    await app.fetch('/p/plain');
    expect(seen).toEqual([
      [SENT.traceparent, SENT.tracestate],
      ['own', undefined],
      [undefined, undefined],
    ]);
  });
});

describe('spans', () => {
  it('reach the collector, in one tree with the caller and the handler', async () => {
    const otlp = await collector();
    const app = await useServer({
      files: {
        'users/[id].js': echo,
        'boom.js': 'export const handler = () => { throw new Error("x"); };',
        'slow/handler.js':
          'export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return "done"; };',
        'slow/fn.config.json': { worker_pool: { max_workers: 1, max_queue: 1 } },
      },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${otlp.url}/`, OTEL_SERVICE_NAME: 'shop' },
    });
    const answer = await app.fetch('/users/7?token=hunter2', { headers: { ...SENT, authorization: 'Bearer hunter2' } });
    const { traceparent } = (await answer.json()) as { traceparent: string };
    await app.fetch('/boom');
    await app.fetch('/nothing');
    await Promise.all([app.fetch('/slow'), app.fetch('/slow')].map(async (call) => (await call).text()));
    await app.server.close();

    const tree = (span: ExportedSpan): object => ({
      [span.name]: otlp.spans
        .filter(({ parentSpanId }) => parentSpanId === span.spanId)
        .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
        .map(tree),
    });
    const rootOf = (name: string) => otlp.spans.find((span) => span.name === name)!;

    const users = rootOf('GET /users/:id');
    expect(otlp.service()).toBe('shop');
    expect(users).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      kind: 2,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/users/:id',
        'url.path': '/users/7',
        'http.response.status_code': 200,
        'client.address': '127.0.0.1',
      },
    });
    expect(tree(users)).toEqual({
      'GET /users/:id': [{ route: [] }, { 'invoke users/[id].js': expect.anything() }, { render: [] }],
    });
    const invoke = rootOf('invoke users/[id].js');
    expect(traceparent).toBe(`00-${TRACE}-${invoke.spanId}-01`);
    expect(invoke.attributes).toMatchObject({ 'faas.coldstart': true, 'fastfn.runtime': 'node' });

    expect(rootOf('GET /boom')).toMatchObject({
      status: { code: 2 },
      attributes: { 'http.response.status_code': 500, 'error.type': 'handler_error' },
    });
    expect(rootOf('GET')).toMatchObject({ attributes: { 'url.path': '/nothing', 'http.response.status_code': 404 } });
    expect(otlp.spans.filter(({ name }) => name === 'queue').length).toBeGreaterThan(0);
    for (const { startTimeUnixNano, endTimeUnixNano } of otlp.spans) {
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    }
    expect(otlp.text()).not.toContain('hunter2');
  });

  it('a call of the admin API and the function that it calls are one trace', async () => {
    const otlp = await collector();
    const app = await useServer({ files: { 'a.js': echo }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url } });
    const answer = await app.fetch('/_fn/invoke', { method: 'POST', body: '{"name":"a"}', headers: SENT });
    expect(((await answer.json()) as { body: string }).body).toContain(TRACE);
    await app.server.close();
    const invoke = otlp.spans.find(({ name }) => name === 'invoke a.js')!;
    expect(invoke.traceId).toBe(TRACE);
  });

  it('a collector that is away is told of once, and keeps nobody from stopping', async () => {
    const app = await useServer({
      files: { 'a.js': echo },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    });
    expect((await app.fetch('/a')).status).toBe(200);
    await app.server.close();
    expect(app.logs.filter((line) => line.includes('[Tracing]'))).toHaveLength(1);
    expect(app.logs.join()).toContain('did not reach http://127.0.0.1:1/v1/traces');
  });

  it('an address that is none keeps the server from starting', async () => {
    await expect(
      useServer({ files: { 'a.js': echo }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' } }),
    ).rejects.toThrow(/OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL/);
  });
});
