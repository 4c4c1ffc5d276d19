import type { PayloadMessage } from '@fastfn/protocol';
import type { Peer } from './peer.js';

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
