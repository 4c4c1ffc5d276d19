import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type DebugInfo,
  type FromWorkerMessage,
  HEAD_END,
  type InvokeMessage,
  type LoadErrorInfo,
  MessageType,
  type ReadyInfo,
  type StartSpec,
  type WorkerExit,
  type WorkerLink,
} from '@fastfn/protocol';
import { onTestFinished } from 'vitest';
import { createLuaRuntime } from '../src/index.js';
import { buildThread } from './build-thread.js';

/** What one call came to. */
export interface Outcome {
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
  text: string;
  /** CHUNKs, each as text. */
  chunks: string[];
  proxy: Record<string, unknown> | null;
  error: { code: string; message: string; debug: DebugInfo | null } | null;
  stdout: string;
  stderr: string;
}

export interface CallInput {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  params?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs?: number;
  session?: InvokeMessage[12];
  context?: InvokeMessage[13];
  /** Give chunks back as they come; default yes. */
  credit?: boolean;
}

/** A call that has begun. */
export interface RunningCall {
  readonly id: number;
  readonly chunks: string[];
  readonly done: Promise<Outcome>;
  /** Resolves with the head. */
  readonly head: Promise<number>;
  /** Resolves when so many bytes of body have come in all. */
  received(bytes: number): Promise<void>;
  bytes(): number;
}

export interface TestWorker {
  readonly ready: ReadyInfo | null;
  readonly loadError: LoadErrorInfo | null;
  readonly link: WorkerLink;
  readonly files: string[];
  /** Printed outside of calls. */
  readonly printed: string[];
  readonly gone: Promise<WorkerExit>;
  readonly root: string;
  begin(input?: CallInput): RunningCall;
  call(input?: CallInput): Promise<Outcome>;
}

export interface WorkerInput {
  /** Files below the root; the handler is `fn/handler.lua`. */
  files: Readonly<Record<string, string>>;
  /** What differs from the usual; a function gets the root. */
  spec?: Partial<StartSpec> | ((root: string) => Partial<StartSpec>);
}

/** Hosts that share one build of the thread's program. Close it after the tests. */
export async function makeBench(): Promise<{
  start(input: WorkerInput): Promise<TestWorker>;
  handler(source: string, spec?: Partial<StartSpec>): Promise<TestWorker>;
  close(): Promise<void>;
}> {
  const build = await buildThread();
  const runtime = createLuaRuntime({ program: build.program, env: { PATH: '/bin' } });
  let count = 0;
  const start = async ({ files, spec = {} }: WorkerInput): Promise<TestWorker> => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-lua-')));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const folder = join(root, 'fn');
    const worker = new Bench(root);
    const own = typeof spec === 'function' ? spec(root) : spec;
    const link = runtime.host.startWorker(`w${++count}`, { ...startSpec(root, folder), ...own }, worker);
    worker.link = link;
    onTestFinished(async () => {
      link.stop(0);
      await worker.gone;
      rmSync(root, { recursive: true, force: true });
    });
    await worker.loaded;
    return worker;
  };
  return {
    start,
    handler: (source, spec) => start({ files: { 'fn/handler.lua': source }, spec }),
    async close() {
      await runtime.host.close!();
      build.remove();
    },
  };
}

function startSpec(root: string, folder: string): StartSpec {
  return {
    socket: '',
    runtime: 'lua',
    entry: join(folder, 'handler.lua'),
    folder,
    root,
    own_folder: folder,
    handler: null,
    adapter: null,
    env: {},
    process_env: {},
    secrets: {},
    context: { runtime: 'lua', function_name: 'fn', version: 'default' },
    max_frame: 16_777_216,
    memory_mb: 0,
    sandbox: {
      strict: true,
      read: [],
      list: [],
      write: [folder],
      hide: [],
      unhidden: null,
      empty: '',
      unix: false,
      filter: [],
    },
  };
}

class Bench implements TestWorker {
  ready: ReadyInfo | null = null;
  loadError: LoadErrorInfo | null = null;
  link!: WorkerLink;
  readonly files: string[] = [];
  readonly printed: string[] = [];
  readonly loaded: Promise<void>;
  readonly gone: Promise<WorkerExit>;
  #setLoaded!: () => void;
  #setGone!: (exit: WorkerExit) => void;
  readonly #calls = new Map<number, Running>();
  #nextId = 0;

  constructor(readonly root: string) {
    this.loaded = new Promise((resolve) => {
      this.#setLoaded = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#setGone = resolve;
    });
  }

  begin(input: CallInput = {}): RunningCall {
    const id = ++this.#nextId;
    const running = new Running(id, input.credit !== false, this.link);
    this.#calls.set(id, running);
    this.link.send(invokeMessage(id, input));
    return running;
  }

  call(input?: CallInput): Promise<Outcome> {
    return this.begin(input).done;
  }

  onStarted(): void {}
  onLosing(): void {}
  onLog(_stream: 1 | 2, text: string): void {
    this.printed.push(text);
  }

  onMessage(message: FromWorkerMessage): void {
    switch (message[0]) {
      case MessageType.READY:
        this.ready = message[1];
        this.#setLoaded();
        break;
      case MessageType.LOAD_ERROR:
        this.loadError = message[1];
        this.#setLoaded();
        break;
      case MessageType.FILES:
        this.files.push(...message[1]);
        break;
      default:
        if (message[0] === MessageType.OUTPUT && message[1] === 0) this.printed.push(message[3]);
        else this.#calls.get(message[1] as number)!.take(message);
    }
  }

  onGone(exit: WorkerExit): void {
    this.#setGone(exit);
    this.#setLoaded();
    for (const call of this.#calls.values()) call.lost(exit);
  }
}

class Running implements RunningCall {
  readonly chunks: string[] = [];
  readonly done: Promise<Outcome>;
  readonly head: Promise<number>;
  readonly #outcome: Outcome = {
    status: 0,
    headers: {},
    bytes: Buffer.alloc(0),
    text: '',
    chunks: this.chunks,
    proxy: null,
    error: null,
    stdout: '',
    stderr: '',
  };
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #waiting: { bytes: number; resolve: () => void }[] = [];
  #resolve!: (outcome: Outcome) => void;
  #setHead!: (status: number) => void;

  constructor(
    readonly id: number,
    readonly credit: boolean,
    readonly link: WorkerLink,
  ) {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.head = new Promise((resolve) => {
      this.#setHead = resolve;
    });
  }

  bytes(): number {
    return this.#bytes;
  }

  received(bytes: number): Promise<void> {
    if (this.#bytes >= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  lost(exit: WorkerExit): void {
    this.#outcome.error ??= { code: 'lost', message: exit.message ?? '', debug: null };
    this.#end();
  }

  take(message: FromWorkerMessage): void {
    const outcome = this.#outcome;
    switch (message[0]) {
      case MessageType.HEAD:
        outcome.status = message[2];
        for (let i = 0; i < message[3].length; i += 2) {
          const name = message[3][i]!;
          outcome.headers[name] =
            name in outcome.headers ? `${outcome.headers[name]}, ${message[3][i + 1]}` : message[3][i + 1]!;
        }
        this.#setHead(message[2]);
        this.#add(message[5]);
        if ((message[4] & HEAD_END) !== 0) this.#end();
        break;
      case MessageType.CHUNK:
        this.chunks.push(Buffer.from(message[2]).toString());
        this.#add(message[2]);
        if (this.credit) this.link.send([MessageType.CREDIT, this.id, message[2].length]);
        break;
      case MessageType.END:
        this.#end();
        break;
      case MessageType.ERROR:
        outcome.error = { code: message[2], message: message[3], debug: message[4] };
        this.#end();
        break;
      case MessageType.PROXY:
        outcome.proxy = message[2] as Record<string, unknown>;
        this.#end();
        break;
      case MessageType.OUTPUT:
        outcome[message[2] === 1 ? 'stdout' : 'stderr'] += message[3];
    }
  }

  #add(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
    this.#waiting = this.#waiting.filter(({ bytes: wanted, resolve }) => {
      if (this.#bytes < wanted) return true;
      resolve();
      return false;
    });
  }

  #end(): void {
    this.#outcome.bytes = Buffer.concat(this.#parts);
    this.#outcome.text = this.#outcome.bytes.toString();
    this.#resolve(this.#outcome);
  }
}

function invokeMessage(id: number, input: CallInput): InvokeMessage {
  const { method = 'GET', path = '/fn', query = {}, params = {}, headers = {}, body = '', timeoutMs = 30_000 } = input;
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]));
  const headerText = Object.entries(headers).flat().join('\n');
  return [
    MessageType.INVOKE,
    id,
    `request-${id}`,
    method,
    path,
    path,
    pairs,
    Object.entries(params).flat(),
    headerText,
    '127.0.0.1',
    1_700_000_000_000,
    timeoutMs,
    input.session ?? null,
    input.context ?? null,
    0,
    Buffer.from(body as string),
  ];
}
