import { isUtf8 } from 'node:buffer';
import type { InvokeMessage, StartSpec } from '@fastfn/protocol';
import { type Form, readForm } from './form.js';

/** What all events of one worker share. Given out as copies: a handler may change its event. */
export interface EventBase {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly version: string;
}

export function eventBase(spec: StartSpec): EventBase {
  return {
    env: spec.env,
    secrets: spec.secrets,
    context: spec.context,
    version: String(spec.context.version ?? 'default'),
  };
}

/** What an event asks of the call it belongs to. */
export interface EventOwner {
  /** Epoch ms. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Bodies larger than this are made into text only when the handler looks at them. */
const EAGER_BODY_BYTES = 4096;

/**
 * The event of SPEC §6. Its own properties are plain data, so that it can be spread, cloned and serialised; measured,
 * building them all costs less than a getter each. `raw_body`, `signal`, `json()` and `form()` are on the prototype,
 * outside of JSON.
 */
export class FnEvent {
  readonly id: string;
  readonly ts: number;
  readonly method: string;
  readonly path: string;
  readonly raw_path: string;
  readonly query: Record<string, string | string[]>;
  readonly params: Record<string, string>;
  readonly path_params: Record<string, string>;
  readonly headers: Record<string, string>;
  /** Text, base64 when {@link is_base64}, null when empty. */
  declare readonly body: string | null;
  /** The body is no UTF-8. */
  declare readonly is_base64: boolean;
  readonly session: InvokeMessage[12];
  readonly client: { ip: string; ua: string | null };
  readonly env: Record<string, string>;
  readonly secrets: Record<string, string>;
  readonly version: string;
  readonly context: Record<string, unknown>;
  readonly #bytes: Uint8Array;
  readonly #owner: EventOwner;

  constructor(message: InvokeMessage, bytes: Uint8Array, base: EventBase, owner: EventOwner) {
    const headers = readHeaders(message[8]);
    const params = readParams(message[7]);
    this.id = message[2];
    this.ts = message[10];
    this.method = message[3];
    this.path = message[4];
    this.raw_path = message[5];
    this.query = readQuery(message[6]);
    this.params = params;
    this.path_params = params;
    this.headers = headers;
    this.session = message[12];
    this.client = { ip: message[9], ua: headers['user-agent'] ?? null };
    this.env = { ...base.env };
    this.secrets = { ...base.secrets };
    this.version = base.version;
    this.context = readContext(message, base.context, owner.deadline);
    this.#bytes = bytes;
    this.#owner = owner;
    this.#setBody(bytes);
  }

  /** The body as it came. */
  get raw_body(): Buffer {
    const bytes = this.#bytes;
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Aborted when the answer is no longer wanted: deadline, client gone, job canceled. */
  get signal(): AbortSignal {
    return this.#owner.signal;
  }

  /** The body parsed as JSON; null when empty. @throws SyntaxError */
  json(): unknown {
    return this.#bytes.length === 0 ? null : JSON.parse(this.raw_body.toString());
  }

  /** A multipart or urlencoded body. @throws TypeError for another type, Error for a malformed one */
  form(): Promise<Form> {
    return readForm(this.headers['content-type'] ?? '', this.raw_body);
  }

  #setBody(bytes: Uint8Array): void {
    if (bytes.length === 0) {
      setBody(this, null, false);
    } else if (bytes.length <= EAGER_BODY_BYTES) {
      const text = isUtf8(bytes);
      setBody(this, this.raw_body.toString(text ? 'utf8' : 'base64'), !text);
    } else {
      const read = (): FnEvent => {
        const text = isUtf8(bytes);
        replace(this, 'is_base64', !text);
        replace(this, 'body', this.raw_body.toString(text ? 'utf8' : 'base64'));
        return this;
      };
      lazily(this, 'body', () => read().body);
      lazily(this, 'is_base64', () => read().is_base64);
    }
  }
}

function setBody(event: FnEvent, body: string | null, isBase64: boolean): void {
  const target = event as { body: string | null; is_base64: boolean };
  target.body = body;
  target.is_base64 = isBase64;
}

function replace(event: FnEvent, key: 'body' | 'is_base64', value: unknown): void {
  Object.defineProperty(event, key, { value, enumerable: true, configurable: true, writable: true });
}

function lazily(event: FnEvent, key: 'body' | 'is_base64', get: () => unknown): void {
  Object.defineProperty(event, key, {
    get,
    set: (value: unknown) => replace(event, key, value),
    enumerable: true,
    configurable: true,
  });
}

/** A plain object with a key that a client chose; `__proto__` becomes an ordinary key. */
function put<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Alternating names and values; a repeated name gives a list. */
export function readQuery(pairs: readonly string[]): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i]!;
    const value = pairs[i + 1]!;
    if (!Object.hasOwn(query, name)) put(query, name, value);
    else {
      const before = query[name]!;
      if (typeof before === 'string') put<string | string[]>(query, name, [before, value]);
      else before.push(value);
    }
  }
  return query;
}

function readParams(pairs: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (let i = 0; i < pairs.length; i += 2) put(params, pairs[i]!, pairs[i + 1]!);
  return params;
}

/** `name\nvalue\nname\nvalue`, each name once. */
export function readHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const split = text.indexOf('\n', at);
    if (split < 0) break;
    let end = text.indexOf('\n', split + 1);
    if (end < 0) end = text.length;
    put(headers, text.slice(at, split), text.slice(split + 1, end));
    at = end + 1;
  }
  return headers;
}

function readContext(
  message: InvokeMessage,
  base: Readonly<Record<string, unknown>>,
  deadline: number,
): Record<string, unknown> {
  const own = message[13];
  const context: Record<string, unknown> = {
    request_id: message[2],
    ...base,
    deadline_ms: deadline,
    user: own?.user ?? null,
    trigger: own?.trigger ?? null,
    traceparent: own?.traceparent ?? null,
  };
  context.worker_pool = copy(base.worker_pool);
  context.gateway = copy(base.gateway);
  context.debug = copy(base.debug);
  if (own?.job) context.job = own.job;
  return context;
}

function copy(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value } : value;
}
