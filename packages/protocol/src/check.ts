import { ProtocolError } from './errors.js';
import { type Message, MessageType } from './messages.js';

/** Which way a message travels: the gateway talks with daemons and workers, each of them with the gateway alone. */
export type Direction = 'to-daemon' | 'from-daemon' | 'to-worker' | 'from-worker';

/** What an element of a message may be, in the words of its complaint. */
const KINDS = {
  uint32: 'an int of 0 to 4294967295',
  'int?': 'an int or nil',
  number: 'a number',
  str: 'a str',
  'str?': 'a str or nil',
  bin: 'bin',
  bool: 'a bool',
  pairs: 'an array of name, value, … (all str)',
  strings: 'an array of str',
  map: 'a map',
  'map?': 'a map or nil',
  status: 'an int of 100 to 599',
  stream: '1 (stdout) or 2 (stderr)',
} as const;

type Kind = keyof typeof KINDS;

interface Shape {
  readonly name: string;
  /** Null: any. */
  readonly direction: Direction | null;
  readonly fields: readonly string[];
  readonly kinds: readonly Kind[];
}

function shape(name: string, direction: Direction | null, elements: Readonly<Record<string, Kind>>): Shape {
  return { name, direction, fields: Object.keys(elements), kinds: Object.values(elements) };
}

/** PROTOCOL.md §2–§4 as a table, by message type. */
const SHAPES: readonly (Shape | undefined)[] = (() => {
  const table: (Shape | undefined)[] = [];
  const type = MessageType;
  table[type.HELLO] = shape('HELLO', null, { version: 'uint32', info: 'map' });
  table[type.PING] = shape('PING', null, { n: 'uint32' });
  table[type.PONG] = shape('PONG', null, { n: 'uint32' });
  table[type.FAULT] = shape('FAULT', null, { code: 'str', message: 'str' });

  table[type.START] = shape('START', 'to-daemon', { worker: 'str', spec: 'map' });
  table[type.STARTED] = shape('STARTED', 'from-daemon', { worker: 'str', pid: 'uint32' });
  table[type.START_FAILED] = shape('START_FAILED', 'from-daemon', { worker: 'str', code: 'str', message: 'str' });
  table[type.STOP] = shape('STOP', 'to-daemon', { worker: 'str', grace_ms: 'uint32' });
  table[type.EXITED] = shape('EXITED', 'from-daemon', { worker: 'str', exit_code: 'int?', signal: 'str?' });
  table[type.LOG] = shape('LOG', 'from-daemon', { worker: 'str?', stream: 'stream', text: 'str' });

  table[type.INVOKE] = shape('INVOKE', 'to-worker', {
    id: 'uint32',
    request_id: 'str',
    method: 'str',
    path: 'str',
    raw_path: 'str',
    query: 'pairs',
    params: 'pairs',
    headers: 'str',
    client_ip: 'str',
    ts: 'number',
    timeout_ms: 'number',
    session: 'map?',
    context: 'map?',
    flags: 'uint32',
    body: 'bin',
  });
  table[type.INPUT] = shape('INPUT', 'to-worker', { id: 'uint32', bytes: 'bin', last: 'bool' });
  table[type.CANCEL] = shape('CANCEL', 'to-worker', { id: 'uint32', reason: 'str' });
  table[type.CREDIT] = shape('CREDIT', 'to-worker', { id: 'uint32', bytes: 'uint32' });

  table[type.READY] = shape('READY', 'from-worker', { info: 'map' });
  table[type.LOAD_ERROR] = shape('LOAD_ERROR', 'from-worker', { error: 'map' });
  table[type.FILES] = shape('FILES', 'from-worker', { files: 'strings' });
  table[type.LEAVING] = shape('LEAVING', 'from-worker', {});
  table[type.HEAD] = shape('HEAD', 'from-worker', {
    id: 'uint32',
    status: 'status',
    headers: 'pairs',
    flags: 'uint32',
    body: 'bin',
  });
  table[type.CHUNK] = shape('CHUNK', 'from-worker', { id: 'uint32', bytes: 'bin' });
  table[type.END] = shape('END', 'from-worker', { id: 'uint32' });
  table[type.ERROR] = shape('ERROR', 'from-worker', { id: 'uint32', code: 'str', message: 'str', debug: 'map?' });
  table[type.OUTPUT] = shape('OUTPUT', 'from-worker', { id: 'uint32', stream: 'stream', text: 'str' });
  table[type.PROXY] = shape('PROXY', 'from-worker', { id: 'uint32', directive: 'map' });
  return table;
})();

const NO_BYTES = Buffer.alloc(0);

/**
 * Checks what the decoder gave against PROTOCOL.md, and returns it as a message: missing elements filled in (nil;
 * for bin no bytes, for flags 0, for bool false, for arrays none), bin given as str turned into bytes, unknown further
 * elements kept. It is the given array, altered in place.
 *
 * @param direction where it came from; null: whatever the type allows.
 * @throws ProtocolError `malformed_frame`, `unknown_message`, `unexpected_message`
 */
export function checkMessage(value: unknown, direction: Direction | null): Message {
  if (!Array.isArray(value)) throw malformed('A message must be an array.');
  const type: unknown = value[0];
  if (!isUint32(type)) throw malformed('The first element of a message must be its type, a non-negative int.');
  const shape = SHAPES[type];
  if (shape === undefined) throw new ProtocolError('unknown_message', `Message type ${type} is not known.`);
  if (direction !== null && shape.direction !== null && shape.direction !== direction) {
    throw new ProtocolError(
      'unexpected_message',
      `${shape.name} travels ${WAY[shape.direction]}; it came ${WAY[direction]}.`,
    );
  }
  const { kinds } = shape;
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i]!;
    const element: unknown = value[i + 1];
    if (!matches(kind, element)) value[i + 1] = substitute(shape, i, element);
  }
  return value as unknown as Message;
}

const WAY: Record<Direction, string> = {
  'to-daemon': 'from gateway to daemon',
  'from-daemon': 'from daemon to gateway',
  'to-worker': 'from gateway to worker',
  'from-worker': 'from worker to gateway',
};

function matches(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'str':
      return typeof value === 'string';
    case 'uint32':
      return isUint32(value);
    case 'pairs':
      return isStrings(value) && value.length % 2 === 0;
    case 'bin':
      return value instanceof Uint8Array;
    case 'map?':
      return value === null || isMap(value);
    case 'number':
      return typeof value === 'number' && !Number.isNaN(value);
    case 'status':
      return isUint32(value) && value >= 100 && value <= 599;
    case 'map':
      return isMap(value);
    case 'stream':
      return value === 1 || value === 2;
    case 'bool':
      return typeof value === 'boolean';
    case 'str?':
      return value === null || typeof value === 'string';
    case 'int?':
      return value === null || Number.isSafeInteger(value);
    case 'strings':
      return isStrings(value);
  }
}

/** What stands for an element that is missing or of an allowed other type. */
function substitute(shape: Shape, index: number, value: unknown): unknown {
  const kind = shape.kinds[index]!;
  const field = shape.fields[index]!;
  if (kind === 'bin' && typeof value === 'string') return Buffer.from(value);
  if (value === undefined || value === null) {
    if (kind.endsWith('?')) return null;
    if (kind === 'bin') return NO_BYTES;
    if (kind === 'bool') return false;
    if (kind === 'pairs' || kind === 'strings') return [];
    if (field === 'flags') return 0;
  }
  throw malformed(`${shape.name}.${field} must be ${KINDS[kind]}, not ${describe(value)}.`);
}

function isUint32(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

function isStrings(value: unknown): value is string[] {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'string') return false;
  return true;
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nil';
  if (typeof value === 'string')
    return `the str ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return 'bin';
  return typeof value === 'object' ? 'a map' : `the ${typeof value} ${String(value)}`;
}

function malformed(message: string): ProtocolError {
  return new ProtocolError('malformed_frame', message);
}
