import type { Logger } from '@fastfn/core';
import type { RequestRecord } from '../../options.js';
import { AccessRing } from './access-ring.js';
import { type AccessEntry, type AccessRecord, accessEntry, type LogEntry, type LogFile, partsOf } from './log-entry.js';
import { type RequestSeries, RequestStats } from './request-stats.js';
import { Ring } from './ring.js';

/** Lines kept of each log. */
export const LOG_CAPACITY = 2000;
const MAX_MESSAGE = 4000;
/** Events kept for a console that connects again. */
const EVENT_CAPACITY = 200;

/** Something that happened, for `/_fn/events`. */
export interface TelemetryEvent {
  /** Grows by one; 0 for calls, which are not kept. */
  readonly id: number;
  readonly type: 'reload' | 'diagnostics' | 'call';
  readonly data: object;
}

export type LogListener = (file: LogFile, entry: LogEntry) => void;
export type EventListener = (event: TelemetryEvent) => void;

/** What one of several gateways has counted and noted since it was last asked. Plain data. */
export interface TelemetryShare {
  readonly access: readonly AccessEntry[];
  readonly requests: readonly RequestSeries[];
}

/** What a reload changed, as `/_fn/events` tells it. */
export interface ReloadNews {
  readonly reload: object;
  /** Null when none came or went. */
  readonly diagnostics: object | null;
}

/** Remembers what a server did lately: logs, events, counts. All of it bounded and in memory. */
export class Telemetry {
  readonly requests = new RequestStats();
  readonly #access = new AccessRing(LOG_CAPACITY);
  readonly #logs = { error: new Ring<LogEntry>(LOG_CAPACITY), runtime: new Ring<LogEntry>(LOG_CAPACITY) };
  readonly #events = new Ring<TelemetryEvent>(EVENT_CAPACITY);
  readonly #logListeners = new Set<LogListener>();
  readonly #eventListeners = new Set<EventListener>();
  readonly #onFollowed: ((followed: boolean) => void) | undefined;
  #reloads = 0;
  #lastEventId = 0;

  /** @param onFollowed told when somebody begins to wait for what happens next, and when nobody does any more */
  constructor(onFollowed?: (followed: boolean) => void) {
    this.#onFollowed = onFollowed;
  }

  /** Reloads that changed something. */
  get reloads(): number {
    return this.#reloads;
  }

  /** A logger that also remembers. */
  logger(target: Logger): Logger {
    return {
      log: (level, message, fields) => {
        target.log(level, message, fields);
        const key = typeof fields?.fn === 'string' ? fields.fn : null;
        const requestId = typeof fields?.request_id === 'string' ? fields.request_id : null;
        this.#keep('error', {
          ts: Date.now(),
          level,
          message: message.slice(0, MAX_MESSAGE),
          ...partsOf(key),
          stream: null,
          request_id: requestId,
        });
      },
      output: (source, text) => {
        target.output(source, text);
        const { runtime, name, version, stream, requestId } = source;
        const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
        for (const line of lines.slice(0, LOG_CAPACITY)) {
          this.#keep('runtime', {
            ts: Date.now(),
            level: stream === 'stderr' ? 'warn' : 'info',
            message: line.slice(0, MAX_MESSAGE),
            runtime,
            fn: name,
            version,
            stream,
            request_id: requestId,
          });
        }
      },
    };
  }

  /** A request has ended. On the hot path. */
  request(record: RequestRecord): void {
    this.requests.add(record);
    this.#note(Date.now(), record);
  }

  /** What was counted and noted here since the last time, for the process that remembers for all. */
  drain(): TelemetryShare {
    return { access: this.#access.drain(), requests: this.requests.drain() };
  }

  /** Takes over what a gateway in another process has noted. */
  absorb({ access, requests }: TelemetryShare): void {
    this.requests.merge(requests);
    for (const { ts, record } of access) this.#note(ts, record);
  }

  #note(ts: number, record: AccessRecord): void {
    this.#access.push(ts, record);
    if (this.#logListeners.size > 0) this.#tell('access', accessEntry({ ts, record }));
    if (this.#eventListeners.size > 0 && record.fn !== null) {
      this.#emit({ id: 0, type: 'call', data: describeCall(record) });
    }
  }

  reloaded({ reload, diagnostics }: ReloadNews): void {
    this.#reloads++;
    this.#remember('reload', reload);
    if (diagnostics !== null) this.#remember('diagnostics', diagnostics);
  }

  /** Oldest first. */
  logs(file: LogFile): LogEntry[] {
    return file === 'access' ? this.#access.toArray().map(accessEntry) : this.#logs[file].toArray();
  }

  /** Oldest first, those after an id. */
  events(after: number): TelemetryEvent[] {
    return this.#events.toArray().filter(({ id }) => id > after);
  }

  /** @returns stops it. */
  onLog(listener: LogListener): () => void {
    return this.#follow(this.#logListeners, listener);
  }

  /** @returns stops it. */
  onEvent(listener: EventListener): () => void {
    return this.#follow(this.#eventListeners, listener);
  }

  #follow<T>(listeners: Set<T>, listener: T): () => void {
    listeners.add(listener);
    this.#onFollowed?.(true);
    return () => {
      listeners.delete(listener);
      if (this.#logListeners.size + this.#eventListeners.size === 0) this.#onFollowed?.(false);
    };
  }

  #keep(file: 'error' | 'runtime', entry: LogEntry): void {
    this.#logs[file].push(entry);
    this.#tell(file, entry);
  }

  #tell(file: LogFile, entry: LogEntry): void {
    for (const listener of this.#logListeners) listener(file, entry);
  }

  #remember(type: TelemetryEvent['type'], data: object): void {
    const event = { id: ++this.#lastEventId, type, data };
    this.#events.push(event);
    this.#emit(event);
  }

  #emit(event: TelemetryEvent): void {
    for (const listener of this.#eventListeners) listener(event);
  }
}

function describeCall(record: AccessRecord): object {
  const { method, path, status, durationMs, fn, state, bytes, requestId, errorCode } = record;
  return {
    method,
    path,
    status,
    duration_ms: Math.round(durationMs * 10) / 10,
    fn,
    state,
    bytes,
    request_id: requestId,
    error_code: errorCode,
  };
}
