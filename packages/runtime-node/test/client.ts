import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type Connection,
  connect,
  type DebugInfo,
  INVOKE_MORE_BODY,
  type LoadErrorInfo,
  MessageType,
  type PayloadMessage,
  type ProxyInfo,
  type ReadyInfo,
  type StartSpec,
} from '@fastfn/protocol';
import { createNodeRuntime } from '../src/index.js';

/** A folder of files that removes itself. */
export class Tree {
  readonly root: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-node-')));
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  path(file: string): string {
    return join(this.root, file);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Waits for what a callback will bring: `next` gives the oldest not taken yet. */
class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  next(): Promise<T> {
    return this.#items.length > 0
      ? Promise.resolve(this.#items.shift()!)
      : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The first item that matches; others are thrown away. */
  async find<S extends T>(matches: (item: T) => item is S): Promise<S> {
    for (;;) {
      const item = await this.next();
      if (matches(item)) return item;
    }
  }
}

type Of<T extends PayloadMessage[0]> = Extract<PayloadMessage, { 0: T }>;

export function ofType<T extends PayloadMessage[0]>(type: T): (message: PayloadMessage) => message is Of<T> {
  return (message): message is Of<T> => message[0] === type;
}

/** A daemon process with one control connection. */
export class TestDaemon {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly socket: string;
  readonly messages = new Inbox<PayloadMessage>();
  /** Text of LOG frames, by worker. */
  readonly logs: { worker: string | null; stream: number; text: string }[] = [];
  readonly exits = new Map<string, (exit: { code: number | null; signal: string | null }) => void>();
  connection!: Connection;
  #count = 0;

  static async start(shimFolder: string, env: Record<string, string> = {}): Promise<TestDaemon> {
    const daemon = new TestDaemon(shimFolder, env);
    await daemon.#ready();
    return daemon;
  }

  private constructor(shimFolder: string, env: Record<string, string>) {
    this.folder = mkdtempSync(join(tmpdir(), 'fn-'));
    this.socket = join(this.folder, 'd.sock');
    const { command, args } = createNodeRuntime().daemonCommand({ socket: this.socket });
    const [, ...rest] = args;
    this.process = spawn(command, [join(shimFolder, 'daemon.js'), ...rest, '--lifeline'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    });
  }

  async #ready(): Promise<void> {
    const lines = createInterface({ input: this.process.stdout! });
    await new Promise<void>((resolve, reject) => {
      lines.once('line', (line) => (line === 'ready' ? resolve() : reject(new Error(line))));
      this.process.once('exit', (code) => reject(new Error(`daemon exited with ${code}`)));
    });
    this.connection = await this.connect();
  }

  connect(): Promise<Connection> {
    return connect(this.socket, {
      side: 'gateway',
      hello: { pid: process.pid },
      onMessage: (message) => {
        if (message[0] === MessageType.LOG)
          this.logs.push({ worker: message[1], stream: message[2], text: message[3] });
        else this.messages.put(message);
      },
      onClose: () => {},
    });
  }

  /** START, and a connection to the worker. */
  async worker(tree: Tree, entry: string, spec: Partial<StartSpec> = {}): Promise<TestWorker> {
    const name = `w${++this.#count}`;
    const full = this.spec(tree, entry, spec);
    this.connection.send([MessageType.START, name, full]);
    const answer = await this.messages.find(
      (message): message is Of<11> | Of<12> =>
        (message[0] === MessageType.STARTED || message[0] === MessageType.START_FAILED) && message[1] === name,
    );
    if (answer[0] === MessageType.START_FAILED)
      throw new Error(`${answer[2]}: ${answer[3]}\n${this.logs.map((log) => log.text).join('')}`);
    return TestWorker.connect(this, name, answer[2], full);
  }

  spec(tree: Tree, entry: string, spec: Partial<StartSpec> = {}): StartSpec {
    const file = tree.path(entry);
    return {
      socket: join(this.folder, `w${++this.#count}.sock`),
      runtime: 'node',
      entry: file,
      folder: dirname(file),
      root: tree.root,
      own_folder: dirname(file),
      handler: null,
      adapter: null,
      env: {},
      process_env: {},
      secrets: {},
      context: {
        runtime: 'node',
        function_name: entry,
        version: 'default',
        timeout_ms: 30_000,
        max_concurrency: 0,
        max_body_bytes: 1_048_576,
        worker_pool: { enabled: true },
        gateway: { worker_pid: 1 },
        debug: { enabled: false },
      },
      max_frame: 16_777_216,
      memory_mb: 0,
      sandbox: null,
      ...spec,
    };
  }

  async exited(worker: string): Promise<Of<14>> {
    return this.messages.find(
      (message): message is Of<14> => message[0] === MessageType.EXITED && message[1] === worker,
    );
  }

  async close(): Promise<number | null> {
    await this.connection.close();
    const exit = new Promise<number | null>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) resolve(this.process.exitCode);
      else this.process.once('exit', resolve);
    });
    this.process.stdin!.end();
    const code = await exit;
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}

/** One answer, put together. */
export interface Answer {
  status: number;
  /** Lower-case names; repeated ones in a list. */
  headers: Record<string, string | string[]>;
  body: Buffer;
  text: string;
  /** Sizes of the frames' bodies, HEAD first. */
  frames: number[];
  stdout: string;
  stderr: string;
  error: { code: string; message: string; debug: DebugInfo | null } | null;
  proxy: ProxyInfo | null;
  /** Names of the frames in order. */
  order: string[];
}

export interface Request {
  method?: string;
  path?: string;
  query?: string[];
  params?: string[];
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  timeoutMs?: number;
  context?: Record<string, unknown> | null;
  session?: { id: string | null; raw: string; cookies: Record<string, string> } | null;
  requestId?: string;
  /** Send the body in this many INPUT frames. */
  parts?: number;
  /** Give no credit back: the caller does. */
  holdCredit?: boolean;
}

export class TestWorker {
  readonly name: string;
  readonly pid: number;
  readonly spec: StartSpec;
  readonly daemon: TestDaemon;
  connection!: Connection;
  ready: ReadyInfo | null = null;
  loadError: LoadErrorInfo | null = null;
  readonly files = new Inbox<readonly string[]>();
  closed!: Promise<void>;
  #loaded!: () => void;
  #calls = new Map<number, TestCall>();
  #id = 0;

  static async connect(daemon: TestDaemon, name: string, pid: number, spec: StartSpec): Promise<TestWorker> {
    const worker = new TestWorker(daemon, name, pid, spec);
    const loaded = new Promise<void>((resolve) => {
      worker.#loaded = resolve;
    });
    let closed!: () => void;
    worker.closed = new Promise((resolve) => {
      closed = resolve;
    });
    worker.connection = await connect(spec.socket, {
      side: 'gateway',
      hello: { pid: process.pid },
      onMessage: (message) => worker.#receive(message),
      onClose: () => {
        closed();
        worker.#loaded();
        for (const call of worker.#calls.values()) call.lost();
      },
    });
    await loaded;
    return worker;
  }

  private constructor(daemon: TestDaemon, name: string, pid: number, spec: StartSpec) {
    this.daemon = daemon;
    this.name = name;
    this.pid = pid;
    this.spec = spec;
  }

  /** INVOKE; the answer comes when its terminal frame did. */
  call(request: Request = {}): TestCall {
    const id = ++this.#id;
    const call = new TestCall(this.connection, id, request.holdCredit ?? false);
    this.#calls.set(id, call);
    const {
      method = 'GET',
      path = '/',
      query = [],
      params = [],
      headers = {},
      timeoutMs = 30_000,
      context = null,
      session = null,
    } = request;
    const body = typeof request.body === 'string' ? Buffer.from(request.body) : (request.body ?? Buffer.alloc(0));
    const parts = request.parts ?? 0;
    const blob = Object.entries(headers).flat().join('\n');
    this.connection.send([
      MessageType.INVOKE,
      id,
      request.requestId ?? `req-${id}`,
      method,
      path,
      encodeURI(path),
      query,
      params,
      blob,
      '127.0.0.1',
      Date.now(),
      timeoutMs,
      session,
      context,
      parts > 0 ? INVOKE_MORE_BODY : 0,
      parts > 0 ? Buffer.alloc(0) : body,
    ]);
    const size = Math.ceil(body.length / Math.max(1, parts));
    for (let part = 0; part < parts; part++)
      this.connection.send([MessageType.INPUT, id, body.subarray(part * size, (part + 1) * size), part === parts - 1]);
    return call;
  }

  async answer(request: Request = {}): Promise<Answer> {
    return this.call(request).answer;
  }

  stop(graceMs = 0): void {
    this.daemon.connection.send([MessageType.STOP, this.name, graceMs]);
  }

  async ended(): Promise<{ code: number | null; signal: string | null }> {
    const [, , code, signal] = await this.daemon.exited(this.name);
    return { code, signal };
  }

  #receive(message: PayloadMessage): void {
    if (message[0] === MessageType.READY) {
      this.ready = message[1];
      this.#loaded();
    } else if (message[0] === MessageType.LOAD_ERROR) {
      this.loadError = message[1];
      this.#loaded();
    } else if (message[0] === MessageType.FILES) this.files.put(message[1]);
    else this.#calls.get(message[1] as number)?.receive(message);
  }
}

/** A call that is going on. */
export class TestCall {
  readonly id: number;
  readonly answer: Promise<Answer>;
  /** Each body piece as it comes. */
  readonly pieces = new Inbox<string>();
  readonly #connection: Connection;
  #holdCredit: boolean;
  #resolve!: (answer: Answer) => void;
  readonly #parts: Buffer[] = [];
  readonly #answer: Answer = {
    status: 0,
    headers: {},
    body: Buffer.alloc(0),
    text: '',
    frames: [],
    stdout: '',
    stderr: '',
    error: null,
    proxy: null,
    order: [],
  };
  #headSeen!: () => void;
  readonly head: Promise<void>;

  constructor(connection: Connection, id: number, holdCredit: boolean) {
    this.id = id;
    this.#connection = connection;
    this.#holdCredit = holdCredit;
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.head = new Promise((resolve) => {
      this.#headSeen = resolve;
    });
  }

  get received(): number {
    return this.#parts.reduce((sum, part) => sum + part.length, 0);
  }

  cancel(reason: 'timeout' | 'client_closed' | 'canceled' = 'client_closed'): void {
    this.#connection.send([MessageType.CANCEL, this.id, reason]);
  }

  credit(bytes: number): void {
    this.#connection.send([MessageType.CREDIT, this.id, bytes]);
  }

  /** Gives back what came so far, and from now on everything at once. */
  release(): void {
    this.#holdCredit = false;
    this.credit(this.received);
  }

  receive(message: PayloadMessage): void {
    const answer = this.#answer;
    answer.order.push(Object.entries(MessageType).find(([, type]) => type === message[0])![0]);
    switch (message[0]) {
      case MessageType.HEAD: {
        answer.status = message[2];
        for (let i = 0; i < message[3].length; i += 2) {
          const name = message[3][i]!.toLowerCase();
          const before = answer.headers[name];
          answer.headers[name] =
            before === undefined
              ? message[3][i + 1]!
              : [...(Array.isArray(before) ? before : [before]), message[3][i + 1]!];
        }
        this.#piece(message[5]);
        this.#headSeen();
        if (message[4] === 1) this.#end();
        return;
      }
      case MessageType.CHUNK:
        this.#piece(message[2]);
        if (!this.#holdCredit) this.credit(message[2].length);
        return;
      case MessageType.END:
        this.#end();
        return;
      case MessageType.ERROR:
        answer.error = { code: message[2], message: message[3], debug: message[4] };
        this.#end();
        return;
      case MessageType.PROXY:
        answer.proxy = message[2];
        this.#end();
        return;
      case MessageType.OUTPUT:
        answer[message[2] === 1 ? 'stdout' : 'stderr'] += message[3];
        return;
    }
  }

  /** The connection closed. */
  lost(): void {
    this.#answer.order.push('LOST');
    this.#end();
  }

  #piece(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    this.#parts.push(copy);
    this.#answer.frames.push(copy.length);
    if (copy.length > 0) this.pieces.put(copy.toString());
  }

  #end(): void {
    this.#answer.body = Buffer.concat(this.#parts);
    this.#answer.text = this.#answer.body.toString();
    this.#resolve(this.#answer);
  }
}
