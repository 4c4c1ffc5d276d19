import type { Call } from './call.js';
import type { StreamReply } from './reply.js';
import { StreamOutput, sendBytes, turn } from './stream-output.js';

export { sendBytes } from './stream-output.js';

/** A producer that never waits gives the event loop a turn after so many pieces, or it would starve all other calls. */
const PIECES_A_TURN = 256;

/**
 * Sends a body piece by piece, as the handler gives it and no faster than the receiver takes it. The head leaves
 * within one turn of the event loop, taking along what was there by then: a stream that fails at once is an error
 * answer and no broken one, and a short stream is one frame. Never rejects.
 */
export async function sendStream(call: Call, reply: StreamReply): Promise<void> {
  const { source } = reply;
  const output = new StreamOutput(call, reply);
  call.onCancel(() => void stop(reply));
  let pieces = 0;
  try {
    while (call.canceled === null) {
      if (output.full) await output.writable();
      else if (++pieces % PIECES_A_TURN === 0) await turn();
      if (call.canceled !== null) break;
      const step = await source.next();
      if (step.done === true) {
        if (call.canceled !== null) break;
        output.end();
        return;
      }
      const piece = isThenable(step.value) ? await step.value : step.value;
      const rest = output.add(piece);
      if (rest !== null) await sendBytes(call, rest);
    }
    // The slot is free when the producer has really ended, its `finally` blocks included.
    await stop(reply);
    call.threw(null);
  } catch (error) {
    output.giveUp();
    await stop(reply);
    call.threw(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Ends the producer; what it throws while ending concerns nobody any more. */
async function stop({ source }: StreamReply): Promise<void> {
  try {
    await source.stop();
  } catch {}
}
