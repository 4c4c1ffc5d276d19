import { FRAME_HEADROOM_BYTES } from '@fastfn/protocol';
import type { Call } from './call.js';
import type { WholeReply } from './reply.js';
import { toReply } from './shorthand.js';
import { sendBytes, sendStream } from './stream.js';

/**
 * Sends what a handler returned. Never throws.
 * @param maxFrame frame limit, bytes
 */
export function answer(call: Call, value: unknown, maxFrame: number): void {
  try {
    const reply = toReply(value, call.warn);
    if (reply.kind === 'stream') {
      void sendStream(call, reply);
      return;
    }
    if (call.canceled !== null) call.threw(null);
    else if (reply.kind === 'proxy') call.proxy(reply.directive);
    else if (reply.body.length <= maxFrame - FRAME_HEADROOM_BYTES)
      call.head(reply.status, reply.headers, reply.body, true);
    else void sendLarge(call, reply, maxFrame);
  } catch (error) {
    call.threw(error);
  }
}

/** A body that does not fit one frame. */
async function sendLarge(call: Call, reply: WholeReply, maxFrame: number): Promise<void> {
  try {
    const first = maxFrame - FRAME_HEADROOM_BYTES;
    call.head(reply.status, reply.headers, reply.body.subarray(0, first), false);
    await sendBytes(call, reply.body.subarray(first));
    if (call.canceled === null) call.end();
    else call.threw(null);
  } catch (error) {
    call.threw(error);
  }
}
