/** Message types, PROTOCOL.md §2–§4. */
export const MessageType = {
  HELLO: 0,
  PING: 1,
  PONG: 2,
  FAULT: 3,
  START: 10,
  STARTED: 11,
  START_FAILED: 12,
  STOP: 13,
  EXITED: 14,
  LOG: 15,
  INVOKE: 20,
  INPUT: 21,
  CANCEL: 22,
  CREDIT: 23,
  READY: 30,
  LOAD_ERROR: 31,
  FILES: 32,
  LEAVING: 33,
  HEAD: 40,
  CHUNK: 41,
  END: 42,
  ERROR: 43,
  OUTPUT: 44,
  PROXY: 45,
} as const;

export type MessageTypeNumber = (typeof MessageType)[keyof typeof MessageType];

/** INVOKE flags. */
export const INVOKE_MORE_BODY = 1;
export const INVOKE_WANT_OUTPUT = 2;

/** HEAD flag: this is the whole response. */
export const HEAD_END = 1;

/** `stream` of LOG and OUTPUT. */
export const STDOUT = 1;
export const STDERR = 2;

export type OutputStreamNumber = typeof STDOUT | typeof STDERR;

export type Role = 'gateway' | 'daemon' | 'worker';

/** `info` of HELLO. More keys may come; they are kept. */
export interface HelloInfo {
  readonly role: Role;
  readonly pid?: number;
  /** Daemon and worker only. */
  readonly runtime?: string;
  /** Daemon only, e.g. "Python 3.11.7". */
  readonly tool?: string;
  /** Daemon only: what its workers can have. */
  readonly sandbox?: SandboxReport;
  readonly [key: string]: unknown;
}

/** `spec` of START. Paths absolute. PROTOCOL.md §3. */
export interface StartSpec {
  readonly socket: string;
  readonly runtime: string;
  readonly entry: string;
  readonly folder: string;
  readonly root: string;
  readonly own_folder: string;
  readonly handler: string | null;
  readonly adapter: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly process_env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly max_frame: number;
  /** 0 = none. */
  readonly memory_mb: number;
  readonly sandbox: SandboxSpec | null;
}

/** Paths by what may be done with them. PROTOCOL.md §6. */
export interface SandboxPaths {
  /** Files, and folders with all below them. */
  readonly read: readonly string[];
  /** Folders in which, and below which, entries may be listed. */
  readonly list: readonly string[];
  /** Read and written. */
  readonly write: readonly string[];
}

/** `sandbox` of START: what a function may reach. PROTOCOL.md §6. */
export interface SandboxSpec extends SandboxPaths {
  readonly strict: boolean;
  /** There now, below the above, and not to be reached all the same. */
  readonly hide: readonly string[];
  /** In place of the three lists when `hide` cannot be enforced; null: keep them. */
  readonly unhidden: SandboxPaths | null;
  /** An empty folder, to be laid over folders of `hide`. */
  readonly empty: string;
  /** May make Unix sockets. */
  readonly unix: boolean;
  /** seccomp program: `code, jt, jf, k` of each instruction; `k` -1 is the worker's pid, -2 the pid negated. */
  readonly filter: readonly number[];
}

export type SandboxLevel = 'kernel' | 'runtime' | 'off';

/** `sandbox` of READY, and of a daemon's HELLO. */
export interface SandboxReport {
  readonly level: SandboxLevel;
  /** Of Landlock; 0: none. */
  readonly abi: number;
  /** Whether `hide` is enforced by the kernel. */
  readonly hides: boolean;
  /** What is weaker than it could be and why, for people. */
  readonly missing: readonly string[];
}

/** `info` of READY. */
export interface ReadyInfo {
  readonly pid: number;
  /** Calls the worker can run at once; 0 = any number. */
  readonly concurrency: number;
  /** Absolute paths below root that were loaded. */
  readonly files: readonly string[];
  readonly load_ms: number;
  /** Calls beyond `concurrency` that it takes in advance and runs in order; missing = 0. */
  readonly ahead?: number;
  readonly sandbox?: SandboxReport;
  readonly [key: string]: unknown;
}

/** Where in the user's code something failed. All keys may be missing or null. */
export interface DebugInfo {
  readonly type?: string | null;
  readonly message?: string | null;
  readonly file?: string | null;
  readonly line?: number | null;
  readonly source?: string | null;
  readonly stack?: string | null;
}

/** `error` of LOAD_ERROR. */
export interface LoadErrorInfo {
  readonly code: 'handler_error' | 'invalid_config';
  readonly message: string;
  readonly debug?: DebugInfo | null;
  readonly files: readonly string[];
}

export interface SessionInfo {
  readonly id: string | null;
  readonly raw: string;
  readonly cookies: Readonly<Record<string, string>>;
}

/** `context` of INVOKE: the part of `event.context` that belongs to this call. */
export interface CallContext {
  readonly user?: unknown;
  readonly trigger?: Readonly<Record<string, unknown>> | null;
  readonly job?: Readonly<{ id: string; attempt: number }> | null;
  readonly traceparent?: string | null;
}

/** `directive` of PROXY. */
export interface ProxyInfo {
  readonly url?: string | null;
  readonly path?: string | null;
  readonly method?: string | null;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | null;
  readonly body?: Uint8Array | null;
  readonly timeout_ms?: number | null;
  readonly max_response_bytes?: number | null;
}

export type CallErrorCode = 'handler_error' | 'invalid_response' | 'canceled' | 'not_begun';
export type CancelReason = 'timeout' | 'client_closed' | 'canceled' | 'shutdown';

export type HelloMessage = readonly [type: 0, version: number, info: HelloInfo];
export type PingMessage = readonly [type: 1, n: number];
export type PongMessage = readonly [type: 2, n: number];
export type FaultMessage = readonly [type: 3, code: string, message: string];

export type StartMessage = readonly [type: 10, worker: string, spec: StartSpec];
export type StartedMessage = readonly [type: 11, worker: string, pid: number];
export type StartFailedMessage = readonly [type: 12, worker: string, code: string, message: string];
export type StopMessage = readonly [type: 13, worker: string, graceMs: number];
export type ExitedMessage = readonly [type: 14, worker: string, exitCode: number | null, signal: string | null];
export type LogMessage = readonly [type: 15, worker: string | null, stream: OutputStreamNumber, text: string];

export type InvokeMessage = readonly [
  type: 20,
  id: number,
  requestId: string,
  method: string,
  path: string,
  rawPath: string,
  /** Alternating names and values. */
  query: readonly string[],
  /** Alternating names and values. */
  params: readonly string[],
  /** `name\nvalue\nname\nvalue`. */
  headers: string,
  clientIp: string,
  /** Epoch ms. */
  ts: number,
  /** What is left of the deadline now. */
  timeoutMs: number,
  session: SessionInfo | null,
  context: CallContext | null,
  flags: number,
  body: Uint8Array,
  /** Epoch ms, exclusive: from then on the handler must not be called. */
  beginBy?: number | null,
];
export type InputMessage = readonly [type: 21, id: number, bytes: Uint8Array, last: boolean];
export type CancelMessage = readonly [type: 22, id: number, reason: CancelReason];
export type CreditMessage = readonly [type: 23, id: number, bytes: number];

export type ReadyMessage = readonly [type: 30, info: ReadyInfo];
export type LoadErrorMessage = readonly [type: 31, error: LoadErrorInfo];
export type FilesMessage = readonly [type: 32, files: readonly string[]];
export type LeavingMessage = readonly [type: 33];
export type HeadMessage = readonly [
  type: 40,
  id: number,
  status: number,
  /** Alternating names and values; a name may repeat. */
  headers: readonly string[],
  flags: number,
  body: Uint8Array,
];
export type ChunkMessage = readonly [type: 41, id: number, bytes: Uint8Array];
export type EndMessage = readonly [type: 42, id: number];
export type ErrorMessage = readonly [
  type: 43,
  id: number,
  code: CallErrorCode,
  message: string,
  debug: DebugInfo | null,
];
export type OutputMessage = readonly [type: 44, id: number, stream: OutputStreamNumber, text: string];
export type ProxyMessage = readonly [type: 45, id: number, directive: ProxyInfo];

/** What a {@link Connection} speaks and answers by itself. */
export type LinkMessage = HelloMessage | PingMessage | PongMessage | FaultMessage;
export type ToDaemonMessage = StartMessage | StopMessage;
export type FromDaemonMessage = StartedMessage | StartFailedMessage | ExitedMessage | LogMessage;
export type ToWorkerMessage = InvokeMessage | InputMessage | CancelMessage | CreditMessage;
export type FromWorkerMessage =
  | ReadyMessage
  | LoadErrorMessage
  | FilesMessage
  | LeavingMessage
  | HeadMessage
  | ChunkMessage
  | EndMessage
  | ErrorMessage
  | OutputMessage
  | ProxyMessage;

/** Everything that the owner of a {@link Connection} sends and receives. */
export type PayloadMessage = ToDaemonMessage | FromDaemonMessage | ToWorkerMessage | FromWorkerMessage;
export type Message = LinkMessage | PayloadMessage;
