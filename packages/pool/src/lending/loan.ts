import type { FastFnError, ResponseSink } from '@fastfn/core';
import type { Call, Loan } from '../call.js';
import type { FunctionPool } from '../function-pool.js';
import type { Worker } from '../worker.js';

/** What becomes of a loan, told to who speaks with its gateway. */
export interface LoanOwner {
  granted(loan: GatewayLoan): void;
  refused(loan: GatewayLoan, error: FastFnError): void;
  recalled(loan: GatewayLoan): void;
}

/** The primary's side of one call of a gateway, or of all it makes to a worker that it keeps. */
export class GatewayLoan implements Loan, ResponseSink {
  call: Call | null = null;
  worker: Worker | null = null;
  granted = false;
  kept = false;
  active = 1;
  #recalled = false;

  constructor(
    readonly owner: LoanOwner,
    readonly pool: FunctionPool,
    /** The gateway's number; 0: not asked for. */
    readonly ask: number,
  ) {}

  onGranted(call: Call, worker: Worker | null, kept: boolean): void {
    this.call = call;
    this.worker = worker;
    this.granted = true;
    this.kept = kept;
    this.owner.granted(this);
  }

  recall(): void {
    if (this.#recalled) return;
    this.#recalled = true;
    this.owner.recalled(this);
  }

  /** Once it is granted, the gateway hears from the worker itself what became of its calls. */
  onError(error: FastFnError): void {
    if (!this.granted) this.owner.refused(this, error);
  }

  onHead(): void {}
  onChunk(): void {}
  onEnd(): void {}
  onProxy(): void {}
}
