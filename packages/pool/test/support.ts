import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type FastFnError,
  type FunctionConfig,
  type FunctionSpec,
  functionKey,
  type Invocation,
  type InvocationHandle,
  type InvocationInfo,
  type Invoker,
  type ProxyDirective,
  type ResponseSink,
  type RuntimeAdapter,
  resolveDocs,
  resolvePolicy,
} from '@fastfn/core';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createPool, type Pool, type PoolEvent, type PoolOptions } from '../src/index.js';

/** Where the functions of tests are said to be: a small folder, since the pool looks through it. */
const FUNCTIONS = fileURLToPath(new URL('./fixtures', import.meta.url));

const packages = fileURLToPath(new URL('../../', import.meta.url));

let shim = '';

/** Builds the fake runtime for the tests of this file. */
export function useFakeRuntime(): void {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fake-shim-'));
    shim = join(folder, 'shim.mjs');
    await build({
      entryPoints: [join(packages, 'pool/test/fixtures/shim.ts')],
      outfile: shim,
      bundle: true,
      platform: 'node',
      format: 'esm',
      alias: { '@fastfn/protocol': join(packages, 'protocol/src/index.ts') },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

/** The program to run as a daemon by hand: `node <path> --socket <socket>`. */
export function shimPath(): string {
  return shim;
}

export function fakeAdapter(
  overrides: Partial<RuntimeAdapter> & { env?: Record<string, string> } = {},
): RuntimeAdapter {
  const { env = {}, ...rest } = overrides;
  return {
    runtime: 'node',
    detect: async () => ({ ok: true, path: process.execPath, version: 'fake 1' }),
    daemonCommand: ({ socket }) => ({ command: process.execPath, args: [shim, '--socket', socket], env }),
    defaultConcurrency: 0,
    ...rest,
  };
}

export interface FakeFunction extends FunctionConfig {
  behaviour?: string;
  key?: string;
  env?: Record<string, string>;
  /** 1: calls run one at a time. */
  concurrency?: number;
}

/** A function that does as `behaviour` says; see fixtures/shim.ts. */
export function fakeFunction(input: FakeFunction | string = {}): FunctionSpec {
  const {
    behaviour = 'echo',
    key,
    env = {},
    concurrency = 0,
    ...config
  } = typeof input === 'string' ? { behaviour: input } : input;
  const name = key ?? behaviour;
  return {
    key: functionKey('node', name, 'default'),
    runtime: 'node',
    name,
    version: 'default',
    aliases: [],
    group: null,
    root: FUNCTIONS,
    folder: FUNCTIONS,
    ownFolder: FUNCTIONS,
    entry: join(FUNCTIONS, `${name}.js`),
    handler: behaviour,
    adapter: null,
    sharedDeps: [],
    policy: resolvePolicy(config),
    docs: resolveDocs(config),
    env: { FAKE_CONCURRENCY: String(concurrency), ...env },
    secretKeys: [],
    secretNames: [],
    configError: null,
  };
}

/** A pool that is closed after the test, with a way to wait for its events. */
export interface TestPool extends Pool {
  readonly events: readonly PoolEvent[];
  /** The next event, or one that was, for which the condition holds. */
  seen(condition: (event: PoolEvent) => boolean): Promise<PoolEvent>;
}

const open: Pool[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.killAll()));
});

export function testPool(options: Partial<PoolOptions> = {}): TestPool {
  const events: PoolEvent[] = [];
  const waiters = new Set<() => void>();
  const pool = createPool({
    adapters: [fakeAdapter()],
    healthIntervalMs: 1000,
    backoff: { firstMs: 50, maxMs: 400 },
    onEvent(event) {
      events.push(event);
      for (const waiter of [...waiters]) waiter();
    },
    ...options,
  });
  open.push(pool);
  const extra = {
    events,
    seen: (condition: (event: PoolEvent) => boolean) =>
      new Promise<PoolEvent>((resolve) => {
        const look = (): void => {
          const event = events.find(condition);
          if (event === undefined) return;
          waiters.delete(look);
          resolve(event);
        };
        waiters.add(look);
        look();
      }),
  };
  return Object.assign(pool, extra);
}

/** A pool that runs these functions. */
export async function runningPool(
  functions: readonly FunctionSpec[],
  options: Partial<PoolOptions> = {},
): Promise<TestPool> {
  const pool = testPool(options);
  pool.update(functions);
  await pool.start();
  return pool;
}

/** Resolves when the function has this many workers that are ready. */
export async function warm(pool: Pool, fn: FunctionSpec, count = 1): Promise<void> {
  pool.prewarm(fn.key);
  const ready = (): number => {
    const { workers } = pool.status().functions.find(({ key }) => key === fn.key)!;
    return workers.filter(({ state }) => state === 'idle').length;
  };
  await until(() => ready() >= count);
}

let requests = 0;

export function invocation(fn: FunctionSpec, overrides: Partial<Invocation> = {}): Invocation {
  const now = Date.now();
  return {
    fn,
    id: `r${++requests}`,
    method: 'GET',
    path: '/x',
    rawPath: '/x',
    query: [],
    params: {},
    headers: 'host\nlocalhost',
    session: null,
    clientIp: '127.0.0.1',
    body: new Uint8Array(),
    ts: now,
    deadline: now + fn.policy.timeoutMs,
    context: null,
    captureOutput: false,
    ...overrides,
  };
}

/** What a call was answered. */
export interface Answer {
  status: number;
  headers: readonly string[];
  body: string;
  bytes: number;
  chunks: number;
  info: InvocationInfo | null;
  error: FastFnError | null;
  proxy: ProxyDirective | null;
  output: string[];
  /** ms from the call to its answer. */
  took: number;
}

export interface RunningCall {
  readonly handle: InvocationHandle;
  readonly answer: Promise<Answer>;
  /** Resolves when the head is there. */
  readonly head: Promise<void>;
  readonly settled: () => boolean;
}

export interface CallOptions extends Partial<Invocation> {
  /** Chunks are not acknowledged before this is called with a function that acknowledges. */
  hold?: (release: () => void) => void;
}

/** Calls a function and collects the answer; never rejects. */
export function begin(pool: Invoker, fn: FunctionSpec, { hold, ...overrides }: CallOptions = {}): RunningCall {
  let settle!: (answer: Answer) => void;
  let headed!: () => void;
  let settled = false;
  const since = performance.now();
  const bodies: Buffer[] = [];
  const answer: Answer = {
    status: 0,
    headers: [],
    body: '',
    bytes: 0,
    chunks: 0,
    info: null,
    error: null,
    proxy: null,
    output: [],
    took: 0,
  };
  const done = (): void => {
    if (settled) throw new Error('answered twice');
    settled = true;
    const body = Buffer.concat(bodies);
    answer.body = body.toString();
    answer.bytes = body.length;
    answer.took = performance.now() - since;
    settle(answer);
  };
  let held = 0;
  let released = hold === undefined;
  const sink: ResponseSink = {
    onHead(status, headers, body, end, info) {
      Object.assign(answer, { status, headers, info });
      if (body !== null) bodies.push(Buffer.from(body));
      headed();
      if (end) done();
    },
    onChunk(chunk) {
      bodies.push(Buffer.from(chunk));
      answer.chunks++;
      if (released) handle.credit(chunk.length);
      else held += chunk.length;
    },
    onEnd: done,
    onProxy(proxy, info) {
      Object.assign(answer, { proxy, info });
      done();
    },
    onError(error, info) {
      Object.assign(answer, { error, info: info ?? answer.info });
      done();
    },
    onOutput(stream, text) {
      answer.output.push(`${stream}: ${text}`);
    },
  };
  const promise = new Promise<Answer>((resolve) => {
    settle = resolve;
  });
  const head = new Promise<void>((resolve) => {
    headed = resolve;
  });
  const handle: InvocationHandle = pool.invoke(invocation(fn, overrides), sink);
  hold?.(() => {
    released = true;
    handle.credit(held);
    held = 0;
  });
  return { handle, answer: promise, head, settled: () => settled };
}

export function call(pool: Invoker, fn: FunctionSpec, options?: CallOptions): Promise<Answer> {
  return begin(pool, fn, options).answer;
}

/** True while a process is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when `condition` holds; looks every few ms, because what it looks at tells nobody. */
export async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Not so within ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
