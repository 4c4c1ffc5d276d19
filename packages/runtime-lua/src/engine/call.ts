import { type CancelReason, CREDIT_WINDOW_BYTES } from '@fastfn/protocol';
import type { Output } from './output.js';

/**
 * - `new`: its body is not complete yet;
 * - `sleeping`: Lua asked for time;
 * - `ready`: streams, and may go on in the next turn;
 * - `blocked`: streams, and waits for credit.
 */
export type CallState = 'new' | 'running' | 'sleeping' | 'ready' | 'blocked';

/** One call that has not ended. */
export class Call {
  state: CallState = 'new';
  /** CHUNK bytes that may leave now. */
  credit = CREDIT_WINDOW_BYTES;
  /** The rest of a piece that found no credit. */
  unsent: Buffer | null = null;
  /** Lua has ended it; what is unsent is all that is left. */
  finished = false;
  canceled: CancelReason | null = null;
  timer: NodeJS.Timeout | NodeJS.Immediate | null = null;

  constructor(
    readonly id: number,
    readonly output: Output,
  ) {}
}
