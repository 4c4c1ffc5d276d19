import type { Call } from './call.js';
import { BYTES_TYPE, NO_BYTES, type StreamReply, textType } from './reply.js';
import { pieceBytes } from './source.js';

/** Most bytes of one CHUNK. */
const CHUNK_BYTES = 65_536;

/** What may go into HEAD before it is sent: pieces that are there at once. */
const HEAD_BYTES = 65_536;
const HEAD_PIECES = 64;

/** With more than this unsent, give the event loop a turn: a generator that never waits would starve all other calls. */
const UNSENT_BYTES = 65_536;

const TURN = Symbol('turn');

function turn(): Promise<typeof TURN> {
  return new Promise((resolve) => setImmediate(resolve, TURN));
}

/**
 * Sends a body piece by piece, as the handler gives it and no faster than the receiver takes it. The head leaves
 * within one turn of the event loop, taking along what was there by then: a stream that fails at once is an error
 * answer and no broken one, and a short stream is one frame. Never rejects.
 */
export async function sendStream(call: Call, reply: StreamReply): Promise<void> {
  const { source } = reply;
  call.onCancel(() => void stop(reply));
  try {
    let pending: ReturnType<typeof source.next> | null = null;
    let done = false;
    if (call.canceled === null) {
      const head: unknown[] = [];
      let bytes = 0;
      const end = turn();
      while (head.length < HEAD_PIECES && bytes < HEAD_BYTES) {
        pending = source.next();
        const step = await Promise.race([pending, end]);
        if (step === TURN) break;
        pending = null;
        if (step.done === true) {
          done = true;
          break;
        }
        const piece = await step.value;
        bytes += sizeOf(piece);
        head.push(piece);
      }
      if (call.canceled === null) await sendHead(call, reply, head, done);
    }
    while (!done && call.canceled === null && !call.over) {
      await call.writable();
      if (call.canceled !== null) break;
      const step = await (pending ?? source.next());
      pending = null;
      if (step.done === true) break;
      await sendBytes(call, pieceBytes(await step.value));
    }
    if (call.canceled === null) {
      call.end();
      return;
    }
    // The slot is free when the producer has really ended, its `finally` blocks included.
    await pending;
    await stop(reply);
    call.threw(null);
  } catch (error) {
    await stop(reply);
    call.threw(error);
  }
}

/** Sends bytes as the receiver allows; stops early when the call is canceled. */
export async function sendBytes(call: Call, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length && !call.over) {
    if (call.credit <= 0) await call.writable();
    if (call.canceled !== null) return;
    const size = Math.min(CHUNK_BYTES, call.credit, bytes.length - at);
    call.chunk(bytes.subarray(at, at + size));
    at += size;
    if (call.connection.pendingBytes > UNSENT_BYTES) await turn();
  }
}

async function sendHead(call: Call, reply: StreamReply, pieces: readonly unknown[], done: boolean): Promise<void> {
  const first = pieces[0];
  const headers = reply.typed
    ? reply.headers
    : [...reply.headers, 'content-type', typeof first === 'string' ? textType(first) : BYTES_TYPE];
  const parts = pieces.map(pieceBytes);
  const body = parts.length === 0 ? NO_BYTES : parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  if (body.length <= HEAD_BYTES) {
    call.head(reply.status, headers, body, done);
    return;
  }
  call.head(reply.status, headers, body.subarray(0, HEAD_BYTES), false);
  await sendBytes(call, body.subarray(HEAD_BYTES));
}

function sizeOf(piece: unknown): number {
  return typeof piece === 'string' ? piece.length : ((piece as Uint8Array | null)?.byteLength ?? 0);
}

/** Ends the producer; what it throws while ending concerns nobody any more. */
async function stop({ source }: StreamReply): Promise<void> {
  try {
    await source.stop();
  } catch {}
}
