import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionSpec } from '@fastfn/core';
import { type Connection, connect, type PayloadMessage, type StartSpec } from '@fastfn/protocol';
import { beforeAll, onTestFinished } from 'vitest';
import { createRustRuntime } from '../src/index.js';

const CARGO = process.env.FN_CARGO_BIN ?? 'cargo';

/** Kept between runs, so that dependencies are compiled once. */
export const CACHE = fileURLToPath(new URL('../node_modules/.cache/fastfn-rust', import.meta.url));

export const runtime = createRustRuntime({ bin: CARGO, cacheDir: CACHE });

/** What discovery would make of a handler file. */
export function functionSpec(entry: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  const folder = dirname(entry);
  return {
    name: 'hello',
    root: folder,
    folder,
    ownFolder: folder,
    entry,
    handler: null,
    adapter: null,
    sharedDeps: [],
    ...over,
  } as FunctionSpec;
}

/** Builds a handler; the path of its binary. */
export async function build(entry: string, over: Partial<FunctionSpec> = {}): Promise<string> {
  await runtime.detect();
  const fn = functionSpec(entry, over);
  return (await runtime.prepare!(fn, { signal: new AbortController().signal, progress() {} })).entry;
}

// On a new machine the first build compiles the dependencies, which takes longer than a test may.
beforeAll(async () => {
  const folder = join(CACHE, 'warm-up');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'handler.rs'), 'pub fn handler() {}\n');
  await build(join(folder, 'handler.rs'));
}, 240_000);

/** A temporary folder with these files, removed when the running test ends. */
export function tree(files: Readonly<Record<string, string>>): {
  readonly root: string;
  path(name: string): string;
  write(name: string, content: string): void;
} {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-rust-fn-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const path = (name: string) => join(root, name);
  const write = (name: string, content: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { root, path, write };
}

/** A connection whose messages can be waited for. */
export interface Peer {
  readonly connection: Connection;
  readonly seen: PayloadMessage[];
  /** The first message, seen or to come, that `test` accepts. */
  next<T extends PayloadMessage>(test: (message: PayloadMessage) => boolean): Promise<T>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<Error | null>;
  send(message: PayloadMessage): void;
}

export interface OpenOptions {
  /** Gives credit back for each chunk. */
  readonly autoCredit?: boolean;
  onHello?(): void;
}

export async function open(path: string, options: OpenOptions = {}): Promise<Peer> {
  const seen: PayloadMessage[] = [];
  const waiting = new Set<() => void>();
  let gone: Error | null | undefined;
  let resolveClosed!: (error: Error | null) => void;
  const closed = new Promise<Error | null>((resolve) => {
    resolveClosed = resolve;
  });
  const connection = await connect(path, {
    side: 'gateway',
    hello: { pid: process.pid },
    onHello: options.onHello,
    onMessage(message) {
      if (options.autoCredit && message[0] === 41) connection.send([23, message[1], message[2].length]);
      seen.push(message);
      for (const check of [...waiting]) check();
    },
    onClose(error) {
      gone = error;
      resolveClosed(error);
      for (const check of [...waiting]) check();
    },
  });
  return {
    connection,
    seen,
    closed,
    send: (message) => connection.send(message),
    next: <T extends PayloadMessage>(test: (message: PayloadMessage) => boolean) =>
      new Promise<T>((resolve, reject) => {
        const check = () => {
          const found = seen.find(test);
          if (found === undefined && gone === undefined) return;
          waiting.delete(check);
          if (found !== undefined) resolve(found as T);
          else reject(new Error(`The connection closed: ${gone?.message ?? 'no error'}; seen ${JSON.stringify(seen)}`));
        };
        waiting.add(check);
        check();
      }),
  };
}

export interface Daemon extends Peer {
  readonly process: ChildProcess;
  readonly socket: string;
  readonly folder: string;
  /** A socket path nobody uses. */
  freshSocket(): string;
}

/** A daemon and a control connection to it; ended when the running test ends. */
export async function startDaemon(options: { env?: Record<string, string>; args?: string[] } = {}): Promise<Daemon> {
  const daemon = await makeDaemon(options);
  onTestFinished(daemon.end);
  return daemon;
}

/** Like {@link startDaemon}, for `beforeAll`. */
export async function makeDaemon(
  options: { env?: Record<string, string>; args?: string[] } = {},
): Promise<Daemon & { end(): Promise<void> }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-rs-')));
  const socket = join(folder, 'daemon.sock');
  await runtime.detect();
  const { command, args } = runtime.daemonCommand({ socket });
  const child = spawn(command, [...args, '--lifeline', ...(options.args ?? [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...options.env },
  });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]) => {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`exit ${code}`);
  });
  failed.catch(() => {});
  await Promise.race([once(child.stdout!, 'data'), failed]);
  const peer = await open(socket);
  let sockets = 0;
  return {
    ...peer,
    process: child,
    socket,
    folder,
    freshSocket: () => join(folder, `w${sockets++}.sock`),
    async end() {
      child.stdin!.end();
      await exited;
      await peer.connection.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let workers = 0;

/** @param folder of the handler that the binary was built from. */
export function specFor(daemon: Daemon, entry: string, folder: string, over: Partial<StartSpec> = {}): StartSpec {
  return {
    socket: daemon.freshSocket(),
    runtime: 'rust',
    entry,
    folder,
    root: folder,
    own_folder: folder,
    handler: null,
    adapter: null,
    env: {},
    process_env: {},
    secrets: {},
    context: {
      runtime: 'rust',
      function_name: 'hello',
      version: 'default',
      timeout_ms: 30000,
      max_concurrency: 0,
      max_body_bytes: 1048576,
      worker_pool: { enabled: true },
      gateway: { worker_pid: process.pid },
      debug: { enabled: false },
    },
    max_frame: 16777216,
    memory_mb: 0,
    sandbox: null,
    ...over,
  };
}

export interface Worker extends Peer {
  readonly name: string;
  readonly pid: number;
  readonly spec: StartSpec;
}

/** Starts a worker and connects to it; READY or LOAD_ERROR is not awaited. */
export async function startWorker(daemon: Daemon, spec: StartSpec, options?: OpenOptions): Promise<Worker> {
  const name = `w${workers++}`;
  daemon.send([10, name, spec]);
  const started = await daemon.next((message) => (message[0] === 11 || message[0] === 12) && message[1] === name);
  if (started[0] !== 11) throw new Error(`not started: ${JSON.stringify(started)}`);
  return { ...(await open(spec.socket, options)), name, pid: started[2], spec };
}

export interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly query?: readonly string[];
  readonly params?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly flags?: number;
  readonly context?: Record<string, unknown> | null;
  readonly session?: { id: string | null; raw: string; cookies: Record<string, string> } | null;
}

export function invokeMessage(id: number, options: CallOptions = {}): PayloadMessage {
  const path = options.path ?? '/hello';
  const headers = Object.entries(options.headers ?? {})
    .flat()
    .join('\n');
  return [
    20,
    id,
    `req-${id}`,
    options.method ?? 'GET',
    path,
    path,
    options.query ?? [],
    options.params ?? [],
    headers,
    '127.0.0.1',
    1700000000123,
    options.timeoutMs ?? 30000,
    options.session ?? null,
    options.context ?? null,
    options.flags ?? 0,
    Buffer.from(options.body ?? ''),
  ];
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
  text: string;
  error: { code: string; message: string; debug: Record<string, unknown> | null } | null;
  proxy: Record<string, unknown> | null;
  stdout: string;
  stderr: string;
  chunks: string[];
}

let calls = 0;

/** Makes one call and collects its answer. */
export async function call(worker: Peer, options: CallOptions = {}): Promise<Answer> {
  const id = ++calls;
  worker.send(invokeMessage(id, options));
  await worker.next((message) => isTerminal(message) && message[1] === id);
  return answerOf(worker.seen, id);
}

export function isTerminal(message: PayloadMessage): boolean {
  const type = message[0];
  return type === 42 || type === 43 || type === 45 || (type === 40 && (message[4] & 1) === 1);
}

export function answerOf(seen: readonly PayloadMessage[], id: number): Answer {
  const answer: Answer = {
    status: 0,
    headers: {},
    body: Buffer.alloc(0),
    text: '',
    error: null,
    proxy: null,
    stdout: '',
    stderr: '',
    chunks: [],
  };
  const parts: Uint8Array[] = [];
  for (const message of seen) {
    if (message[1] !== id) continue;
    if (message[0] === 40) {
      answer.status = message[2];
      for (let i = 0; i < message[3].length; i += 2) {
        const name = message[3][i]!.toLowerCase();
        const before = answer.headers[name];
        const value = message[3][i + 1]!;
        answer.headers[name] = before === undefined ? value : [before, value].flat();
      }
      parts.push(message[5]);
      if (message[5].length > 0) answer.chunks.push(Buffer.from(message[5]).toString());
    } else if (message[0] === 41) {
      parts.push(message[2]);
      answer.chunks.push(Buffer.from(message[2]).toString());
    } else if (message[0] === 43) {
      answer.error = { code: message[2], message: message[3], debug: message[4] as Record<string, unknown> | null };
    } else if (message[0] === 44) {
      if (message[2] === 1) answer.stdout += message[3];
      else answer.stderr += message[3];
    } else if (message[0] === 45) answer.proxy = message[2] as Record<string, unknown>;
  }
  answer.body = Buffer.concat(parts);
  answer.text = answer.body.toString();
  return answer;
}
