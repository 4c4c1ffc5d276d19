import type { FastFnError, FunctionSpec, Invocation, InvocationInfo, Logger, ResponseSink } from '@fastfn/core';
import type { StartSpec } from '@fastfn/protocol';
import { admissionRules, MAX_WAITING } from '../admission.js';
import { Call, type CallOwner } from '../call.js';
import { CANCEL_GRACE_MS, type Deadlines, LEAST_GRACE_MS } from '../deadlines.js';
import { notSendable, queueFull, timedOut, waitedTooLong } from '../errors.js';
import { FifoQueue } from '../queue.js';
import type { Given } from '../start-spec.js';
import { Worker, type WorkerOwner } from '../worker.js';
import type { WorkerExit } from '../worker-host.js';
import type { Packet } from './channel.js';
import * as Type from './packets.js';
import { WorkerLine } from './worker-line.js';

/** The primary ends the wait of a call that it has to admit; should it be silent, we do, so much later. */
const PRIMARY_SLACK_MS = 250;

/** In place of the grant of a call: it began with a worker that was kept then, and is not any more. */
const OUTLIVES_LOAN = -1;

/** Indexes of daemons are below this. */
const MANY_HOSTS = 4096;

/** What a function in a gateway shares with the others. */
export interface BorrowedFunctionServices {
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  /** Where the turns over daemons begin; different from gateway to gateway. */
  readonly firstHost: number;
  send(packet: Packet): void;
  /** The settings that workers of a function were started with. */
  given(spec: FunctionSpec): Given;
  /** A new number; `fn` hears what is answered. */
  nextAsk(fn: BorrowedFunction): number;
  /** The answer is of no interest any more. */
  forgetAsk(ask: number): void;
  callBegan(): void;
  callEnded(): void;
  workerGone(worker: Worker): void;
}

/**
 * The calls of one function in a gateway process. With a worker that it keeps, a call goes there without a word to the
 * primary; else it waits, and the primary is asked: for a worker to keep, or, when the function has a limit, for leave to make
 * this one call.
 */
export class BorrowedFunction implements CallOwner, WorkerOwner {
  spec: FunctionSpec;
  routing: InvocationInfo['routing'] = 'single';
  readonly logger: Logger;
  readonly advance = null;
  readonly #services: BorrowedFunctionServices;
  readonly #waiting = new FifoQueue<Call>();
  /** Workers that may be called without asking. */
  readonly #kept: Worker[] = [];
  readonly #lines = new Map<Worker, WorkerLine>();
  /** Open questions that belong to no call in particular: any worker will do. */
  readonly #spare: number[] = [];
  #limited: boolean;
  #level = Type.NOT_PRESSED;
  /** Workers to give back as soon as they are free. */
  #owed = 0;
  #lastHost: number;
  #served = false;
  #calls = 0;

  constructor(spec: FunctionSpec, services: BorrowedFunctionServices) {
    this.spec = spec;
    this.logger = services.logger;
    this.#services = services;
    this.#lastHost = services.firstHost;
    this.#limited = admissionRules(spec.policy).limit > 0;
  }

  /** No call is left. */
  get idle(): boolean {
    return this.#calls === 0;
  }

  update(spec: FunctionSpec): void {
    this.spec = spec;
    this.#limited = admissionRules(spec.policy).limit > 0;
    // From now on every call is asked for.
    if (this.#limited) this.giveAllBack();
  }

  /** The hot path: with a worker that is kept and free the call is on its way before this returns. */
  invoke(invocation: Invocation, sink: ResponseSink): Call {
    const call = new Call(invocation, sink, this);
    const now = Date.now();
    if (this.#waiting.size === 0) {
      const worker = this.#pick();
      if (worker !== null) {
        this.#began();
        this.#dispatch(call, worker, now);
        return call;
      }
    } else if (this.#waiting.size >= MAX_WAITING) {
      call.phase = 'ended';
      call.fail(queueFull(this.spec));
      return call;
    }
    this.#began();
    call.phase = 'waiting';
    call.waitingSince = now;
    this.#waiting.push(call);
    const { deadline } = invocation;
    this.#services.deadlines.set(call, this.#limited ? deadline + PRIMARY_SLACK_MS : deadline);
    if (this.#limited) this.#ask(call);
    else {
      this.#askForWorkers();
      this.#goAhead(now);
    }
    return call;
  }

  infoOf({ queued }: Call): InvocationInfo {
    return {
      state: this.#served ? 'warm' : 'cold',
      warmed: false,
      queued,
      routing: this.routing,
      socketIndex: 0,
      workerPid: 0,
    };
  }

  // What the primary says

  granted(ask: number, worker: Worker, flags: number): void {
    this.#dropSpare(ask);
    const call = this.#waiterOf(ask);
    if ((flags & Type.KEPT) !== 0) {
      if (call !== null) call.ask = 0;
      if (!this.#kept.includes(worker)) this.#kept.push(worker);
      this.#serve((flags & Type.QUEUED) !== 0);
      if (worker.active === 0) this.#settle(worker);
      return;
    }
    const next = call ?? (this.#limited ? null : this.#waiting.first);
    if (next === null) {
      this.#services.send([Type.Done, ask]);
      return;
    }
    if ((flags & Type.QUEUED) !== 0) next.queued = true;
    this.#take(next);
    next.ask = ask;
    this.#dispatch(next, worker, Date.now());
  }

  refused(ask: number, error: FastFnError): void {
    const anonymous = this.#dropSpare(ask);
    const call = this.#waiterOf(ask) ?? (anonymous ? this.#waiting.first : null);
    if (call === null) return;
    call.ask = 0;
    this.#drop(call, error);
  }

  recalled(worker: Worker): void {
    this.#giveBack(worker);
    this.#serve();
  }

  /** Others wait for workers of this function, or do not any more. */
  pressed(level: number, force: number): void {
    this.#level = level;
    this.#owed = level === Type.NOT_PRESSED ? 0 : this.#owed + force;
    for (const worker of [...this.#kept]) if (worker.active === 0) this.#settle(worker);
    this.#serve();
  }

  gone(worker: Worker, exit: WorkerExit, reason: 'timeout' | 'memory' | null): void {
    if (reason !== null) worker.kill(reason);
    this.#lines.get(worker)?.exited(exit);
  }

  /** A worker that the primary has told us of; before it is granted. */
  introduce(id: string, info: Type.WorkerInfo): Worker {
    this.routing = info.routing;
    const { send } = this.#services;
    const line = new WorkerLine({ info, onKill: (why) => send([Type.Kill, id, why]) });
    const spec = { socket: info.socket, max_frame: info.max_frame, ...this.#services.given(this.spec) };
    const worker = new Worker(line, id, spec as StartSpec, info.concurrency, this);
    if (info.served) worker.noteServed(info.succeeded);
    if (info.served) this.#served = true;
    this.#lines.set(worker, line);
    line.open();
    return worker;
  }

  /** Gives back what is kept. The calls that run go on. */
  giveAllBack(): void {
    for (const worker of [...this.#kept]) this.#giveBack(worker);
  }

  /** Answers everyone who waits or runs with `error`, and cuts the lines. */
  abort(error: FastFnError): void {
    for (let call = this.#waiting.first; call !== null; call = this.#waiting.first) this.#drop(call, error);
    for (const [worker, line] of this.#lines) {
      for (const call of [...worker.calls]) {
        worker.cancel(call, 'shutdown');
        call.fail(error);
      }
      line.destroy();
    }
  }

  /** Another gateway has a call in it that is past its deadline, or that one has ended. */
  paused(worker: Worker, change: number): void {
    worker.overdue += change;
    if (worker.overdue === 0) this.#serve();
  }

  /** Takes back questions that nobody needs answered. Not at once: under load the next call needs one again. */
  trim(): void {
    while (this.#spare.length > this.#waiting.size) {
      const ask = this.#spare.pop()!;
      this.#services.forgetAsk(ask);
      this.#services.send([Type.Unask, ask]);
    }
  }

  /**
   * Which of the kept workers were called.
   * @param used gets worker and number of calls, in turn
   * @param since epoch ms
   */
  collectUse(used: unknown[], since: number): void {
    for (const worker of this.#kept) {
      if (worker.active > 0 || worker.idleSince >= since) used.push(worker.id, worker.active);
    }
  }

  // CallOwner

  cancelCall(call: Call, reason: 'client_closed' | 'canceled'): void {
    if (call.phase === 'running') call.worker!.cancel(call, reason);
    else if (call.phase !== 'ended') this.#forget(call);
  }

  callDue(call: Call, now: number): void {
    if (call.phase === 'waiting') this.#drop(call, waitedTooLong(this.spec));
    else if (call.phase === 'running') this.#overdue(call, now);
  }

  // WorkerOwner

  workerStarted(): void {}
  workerReady(): void {}
  workerFailedToLoad(): void {}

  workerFiles(_worker: Worker, files: readonly string[]): void {
    this.#services.send([Type.Files, this.spec.key, files]);
  }

  workerLosing(worker: Worker): void {
    if (worker.state === 'draining') this.#services.send([Type.Leaving, worker.id]);
    this.#giveBack(worker);
  }

  callEnded(call: Call, worker: Worker): void {
    this.#finish(call);
    if (call.timedOut) this.#services.send([Type.Overdue, worker.id, -1]);
    this.#tellEnd(call, worker);
    this.#served = true;
    this.#noteServed(call, worker);
    this.#serve();
    if (worker.active === 0) this.#settle(worker);
  }

  workerGone(worker: Worker, _exit: WorkerExit, calls: readonly Call[]): void {
    const at = this.#kept.indexOf(worker);
    if (at !== -1) this.#kept.splice(at, 1);
    this.#lines.delete(worker);
    this.#services.workerGone(worker);
    // The primary has freed their slots: for it they ended with the process.
    for (const call of calls) this.#finish(call);
    if (!this.#limited) this.#askForWorkers();
  }

  /** The kept worker for the next call: of the daemon whose turn it is, there the least busy. */
  #pick(): Worker | null {
    const kept = this.#kept;
    if (kept.length === 1) return kept[0]!.hasRoom ? kept[0]! : null;
    let best: Worker | null = null;
    let bestDistance = 0;
    for (const worker of kept) {
      if (!worker.hasRoom) continue;
      const distance = (worker.host.index - 1 - this.#lastHost + MANY_HOSTS) % MANY_HOSTS;
      if (best === null || distance < bestDistance || (distance === bestDistance && worker.active < best.active)) {
        best = worker;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** Moves on who waits and can. */
  #serve(queued = true): void {
    if (this.#waiting.size === 0 || this.#kept.length === 0) return;
    const now = Date.now();
    while (this.#waiting.size > 0) {
      const worker = this.#owed > 0 ? null : this.#pick();
      if (worker === null) break;
      this.#serveFirst(worker, now, queued);
    }
    this.#goAhead(now);
  }

  /** Hands out calls in advance, when all workers are busy and no more will come. */
  #goAhead(now: number): void {
    if (this.#level !== Type.FULL) return;
    while (this.#waiting.size > 0) {
      let best: Worker | null = null;
      for (const worker of this.#kept) {
        if (worker.takesAhead && (best === null || worker.active < best.active)) best = worker;
      }
      if (best === null) return;
      this.#serveFirst(best, now, true);
    }
  }

  #serveFirst(worker: Worker, now: number, queued: boolean): void {
    const call = this.#waiting.first!;
    const { ask } = call;
    this.#take(call);
    if (ask !== 0) {
      this.#services.forgetAsk(ask);
      this.#services.send([Type.Unask, ask]);
    }
    call.ask = 0;
    if (queued) call.queued = true;
    this.#dispatch(call, worker, now);
  }

  #dispatch(call: Call, worker: Worker, now: number): void {
    call.phase = 'running';
    this.#lastHost = worker.host.index;
    this.#services.deadlines.set(call, call.invocation.deadline);
    try {
      worker.invoke(call, now);
    } catch (error) {
      this.#finish(call);
      this.#tellEnd(call, worker);
      call.fail(notSendable(this.spec, error));
    }
  }

  /** A worker has become idle: is it wanted elsewhere? */
  #settle(worker: Worker): void {
    if (this.#level === Type.NOT_PRESSED || worker.concurrency === 0 || !this.#kept.includes(worker)) return;
    if (this.#owed > 0) this.#owed--;
    this.#giveBack(worker);
  }

  #giveBack(worker: Worker): void {
    const at = this.#kept.indexOf(worker);
    if (at === -1) return;
    this.#kept.splice(at, 1);
    // Calls that run under grants of their own end for themselves.
    let running = 0;
    for (const call of worker.calls) {
      if (call.ask !== 0) continue;
      call.ask = OUTLIVES_LOAN;
      running++;
    }
    const idleMs = worker.active > 0 ? 0 : Math.max(0, Date.now() - worker.idleSince);
    this.#services.send([Type.Return, worker.id, running, idleMs]);
    if (!this.#limited) this.#askForWorkers();
  }

  /** The primary counts calls that run under a grant of their own, and those begun with a worker that was given back since. */
  #tellEnd(call: Call, worker: Worker): void {
    if (call.ask === 0) return;
    this.#services.send(call.ask === OUTLIVES_LOAN ? [Type.Ended, worker.id] : [Type.Done, call.ask]);
  }

  #noteServed(call: Call, worker: Worker): void {
    const { info } = call;
    if (info === null || (info.state === 'warm' && !info.warmed)) return;
    this.#services.send([Type.Served, worker.id, worker.succeeded]);
  }

  /** Answers 504 and has the handler stopped; when that did not help, has the process ended. */
  #overdue(call: Call, now: number): void {
    const worker = call.worker!;
    if (call.timedOut) {
      worker.kill('timeout');
      return;
    }
    call.timedOut = true;
    worker.overdue++;
    this.#services.send([Type.Overdue, worker.id, 1]);
    worker.cancel(call, 'timeout');
    this.#services.deadlines.set(call, Math.max(call.invocation.deadline + CANCEL_GRACE_MS, now + LEAST_GRACE_MS));
    call.fail(timedOut(this.spec));
  }

  #ask(call: Call): void {
    call.ask = this.#services.nextAsk(this);
    this.#services.send([Type.Ask, call.ask, this.spec.key, call.invocation.deadline]);
  }

  /** As many open questions as calls that wait. */
  #askForWorkers(): void {
    let open = this.#spare.length;
    for (; open < this.#waiting.size; open++) {
      const ask = this.#services.nextAsk(this);
      this.#spare.push(ask);
      this.#services.send([Type.Ask, ask, this.spec.key, 0]);
    }
  }

  /** @returns whether it was one of no call in particular */
  #dropSpare(ask: number): boolean {
    const at = this.#spare.indexOf(ask);
    if (at === -1) return false;
    this.#spare.splice(at, 1);
    return true;
  }

  #waiterOf(ask: number): Call | null {
    if (ask === 0) return null;
    for (let call = this.#waiting.first; call !== null; call = call.queueNext) if (call.ask === ask) return call;
    return null;
  }

  #take(call: Call): void {
    this.#waiting.remove(call);
  }

  #drop(call: Call, error: FastFnError): void {
    this.#forget(call);
    call.fail(error);
  }

  #forget(call: Call): void {
    this.#take(call);
    if (call.ask !== 0) {
      this.#services.forgetAsk(call.ask);
      this.#services.send([Type.Unask, call.ask]);
    }
    this.#finish(call);
  }

  #began(): void {
    this.#calls++;
    this.#services.callBegan();
  }

  #finish(call: Call): void {
    this.#calls--;
    call.phase = 'ended';
    this.#services.deadlines.remove(call);
    this.#services.callEnded();
  }
}
