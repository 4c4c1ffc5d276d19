import type { FastFnError, FunctionSpec, FunctionStatus, Invocation, InvocationInfo, ResponseSink } from '@fastfn/core';
import { Admission, type AdmissionRules, admissionRules, MAX_WAITING } from './admission.js';
import { Call, type CallOwner, type Loan } from './call.js';
import type { DaemonGroup } from './daemon-group.js';
import { CANCEL_GRACE_MS, type Deadlines, LEAST_GRACE_MS } from './deadlines.js';
import { notSendable, overflow, queueFull, queueTimeout, timedOut, waitedTooLong, warmingUp } from './errors.js';
import { LEASE_MARGIN_MS, LEASE_MS } from './ready-line.js';
import { WaitingCalls } from './waiting-calls.js';
import type { Advance, Worker } from './worker.js';
import { Workforce, type WorkforceListener, type WorkforceServices, type WorkforceWatcher } from './workforce.js';

/** What the pool lends to each function. */
export interface FunctionPoolServices extends WorkforceServices {
  readonly deadlines: Deadlines;
  readonly buildTimeoutMs: number;
  readonly lender: CallWatcher & WorkforceWatcher;
  /** Calls were admitted by another process: limits are its business. */
  readonly admittedElsewhere: boolean;
  /** A call came in. */
  callBegan(): void;
  /** A call has really ended. */
  callEnded(call: Call): void;
}

/** Who is told when calls wait for workers that gateways in other processes may hold. */
export interface CallWatcher {
  /** @param waiting calls, of this process and of others, that no worker could take */
  pressed(pool: FunctionPool, waiting: number): void;
  /** Nobody waits any more. */
  eased(pool: FunctionPool): void;
}

/** A call with a larger body is not handed out in advance: it would have to be sent twice when it comes back. */
const MAX_READY_BODY = 65_536;

/** The calls of one function: who may enter, who waits and for how long, who gets a worker next. */
export class FunctionPool implements CallOwner, WorkforceListener, Advance {
  readonly workforce: Workforce;
  readonly #services: FunctionPoolServices;
  readonly #admission: Admission;
  /** Waiting for admission. */
  readonly #queued = new WaitingCalls();
  /** Admitted, waiting for a worker. */
  readonly #waiting = new WaitingCalls();
  /** Calls that have ever waited. */
  #turns = 0;
  readonly #drops = { overflow: 0, timeout: 0 };
  #overflowError: FastFnError | null = null;
  /** Removed: finishes what it has. */
  #retired = false;
  /** Gateways in other processes have been told that calls wait. */
  #pressing = false;

  constructor(spec: FunctionSpec, group: DaemonGroup, services: FunctionPoolServices) {
    this.#services = services;
    this.#admission = new Admission(this.#rulesOf(spec));
    this.workforce = new Workforce(spec, group, services, this);
  }

  get spec(): FunctionSpec {
    return this.workforce.spec;
  }

  get status(): FunctionStatus {
    const { workforce, spec } = this;
    return {
      key: spec.key,
      runtime: spec.runtime,
      name: spec.name,
      version: spec.version,
      state: workforce.warmth(Date.now()),
      workers: workforce.all.map((worker) => worker.status),
      active: this.#admission.active - this.#waiting.size + this.#keptCalls(),
      queued: this.#queued.size + this.#waiting.size,
      queueDrops: { ...this.#drops },
      problem: workforce.problem?.message ?? null,
    };
  }

  /** True when nothing is left of a retired function. */
  get over(): boolean {
    return this.#retired && !this.#hasCalls() && this.workforce.all.length === 0;
  }

  /** Takes a call. The hot path: when a worker is free the call is on its way before this returns. */
  invoke(invocation: Invocation, sink: ResponseSink): Call {
    return this.#enter(new Call(invocation, sink, this));
  }

  /** Takes the call of a gateway in another process, which makes it itself once it is granted; errors come to `loan`. */
  borrow(invocation: Invocation, loan: Loan & ResponseSink): Call {
    const call = new Call(invocation, loan, this);
    call.loan = loan;
    return this.#enter(call);
  }

  /** Counts a call that a gateway in another process runs, or may run, in a worker already: whatever the limits say. */
  lend(invocation: Invocation, loan: Loan & ResponseSink, worker: Worker, kept: boolean): Call {
    const call = new Call(invocation, loan, this);
    call.loan = loan;
    call.phase = 'running';
    this.#admission.enter();
    this.#services.callBegan();
    worker.lend(call);
    if (kept) this.#keep(call);
    return call;
  }

  /** A grant without a worker, of a runtime that lives in the gateways, has ended. */
  slotFreed(call: Call): void {
    this.callEnded(call);
    this.workersChanged();
  }

  /** May gateways keep a worker and call it without asking? */
  get unlimited(): boolean {
    return this.#admission.rules.limit === 0;
  }

  #enter(call: Call): Call {
    const now = Date.now();
    // Those that lie ready in a busy worker are no reason to leave a free one idle.
    if (this.#queued.free !== null || !this.#admission.tryEnter()) {
      this.#enqueue(call, now);
      return call;
    }
    if (call.loan !== null && this.#isSlotOnly) {
      this.#services.callBegan();
      this.#grant(call, null);
      return call;
    }
    if (this.#waiting.free === null) {
      const worker = this.workforce.pick(now, true);
      if (worker !== null) {
        this.#services.callBegan();
        this.#dispatch(call, worker, now);
        return call;
      }
    }
    const refusal = this.workforce.refusal(now) ?? (this.#waiting.size >= MAX_WAITING ? queueFull(this.spec) : null);
    if (refusal !== null) {
      this.#admission.leave();
      call.phase = 'ended';
      call.fail(refusal);
      return call;
    }
    this.#services.callBegan();
    this.#wait(call, now);
    this.#findWorkers(now);
    // More wait than the workers that are coming up will take: this one has to wait for a busy one.
    if (this.#waiting.size > this.workforce.comingRoom) call.queued = true;
    return call;
  }

  /**
   * Takes over a newer spec. Limits hold at once; when code or settings of a worker changed, calls from now on go to new
   * workers only, and the old ones finish what they have.
   * @param restart the code has changed, though the spec may not show it.
   */
  update(spec: FunctionSpec, restart: boolean): void {
    const { limit } = this.#admission.rules;
    this.#admission.rules = this.#rulesOf(spec);
    this.#overflowError = null;
    if (limit === 0 && !this.unlimited) for (const worker of this.workforce.all) worker.recall();
    this.workforce.update(spec, restart);
    this.workersChanged();
  }

  /** The function is gone: no new calls come; what is here is finished, then its workers end. */
  retire(): void {
    this.#retired = true;
    for (const worker of this.workforce.all) worker.recall();
    this.#endIfRetired();
  }

  /** Hosts came or went. */
  hostsChanged(): void {
    this.workersChanged();
    this.workforce.hostsChanged();
  }

  sweep(now: number): void {
    this.workforce.sweep(now);
    if (this.#waiting.free !== null || this.#pressing) this.workersChanged();
  }

  /** Ends the workers; answers everyone who still waits or runs with `error`. */
  abort(error: FastFnError): void {
    for (let call = this.#queued.first; call !== null; call = this.#queued.first) this.#drop(call, error);
    for (let call = this.#waiting.first; call !== null; call = this.#waiting.first) this.#drop(call, error);
    for (const worker of this.workforce.all) {
      for (const call of worker.calls) {
        worker.cancel(call, 'shutdown');
        call.fail(error);
      }
      if (worker.active > 0) worker.stop(0);
      else worker.stop();
    }
  }

  cancelCall(call: Call, reason: 'client_closed' | 'canceled'): void {
    if (call.phase === 'running') call.worker!.cancel(call, reason);
    else if (call.ready) {
      // It may just have begun, and the worker is not free before it has said of it that it has not.
      call.queue!.remove(call);
      call.worker!.cancel(call, reason);
    } else if (call.phase !== 'ended') {
      this.#forget(call);
      this.workersChanged();
    }
  }

  callDue(call: Call, now: number): void {
    if (call.ready) {
      // May just have begun. If not, it will not lie there much longer.
      this.#services.deadlines.set(call, Math.max(call.beginBy + LEASE_MARGIN_MS, now + LEASE_MARGIN_MS));
      return;
    }
    switch (call.phase) {
      case 'queued':
        this.#drops.timeout++;
        this.#drop(call, queueTimeout(this.spec, this.#admission.rules));
        break;
      case 'waiting':
        this.#drop(call, this.workforce.preparing ? warmingUp(this.spec) : waitedTooLong(this.spec));
        this.workersChanged();
        break;
      case 'running':
        this.#overdue(call, now);
        break;
      case 'ended':
    }
  }

  infoOf({ queued }: Call): InvocationInfo {
    const { served, routing } = this.workforce;
    return { state: served ? 'warm' : 'cold', warmed: false, queued, routing, socketIndex: 0, workerPid: 0 };
  }

  callEnded(call: Call): void {
    call.phase = 'ended';
    this.#services.deadlines.remove(call);
    this.#admission.leave();
    if (call.kept) {
      call.kept = false;
      this.#admission.uncounted--;
    }
    this.#services.callEnded(call);
    this.#endIfRetired();
  }

  prepared(): void {
    // They were to wait for the build for so long; now they wait for a worker, for as long as they can.
    for (let call = this.#waiting.first; call !== null; call = call.queueNext) {
      this.#services.deadlines.set(call, call.invocation.deadline);
    }
    this.workersChanged();
  }

  /** Moves everyone on who can: from the queue into a slot, from there to a worker. */
  workersChanged(): void {
    if (this.#queued.free === null && this.#waiting.free === null) {
      if (this.#pressing) this.#ease();
      return;
    }
    const now = Date.now();
    while (this.#queued.free !== null && this.#waiting.size < MAX_WAITING && this.#admission.tryEnter()) {
      const call = this.#queued.free;
      this.#queued.remove(call);
      if (call.loan !== null && this.#isSlotOnly) this.#grant(call, null);
      else this.#wait(call, now);
    }
    while (this.#waiting.free !== null) {
      const worker = this.workforce.pick(now, false);
      if (worker === null) break;
      const call = this.#waiting.free;
      this.#waiting.remove(call);
      this.#dispatch(call, worker, now);
    }
    if (this.#waiting.free !== null) this.#findWorkers(now);
    else {
      if (this.#pressing) this.#ease();
      if (this.#queued.free !== null) this.#layReady(this.#queued, now);
    }
  }

  // Calls handed out in advance

  callBegan(call: Call): void {
    call.queue?.remove(call);
    call.ready = false;
    if (call.phase === 'queued') this.#admission.enter();
    call.phase = 'running';
    const { deadline } = call.invocation;
    if (call.due !== deadline) this.#services.deadlines.set(call, deadline);
  }

  callsReturned(calls: readonly Call[]): void {
    for (const call of calls) {
      call.worker = null;
      call.beginBy = 0;
      if (!call.ready) this.#admitAgain(call);
      else if (call.queue !== null) (call.queue as WaitingCalls).pickUp(call);
      else {
        // Its caller has left.
        call.ready = false;
        this.#end(call);
      }
    }
    this.workersChanged();
  }

  lineDue(worker: Worker, now: number): void {
    const { first } = worker.line;
    if (first === null) return;
    const due = first.beginBy + LEASE_MARGIN_MS;
    if (due > now) {
      this.#services.deadlines.set(worker.line, due);
      return;
    }
    // Where we come from, sockets have not been read yet: that the call before it has ended may lie there.
    const { received } = worker;
    setImmediate(() => {
      if (worker.line.first === first && worker.received === received) worker.reclaim(now);
      if (worker.line.first !== null) this.#services.deadlines.set(worker.line, now + LEASE_MARGIN_MS);
    });
  }

  #enqueue(call: Call, now: number): void {
    if (!this.#admission.mayQueue(this.#queued.size)) {
      this.#drops.overflow++;
      this.#overflowError ??= overflow(this.spec, this.#admission.rules);
      call.phase = 'ended';
      call.fail(this.#overflowError);
      return;
    }
    call.queued = true;
    call.waitingSince = now;
    call.turn = ++this.#turns;
    this.#services.callBegan();
    this.#queued.push(call);
    this.#services.deadlines.set(call, this.#waitsUntil(call));
    if (this.#queued.free === call) this.#layReady(this.#queued, now);
  }

  #wait(call: Call, now: number): void {
    call.phase = 'waiting';
    if (call.waitingSince === 0) {
      call.waitingSince = now;
      call.turn = ++this.#turns;
    }
    this.#waiting.push(call);
    const { deadline } = call.invocation;
    const due = this.workforce.preparing ? Math.min(deadline, now + this.#services.buildTimeoutMs) : deadline;
    this.#services.deadlines.set(call, due);
  }

  /** No worker has room: has more started, hands out calls in advance, or answers everyone when none will come. */
  #findWorkers(now: number): void {
    const refusal = this.workforce.scaleUp(this.#waiting.freeCount, now);
    if (refusal !== null) {
      for (let call = this.#waiting.free; call !== null; call = this.#waiting.free) this.#drop(call, refusal);
      return;
    }
    this.#layReady(this.#waiting, now);
    if (this.#waiting.free === null) return;
    this.#pressing = true;
    this.#services.lender.pressed(this, this.#waiting.freeCount);
  }

  /** Epoch ms when it has waited for long enough. */
  #waitsUntil({ invocation: { deadline }, phase, waitingSince }: Call): number {
    const { queueTimeoutMs } = this.#admission.rules;
    return phase === 'queued' && queueTimeoutMs > 0 ? Math.min(deadline, waitingSince + queueTimeoutMs) : deadline;
  }

  /** Hands calls that wait to workers that are busy, to lie ready there until they are not. */
  #layReady(calls: WaitingCalls, now: number): void {
    for (let call = calls.free; call !== null; call = calls.free) {
      // Calls that other gateways make cannot lie ready in a worker: it is called by one of them at a time.
      if (call.loan !== null || call.invocation.body.length > MAX_READY_BODY) return;
      const until = this.#waitsUntil(call);
      if (until <= now) return;
      const worker = this.workforce.pickAhead();
      if (worker === null) return;
      call.beginBy = Math.min(now + LEASE_MS, until);
      try {
        worker.lay(call, now);
      } catch (error) {
        this.#drop(call, notSendable(this.spec, error));
        continue;
      }
      calls.layFirst();
      if (worker.line.timedSlot < 0) this.#services.deadlines.set(worker.line, call.beginBy + LEASE_MARGIN_MS);
    }
  }

  /** A call that had a slot, and a worker that did not begin it: nobody has waited for longer. */
  #admitAgain(call: Call): void {
    if (!call.listening) {
      this.callEnded(call);
      return;
    }
    call.info = null;
    call.phase = 'waiting';
    this.#waiting.restore(call);
  }

  #ease(): void {
    this.#pressing = false;
    this.#services.lender.eased(this);
  }

  /** The runtime lives in the gateways: other processes need a slot of ours, and no worker. */
  get #isSlotOnly(): boolean {
    return this.workforce.routing === 'in_process';
  }

  #dispatch(call: Call, worker: Worker, now: number): void {
    this.workforce.turn(worker);
    if (call.loan !== null) {
      worker.lend(call);
      this.#grant(call, worker);
      return;
    }
    call.phase = 'running';
    this.#services.deadlines.set(call, call.invocation.deadline);
    try {
      worker.invoke(call, now);
    } catch (error) {
      // It cannot be encoded: headers over the frame limit, or a context that is no data.
      this.callEnded(call);
      call.fail(notSendable(this.spec, error));
    }
  }

  /** The gateway in the other process has it from here, its deadline too. */
  #grant(call: Call, worker: Worker | null): void {
    call.phase = 'running';
    this.#services.deadlines.remove(call);
    const kept = worker !== null && this.unlimited;
    if (kept) this.#keep(call);
    call.loan!.onGranted(call, worker, kept);
  }

  #keep(call: Call): void {
    call.kept = true;
    this.#admission.uncounted++;
  }

  /** What the calls under loans that gateways keep are more than those loans. */
  #keptCalls(): number {
    if (this.#admission.uncounted === 0) return 0;
    let more = 0;
    for (const worker of this.workforce.all) {
      if (worker.lent === 0) continue;
      for (const call of worker.calls) if (call.kept) more += call.loan!.active - 1;
    }
    return more;
  }

  #rulesOf(spec: FunctionSpec): AdmissionRules {
    const rules = admissionRules(spec.policy);
    return this.#services.admittedElsewhere ? { ...rules, limit: 0 } : rules;
  }

  /** Answers 504 and has the handler stopped; when that did not help, ends the process. */
  #overdue(call: Call, now: number): void {
    const worker = call.worker!;
    if (call.timedOut) {
      worker.kill('timeout');
      return;
    }
    call.timedOut = true;
    worker.overdue++;
    this.#services.counters.timeouts++;
    worker.cancel(call, 'timeout');
    this.#services.deadlines.set(call, Math.max(call.invocation.deadline + CANCEL_GRACE_MS, now + LEAST_GRACE_MS));
    call.fail(timedOut(this.spec));
  }

  /** Takes a call that no worker has out of everything, and answers it. */
  #drop(call: Call, error: FastFnError): void {
    this.#forget(call);
    call.fail(error);
  }

  #forget(call: Call): void {
    call.queue?.remove(call);
    if (call.ready) {
      call.ready = false;
      call.worker!.withdraw(call, 'shutdown');
    }
    this.#end(call);
  }

  /** It waits no more. */
  #end(call: Call): void {
    if (call.phase === 'waiting') this.#admission.leave();
    call.phase = 'ended';
    this.#services.deadlines.remove(call);
    this.#services.callEnded(call);
    this.#endIfRetired();
  }

  #hasCalls(): boolean {
    return this.#admission.active > 0 || this.#queued.size > 0;
  }

  #endIfRetired(): void {
    if (!this.#retired || this.#hasCalls()) return;
    this.workforce.close();
    this.workforce.drain();
  }
}
