import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import {
  type FunctionConfig,
  type FunctionSpec,
  functionKey,
  type Invocation,
  type InvocationHandle,
  type InvocationInfo,
  type Invoker,
  type Manifest,
  type ResponseSink,
  type RouteClaim,
  type Runtime,
  resolveDocs,
  resolvePolicy,
  silentLogger,
} from '@fastfn/core';
import { compileRouteTable } from '@fastfn/router';
import { onTestFinished } from 'vitest';
import type {
  Gateway,
  GatewayBackend,
  GatewayOptions,
  GatewaySnapshot,
  ListenAddress,
  RequestRecord,
} from './options.js';
import { createGateway } from './server.js';

/** Makers for this package's tests: a gateway on a free port over functions that are plain callbacks. */

export const INFO: InvocationInfo = {
  state: 'warm',
  warmed: false,
  queued: false,
  routing: 'single',
  socketIndex: 1,
  workerPid: 1,
};

export type FakeHandler = (call: Invocation, sink: ResponseSink) => Partial<InvocationHandle> | undefined;

/** An invoker that calls `handler` in place. */
export function fakeInvoker(handler: FakeHandler): Invoker {
  return { invoke: (call, sink) => ({ cancel() {}, credit() {}, ...handler(call, sink) }) };
}

/** Answers a call at once. */
export function reply(
  sink: ResponseSink,
  body: string | Uint8Array,
  headers: readonly string[] = ['Content-Type', 'text/plain'],
  status = 200,
): undefined {
  sink.onHead(status, headers, typeof body === 'string' ? Buffer.from(body) : body, true, INFO);
  return undefined;
}

export function makeFunction(
  name: string,
  config: FunctionConfig = {},
  over: Partial<FunctionSpec> = {},
): FunctionSpec {
  const runtime: Runtime = over.runtime ?? 'node';
  const version = over.version ?? 'default';
  return {
    key: functionKey(runtime, name, version),
    runtime,
    name,
    version,
    aliases: [],
    group: null,
    root: '/root',
    folder: '/root',
    ownFolder: '/root',
    entry: `/root/${name}.js`,
    handler: null,
    adapter: null,
    sharedDeps: [],
    policy: resolvePolicy(config),
    docs: resolveDocs(config),
    env: {},
    secretKeys: [],
    secretNames: [],
    configError: null,
    ...over,
  };
}

/** `makeClaim('GET,POST /users/:id', fn)`. */
export function makeClaim(url: string, fn: FunctionSpec, over: Partial<RouteClaim> = {}): RouteClaim {
  const [methods, pattern] = url.split(' ') as [string, string];
  return {
    pattern,
    methods: methods.split(','),
    hosts: [],
    fn,
    rank: 1,
    force: false,
    origin: 'file',
    source: `${fn.name}.js`,
    ...over,
  };
}

/** One function per URL, named after it: `{ 'GET /hello': {} }`. */
export function claimsOf(routes: Readonly<Record<string, FunctionConfig>>): RouteClaim[] {
  return Object.entries(routes).map(([url, config]) =>
    makeClaim(url, makeFunction(url.split(' ')[1]!.slice(1), config)),
  );
}

export function makeSnapshot(
  claims: readonly RouteClaim[],
  manifest: Partial<Manifest> = {},
  over: Partial<GatewaySnapshot> = {},
): GatewaySnapshot {
  const whole: Manifest = {
    root: '/root',
    functions: [...new Set(claims.map(({ fn }) => fn))],
    claims,
    homes: [],
    rootHome: null,
    assets: null,
    diagnostics: [],
    ...manifest,
  };
  return {
    table: compileRouteTable(whole),
    manifest: whole,
    openapi: (baseUrl) => JSON.stringify({ openapi: '3.1.0', servers: [{ url: baseUrl }] }),
    docsAsset: (path) => (path === '' ? { status: 200, headers: { 'Content-Type': 'text/html' }, body: 'docs' } : null),
    generatedAt: '2026-01-01T00:00:00.000Z',
    ...over,
  };
}

export const readyBackend: GatewayBackend = {
  state: () => 'ready',
  reload: async () => ({ ok: true, reloaded_at: '2026-01-01T00:00:00.000Z', changed: [], diagnostics: [] }),
  status: () => ({ runtimes: {}, functions: [] }),
  toolStatus: () => ({}),
  uptimeMs: () => 1500,
  hotReload: () => ({ enabled: false }),
  sandboxLevels: () => ({}),
};

export interface TestGateway extends ListenAddress {
  readonly gateway: Gateway;
  readonly records: RequestRecord[];
  fetch(path: string, init?: RequestOptions): Promise<Answer>;
  /** Sends raw bytes and collects all that comes until the server closes. */
  raw(bytes: string | Uint8Array): Promise<string>;
  connect(): Promise<Socket>;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  json(): any;
}

export interface GatewaySetup extends Partial<GatewayOptions> {
  readonly claims?: readonly RouteClaim[];
  readonly routes?: Readonly<Record<string, FunctionConfig>>;
  readonly manifest?: Partial<Manifest>;
  readonly handler?: FakeHandler;
  /** Null: none. */
  readonly snapshot?: GatewaySnapshot | null;
}

/** Starts a gateway that the end of the test closes. */
export async function startGateway(setup: GatewaySetup = {}): Promise<TestGateway> {
  const { claims, routes = {}, manifest, handler = (_, sink) => reply(sink, 'ok'), snapshot, ...options } = setup;
  const records: RequestRecord[] = [];
  const gateway = createGateway({
    invoker: fakeInvoker(handler),
    logger: silentLogger,
    mode: 'run',
    backend: readyBackend,
    trustedProxies: ['127.0.0.0/8', '::1/128'],
    docsEnabled: true,
    adminApiEnabled: true,
    publicBaseUrl: null,
    homeFunction: null,
    homeRedirect: null,
    maxAssetBytes: 0,
    onRequest: (record) => records.push(record),
    ...options,
  });
  onTestFinished(() => gateway.close({ drainMs: 0 }));
  const served = snapshot === undefined ? makeSnapshot(claims ?? claimsOf(routes), manifest) : snapshot;
  if (served !== null) gateway.swap(served);
  const address = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(address.port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
    });
  return {
    ...address,
    gateway,
    records,
    fetch: (path, init) => send(address.port, path, init),
    raw: async (bytes) => {
      const socket = await open();
      socket.write(bytes);
      return collect(socket);
    },
    connect: open,
  };
}

/** All that comes until the other side closes; a reset counts as a close. */
export function collect(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** One request with the path exactly as given (fetch would tidy it up). */
export function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: res.statusCode!,
          headers: res.headers,
          rawHeaders: res.rawHeaders,
          body: whole,
          text: whole.toString('utf8'),
          json: () => JSON.parse(whole.toString('utf8')),
        });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}
