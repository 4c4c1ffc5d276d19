import { FastFnError, type FunctionSpec, type Invocation } from '@fastfn/core';
import type { FunctionPool } from '../function-pool.js';
import type { Worker } from '../worker.js';
import type { WorkerExit } from '../worker-host.js';
import type { MutableCounters, Workforce } from '../workforce.js';
import type { Packet } from './channel.js';
import { packError } from './error-data.js';
import type { Share } from './fair-share.js';
import { GatewayLoan, type LoanOwner } from './loan.js';
import * as Type from './packets.js';

export interface BorrowerServices {
  readonly counters: MutableCounters;
  find(key: string): FunctionPool | FastFnError;
}

/** What the borrowers of one pool have to do with each other. */
export interface BorrowerCompany {
  overdue(worker: Worker, by: Borrower, change: number): void;
}

/** What one gateway has of one function. */
interface Account extends Share {
  kept: number;
  recalling: number;
  asking: number;
  /** What it was last told of others that wait. */
  level: number;
}

/** One gateway process that borrows workers: what it asks for, holds and gives back. */
export class Borrower implements LoanOwner {
  readonly #send: (packet: Packet) => void;
  readonly #company: BorrowerCompany;
  readonly #services: BorrowerServices;
  readonly #accounts = new Map<FunctionPool, Account>();
  /** By the gateway's number: waiting, or granted for a single call. */
  readonly #asks = new Map<number, GatewayLoan>();
  /** By worker. */
  readonly #kept = new Map<Worker, GatewayLoan>();
  /** Calls that outlive the loan they began under, by worker. */
  readonly #running = new Map<Worker, GatewayLoan[]>();
  /** Workers that the gateway was told of. */
  readonly #known = new Map<string, Worker>();
  readonly #overdue = new Map<Worker, number>();

  constructor(send: (packet: Packet) => void, company: BorrowerCompany, services: BorrowerServices) {
    this.#send = send;
    this.#company = company;
    this.#services = services;
  }

  receive(packet: Packet): boolean {
    const [type, first, second, third] = packet;
    switch (type) {
      case Type.Ask:
        this.#ask(first as number, second as string, third as number);
        return true;
      case Type.Unask:
        this.#unask(first as number);
        return true;
      case Type.Done:
        this.#done(first as number);
        return true;
      case Type.Used:
        this.#used(packet);
        return true;
      case Type.Files: {
        const pool = this.#services.find(first as string);
        if (!(pool instanceof FastFnError)) pool.workforce.addFiles(second as string[]);
        return true;
      }
    }
    if (type > Type.Used) return false;
    const worker = this.#known.get(first as string);
    // One that is gone: the gateway hears of it.
    if (worker === undefined) return true;
    switch (type) {
      case Type.Return:
        this.#return(worker, second as number, third as number);
        break;
      case Type.Ended:
        this.#ended(worker);
        break;
      case Type.Kill:
        if (second === 'timeout') worker.kill('timeout');
        else worker.stop(0);
        break;
      case Type.Overdue:
        this.#addOverdue(worker, second as number);
        break;
      case Type.Served:
        this.#workforceOf(worker)?.workerServed(worker, second as boolean);
        break;
      case Type.Leaving:
        worker.leave();
    }
    return true;
  }

  // LoanOwner

  granted(loan: GatewayLoan): void {
    const { ask, pool, worker, kept } = loan;
    const account = this.#account(pool);
    if (ask !== 0) account.asking--;
    if (worker !== null) this.#introduce(worker, pool);
    const flags = (kept ? Type.KEPT : 0) | (loan.call!.queued ? Type.QUEUED : 0);
    this.#send([Type.Grant, ask, worker === null ? '' : worker.id, flags]);
    if (!kept) return;
    this.#asks.delete(ask);
    if (this.#kept.has(worker!)) {
      // It asked several times before it had the first answer: one loan stands for any number of calls.
      worker!.giveBack(loan.call!, 0);
      return;
    }
    this.#keep(loan, worker!);
    // One process serves any number of calls: the others that there are take turns with it.
    if (worker!.concurrency === 0) for (const other of pool.workforce.current) this.#offer(pool, other);
  }

  refused(loan: GatewayLoan, error: FastFnError): void {
    this.#asks.delete(loan.ask);
    this.#account(loan.pool).asking--;
    this.#send([Type.Refuse, loan.ask, packError(error)]);
  }

  recalled({ worker }: GatewayLoan): void {
    this.#send([Type.Recall, worker!.id]);
  }

  // Of the lender

  /** A worker has come up: a gateway that calls its function gets it, when any number of calls fit in. */
  offer(workforce: Workforce, worker: Worker): void {
    for (const [pool, { kept }] of this.#accounts) {
      if (pool.workforce === workforce && kept > 0) this.#offer(pool, worker);
    }
  }

  workerGone(worker: Worker, exit: WorkerExit): void {
    if (!this.#known.delete(worker.id)) return;
    const loan = this.#kept.get(worker);
    if (loan !== undefined) this.#forget(loan, worker);
    this.#running.delete(worker);
    this.#overdue.delete(worker);
    for (const [ask, { worker: of }] of this.#asks) if (of === worker) this.#asks.delete(ask);
    for (const [pool, account] of this.#accounts) if (isEmpty(account)) this.#accounts.delete(pool);
    const { kind, exitCode, signal, message, memoryLimitMb = null } = exit;
    this.#send([Type.Gone, worker.id, { kind, exitCode, signal, message, memoryLimitMb }, worker.killReason]);
  }

  /** Calls wait for workers. @returns those that wait in this gateway */
  press(pool: FunctionPool, full: boolean): number {
    const account = this.#accounts.get(pool);
    if (account === undefined) return 0;
    const level = full ? Type.FULL : Type.WANTED;
    if (account.level !== level && account.kept > 0) this.#tell(pool, account, level, 0);
    return account.asking;
  }

  share(pool: FunctionPool): Share {
    return this.#accounts.get(pool) ?? NO_SHARE;
  }

  /** Wants one of its workers, as soon as that is free. */
  demand(pool: FunctionPool): void {
    const account = this.#account(pool);
    account.recalling++;
    this.#tell(pool, account, account.level, 1);
  }

  ease(pool: FunctionPool): void {
    const account = this.#accounts.get(pool);
    if (account === undefined || account.level === Type.NOT_PRESSED) return;
    this.#tell(pool, account, Type.NOT_PRESSED, 0);
  }

  pause(worker: Worker, change: number): void {
    if (this.#known.has(worker.id)) this.#send([Type.Paused, worker.id, change]);
  }

  /** The process is gone. */
  lost(): void {
    for (const loan of [...this.#asks.values()]) {
      const { call, worker, granted } = loan;
      if (!granted) call!.cancel('canceled');
      else if (worker === null) loan.pool.slotFreed(call!);
      else worker.abandon();
    }
    for (const [worker, loan] of [...this.#kept]) {
      // What calls it made is not known. A process that takes one call at a time can be spared; one that others call, too, is
      // told by its connection that nobody listens.
      if (worker.concurrency > 0) worker.abandon();
      else worker.giveBack(loan.call!, 0);
    }
    for (const [worker, loans] of [...this.#running]) for (const _ of loans) worker.abandon();
    for (const [worker, count] of [...this.#overdue]) this.#addOverdue(worker, -count);
    this.#asks.clear();
    this.#kept.clear();
    this.#running.clear();
    this.#known.clear();
    this.#accounts.clear();
  }

  #ask(ask: number, key: string, deadline: number): void {
    const pool = this.#services.find(key);
    if (pool instanceof FastFnError) {
      this.#send([Type.Refuse, ask, packError(pool)]);
      return;
    }
    const loan = new GatewayLoan(this, pool, ask);
    this.#asks.set(ask, loan);
    this.#account(pool).asking++;
    loan.call = pool.borrow(invocation(pool.spec, deadline === 0 ? Number.POSITIVE_INFINITY : deadline), loan);
  }

  #unask(ask: number): void {
    const loan = this.#asks.get(ask);
    // Granted in the meantime: the gateway gives it back when it hears.
    if (loan === undefined || loan.granted) return;
    this.#asks.delete(ask);
    this.#account(loan.pool).asking--;
    loan.call!.cancel('canceled');
  }

  #done(ask: number): void {
    const loan = this.#asks.get(ask);
    if (loan === undefined || !loan.granted) return;
    this.#asks.delete(ask);
    if (loan.worker === null) loan.pool.slotFreed(loan.call!);
    else loan.worker.giveBack(loan.call!, 0);
  }

  #return(worker: Worker, running: number, idleMs: number): void {
    const loan = this.#kept.get(worker);
    if (loan === undefined) return;
    const account = this.#forget(loan, worker);
    if (account.recalling > 0) account.recalling--;
    for (let i = 0; i < running; i++) {
      const rest = new GatewayLoan(this, loan.pool, 0);
      rest.granted = true;
      rest.worker = worker;
      rest.call = loan.pool.lend(invocation(loan.pool.spec, 0), rest, worker, false);
      const others = this.#running.get(worker);
      if (others === undefined) this.#running.set(worker, [rest]);
      else others.push(rest);
    }
    worker.giveBack(loan.call!, idleMs);
  }

  #ended(worker: Worker): void {
    const loans = this.#running.get(worker);
    const loan = loans?.pop();
    if (loan === undefined) return;
    if (loans!.length === 0) this.#running.delete(worker);
    worker.giveBack(loan.call!, 0);
  }

  #used(packet: Packet): void {
    const now = Date.now();
    for (let i = 1; i < packet.length; i += 2) {
      const worker = this.#known.get(packet[i] as string);
      const loan = worker === undefined ? undefined : this.#kept.get(worker);
      if (loan === undefined) continue;
      loan.active = packet[i + 1] as number;
      worker!.usedAt = now;
    }
  }

  #addOverdue(worker: Worker, change: number): void {
    const count = (this.#overdue.get(worker) ?? 0) + change;
    if (count === 0) this.#overdue.delete(worker);
    else this.#overdue.set(worker, count);
    worker.overdue += change;
    if (change > 0) this.#services.counters.timeouts += change;
    this.#company.overdue(worker, this, change);
    if (worker.overdue === 0) this.#workforceOf(worker)?.workerFree();
  }

  #offer(pool: FunctionPool, worker: Worker): void {
    if (!pool.unlimited || worker.concurrency !== 0 || !worker.hasRoom || this.#kept.has(worker)) return;
    const loan = new GatewayLoan(this, pool, 0);
    loan.granted = true;
    loan.worker = worker;
    loan.kept = true;
    loan.active = 0;
    loan.call = pool.lend(invocation(pool.spec, 0), loan, worker, true);
    this.#introduce(worker, pool);
    this.#send([Type.Grant, 0, worker.id, Type.KEPT]);
    this.#keep(loan, worker);
  }

  #keep(loan: GatewayLoan, worker: Worker): void {
    this.#kept.set(worker, loan);
    this.#account(loan.pool).kept++;
  }

  #forget(loan: GatewayLoan, worker: Worker): Account {
    this.#kept.delete(worker);
    const account = this.#account(loan.pool);
    account.kept--;
    return account;
  }

  #introduce(worker: Worker, { spec, workforce }: FunctionPool): void {
    if (this.#known.has(worker.id)) return;
    this.#known.set(worker.id, worker);
    const info: Type.WorkerInfo = {
      key: spec.key,
      socket: worker.socket,
      max_frame: worker.maxFrame,
      pid: worker.pid,
      host: worker.host.index,
      concurrency: worker.concurrency,
      ahead: worker.ahead,
      served: worker.served,
      succeeded: worker.succeeded,
      routing: workforce.routing,
    };
    this.#send([Type.Known, worker.id, info]);
  }

  #tell(pool: FunctionPool, account: Account, level: number, force: number): void {
    account.level = level;
    this.#send([Type.Pressed, pool.spec.key, level, force]);
  }

  #account(pool: FunctionPool): Account {
    let account = this.#accounts.get(pool);
    if (account === undefined) {
      account = { kept: 0, recalling: 0, asking: 0, level: Type.NOT_PRESSED };
      this.#accounts.set(pool, account);
    }
    return account;
  }

  #workforceOf(worker: Worker): Workforce | undefined {
    for (const pool of this.#accounts.keys()) if (pool.workforce.all.includes(worker)) return pool.workforce;
    return undefined;
  }
}

function isEmpty({ kept, recalling, asking, level }: Account): boolean {
  return kept === 0 && recalling === 0 && asking === 0 && level === Type.NOT_PRESSED;
}

const NO_SHARE: Share = { kept: 0, recalling: 0, asking: 0 };

/** What the pool has to know of a call that another process makes. */
function invocation(fn: FunctionSpec, deadline: number): Invocation {
  return { ...UNKNOWN, fn, deadline };
}

const UNKNOWN: Omit<Invocation, 'fn' | 'deadline'> = {
  id: '',
  method: '',
  path: '',
  rawPath: '',
  query: [],
  params: {},
  headers: '',
  session: null,
  clientIp: '',
  body: new Uint8Array(0),
  ts: 0,
  context: null,
  captureOutput: false,
};
