import { type CallOutcome, FastFnError } from '@fastfn/core';
import type { CollectedResponse, MemoryResponse } from '../admin/invoke/memory-response.js';
import { Exchange } from '../exchange.js';

/** An exchange that nobody on a connection waits for. It remembers what FastFN itself had to say. */
export class InternalExchange extends Exchange {
  #error: CallOutcome['error'] = null;

  override fail(error: unknown): void {
    if (error instanceof FastFnError) this.#error ??= { code: error.code, message: error.message };
    else this.#error ??= { code: 'internal_error', message: 'FastFN failed to carry out this call.' };
    super.fail(error);
  }

  override onError(...[error, info]: Parameters<Exchange['onError']>): void {
    if (!this.finished) this.#error ??= { code: error.code, message: error.message };
    super.onError(error, info);
  }

  /** Nobody wants the answer any more. */
  abort(response: MemoryResponse): void {
    if (this.finished) return;
    this.#error ??= { code: 'client_closed', message: 'The call was canceled.' };
    this.cancel('canceled');
    this.finish(499, 0, 'client_closed');
    response.destroy();
  }

  outcome({ status, headers, body, size, incomplete }: CollectedResponse): CallOutcome {
    const latencyMs = Math.round((performance.now() - this.startedAt) * 10) / 10;
    return { status, headers, body, size, latencyMs, error: this.#error, incomplete };
  }
}
