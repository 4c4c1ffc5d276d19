import type { FastFnError } from '@fastfn/core';
import type { CallWatcher, FunctionPool } from '../function-pool.js';
import type { Worker } from '../worker.js';
import type { WorkerExit } from '../worker-host.js';
import type { MutableCounters, Workforce, WorkforceWatcher } from '../workforce.js';
import { Borrower } from './borrower.js';
import type { Packet } from './channel.js';
import { whomToAsk } from './fair-share.js';

/** What the lender needs of the pool whose workers it lends. */
export interface LenderServices {
  readonly counters: MutableCounters;
  /** The function, or why it cannot be called. */
  find(key: string): FunctionPool | FastFnError;
}

/** One gateway process, as the primary's pool sees it. */
export interface GatewaySeat {
  /** True when the packet was the pool's. */
  receive(packet: Packet): boolean;
  /** The process is gone: what it held is taken back, its calls' slots when they have really ended. Idempotent. */
  lost(): void;
}

/**
 * Lends the workers of this process to gateways in others. Functions without a limit: a gateway asks once, keeps the worker and
 * calls it without asking, until it is wanted elsewhere. Functions with a limit: it asks for each call, and all wait in one
 * queue, here.
 */
export class Lender implements CallWatcher, WorkforceWatcher {
  readonly #services: LenderServices;
  readonly #borrowers = new Set<Borrower>();

  constructor(services: LenderServices) {
    this.#services = services;
  }

  seat(send: (packet: Packet) => void): GatewaySeat {
    const borrower = new Borrower(send, this, this.#services);
    this.#borrowers.add(borrower);
    return {
      receive: (packet) => borrower.receive(packet),
      lost: () => {
        if (this.#borrowers.delete(borrower)) borrower.lost();
      },
    };
  }

  workerReady(workforce: Workforce, worker: Worker): void {
    for (const borrower of this.#borrowers) borrower.offer(workforce, worker);
  }

  workerGone(worker: Worker, exit: WorkerExit): void {
    for (const borrower of this.#borrowers) borrower.workerGone(worker, exit);
  }

  pressed(pool: FunctionPool, waiting: number): void {
    // Where any number of calls fit into a worker, nobody has to give one back.
    if (this.#borrowers.size === 0 || pool.workforce.concurrency === 0) return;
    const borrowers = [...this.#borrowers];
    const full = pool.workforce.comingRoom === 0;
    let foreign = 0;
    for (const borrower of borrowers) foreign += borrower.press(pool, full);
    // Calls of our own have a share, too.
    const own = { kept: 0, recalling: 0, asking: Math.max(0, waiting - foreign) };
    for (;;) {
      const shares = [...borrowers.map((borrower) => borrower.share(pool)), own];
      const victim = borrowers[whomToAsk(shares)];
      if (victim === undefined) return;
      victim.demand(pool);
    }
  }

  eased(pool: FunctionPool): void {
    for (const borrower of this.#borrowers) borrower.ease(pool);
  }

  /** A call in the worker is past its deadline, or has ended after all: others hand it no calls, or do again. */
  overdue(worker: Worker, by: Borrower, change: number): void {
    for (const borrower of this.#borrowers) if (borrower !== by) borrower.pause(worker, change);
  }
}
