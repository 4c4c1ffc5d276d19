import { type FastFnError, type FunctionSpec, type Logger, secretMask, type WorkerStatus } from '@fastfn/core';
import {
  CallTable,
  type CancelReason,
  type DebugInfo,
  FRAME_HEADROOM_BYTES,
  type FromWorkerMessage,
  INVOKE_MORE_BODY,
  INVOKE_WANT_OUTPUT,
  type InvokeMessage,
  type LoadErrorInfo,
  MessageType,
  type OutputStreamNumber,
  type ReadyInfo,
  STDERR,
  STDOUT,
  type StartSpec,
} from '@fastfn/protocol';
import type { Call } from './call.js';
import { memoryLimit, stoppedWithOther, workerCrashed } from './errors.js';
import { LEASE_MARGIN_MS, ReadyLine } from './ready-line.js';
import { sandboxHint } from './sandbox/hint.js';
import { maskDebug, secretValues } from './secrets.js';
import type { WorkerEvents, WorkerExit, WorkerHost, WorkerLink } from './worker-host.js';

/** A worker that failed to load ends by itself; after this it is ended. */
const LOAD_ERROR_GRACE_MS = 1000;

/** An idle worker that is not needed any more may run its exit handlers for so long. */
const STOP_GRACE_MS = 1000;

/** What a worker tells the pool of its function. */
export interface WorkerOwner {
  readonly spec: FunctionSpec;
  readonly logger: Logger;
  readonly routing: 'round_robin' | 'single' | 'in_process';
  /** Who lays calls ready in the worker; null: nobody does. */
  readonly advance: Advance | null;
  workerStarted(worker: Worker): void;
  workerReady(worker: Worker, info: ReadyInfo): void;
  workerFailedToLoad(worker: Worker, error: LoadErrorInfo): void;
  workerFiles(worker: Worker, files: readonly string[]): void;
  /** The call has really ended. */
  callEnded(call: Call, worker: Worker): void;
  /** No more calls can be handed to it. */
  workerLosing(worker: Worker): void;
  /** The process is gone; `calls` were running in it and have been answered. */
  workerGone(worker: Worker, exit: WorkerExit, calls: readonly Call[]): void;
}

/** Hands a worker calls in advance, and hears what becomes of them. */
export interface Advance {
  /** A call that lay ready in the worker has begun. */
  callBegan(call: Call): void;
  /** They were not begun, and will not be: whoever listens for them is to be served elsewhere. */
  callsReturned(calls: readonly Call[]): void;
  /** What lies ready in the worker may have lain for too long. */
  lineDue(worker: Worker, now: number): void;
}

/**
 * - `starting`: no READY yet;
 * - `ready`: takes calls;
 * - `draining`: finishes its calls, takes no more;
 * - `stopping`: being ended, or as good as gone;
 * - `gone`.
 */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'stopping' | 'gone';

/** One process that serves one function: hands it calls, and its answers to those who wait for them. */
export class Worker implements WorkerEvents {
  state: WorkerState = 'starting';
  pid = 0;
  /** Calls it can run at once; 0 = any number. A guess until READY. */
  concurrency: number;
  /** Calls beyond `concurrency` that it takes in advance and runs in order. */
  ahead = 0;
  /** Calls in it. */
  active = 0;
  /** Of those, past their deadline: as long as there is one it gets no others, because it may have to be killed. */
  overdue = 0;
  /** READY came. */
  loaded = false;
  /** Of those, loans to gateways in other processes. */
  lent = 0;
  /** Of those, left behind by a gateway that is gone: they end with the process, nobody knows when else. */
  orphans = 0;
  /** Epoch ms of the last call that a gateway in another process is known to have made. */
  usedAt = 0;
  /** Has answered before: calls are `warm`. */
  served = false;
  /** Has answered with success before. */
  succeeded = false;
  /** Epoch ms; meaningful while `active` is 0. */
  idleSince: number;
  /** Epoch ms of the last sign of life that was asked for. */
  lastPong = 0;
  /** Being ended by the pool's own wish. */
  expected = false;
  readonly startedAt: number;
  readonly id: string;
  readonly host: WorkerHost;
  /** Path of its socket. */
  readonly socket: string;
  readonly maxFrame: number;
  /** Calls that lie ready in it. They are among those that `active` counts. */
  readonly line: ReadyLine;
  readonly #owner: WorkerOwner;
  readonly #link: WorkerLink;
  readonly #maxInlineBody: number;
  /** Hides the secrets it was given, in all that it prints and throws. */
  readonly #mask: (text: string) => string;
  readonly #calls = new CallTable<Call>();
  #nextId = 0;
  #killReason: 'timeout' | 'memory' | null = null;

  constructor(host: WorkerHost, id: string, spec: StartSpec, concurrency: number, owner: WorkerOwner) {
    this.id = id;
    this.host = host;
    this.socket = spec.socket;
    this.maxFrame = spec.max_frame;
    this.concurrency = concurrency;
    this.startedAt = Date.now();
    this.idleSince = this.startedAt;
    this.#owner = owner;
    this.line = new ReadyLine((now) => owner.advance?.lineDue(this, now));
    this.#maxInlineBody = spec.max_frame - FRAME_HEADROOM_BYTES;
    this.#mask = secretMask(secretValues(owner.spec, spec));
    this.#link = host.startWorker(id, spec, this);
  }

  /** May still serve: counts against the number of workers. */
  get live(): boolean {
    return this.state === 'starting' || this.state === 'ready';
  }

  get hasRoom(): boolean {
    return this.state === 'ready' && this.overdue === 0 && (this.concurrency === 0 || this.active < this.concurrency);
  }

  /**
   * May be handed a call that waits anyway, to lie ready in the worker: saves a one-at-a-time language the round trip
   * between two calls. Only when it is busy, and has long been quick.
   */
  get takesAhead(): boolean {
    return (
      this.ahead > 0 &&
      this.lent === 0 &&
      this.state === 'ready' &&
      this.overdue === 0 &&
      this.active > 0 &&
      this.active < this.concurrency + this.line.depth(this.ahead)
    );
  }

  get status(): WorkerStatus {
    const { pid, state } = this;
    if (state === 'ready') return { pid, state: this.#busy ? 'busy' : 'idle' };
    return { pid, state: state === 'gone' ? 'stopping' : state };
  }

  get #busy(): boolean {
    if (this.lent === 0) return this.active > 0;
    for (const { loan } of this.#calls.values()) if (loan === null || loan.active > 0) return true;
    return false;
  }

  /** Why we killed it. */
  get killReason(): 'timeout' | 'memory' | null {
    return this.#killReason;
  }

  get calls(): Iterable<Call> {
    return this.#calls.values();
  }

  /** Bytes that have come from it. */
  get received(): number {
    return this.#link.received ?? 0;
  }

  /** Hands it a call; it must have room. @throws when the call cannot be encoded: then it was not handed over. */
  invoke(call: Call, now: number): void {
    this.#send(call, now, 0);
    this.#begin(call, now);
    if (this.active === 1 && this.ahead > 0) this.line.began();
  }

  /** Hands it a call in advance, to be begun before `call.beginBy`; it must {@link takesAhead}. @throws as {@link invoke} */
  lay(call: Call, now: number): void {
    this.#send(call, now, call.beginBy);
    this.line.push(call);
  }

  #send(call: Call, now: number, beginBy: number): void {
    const { invocation } = call;
    const { body } = invocation;
    const params: string[] = [];
    for (const name in invocation.params) params.push(name, invocation.params[name]!);

    this.#nextId = (this.#nextId + 1) >>> 0;
    const id = this.#nextId;
    const inline = body.length <= this.#maxInlineBody;
    let flags = invocation.captureOutput ? INVOKE_WANT_OUTPUT : 0;
    if (!inline) flags |= INVOKE_MORE_BODY;
    const message: InvokeMessage = [
      MessageType.INVOKE,
      id,
      invocation.id,
      invocation.method,
      invocation.path,
      invocation.rawPath,
      invocation.query,
      params,
      invocation.headers,
      invocation.clientIp,
      invocation.ts,
      Math.max(1, Math.round(invocation.deadline - now)),
      invocation.session,
      invocation.context,
      flags,
      inline ? body : body.subarray(0, this.#maxInlineBody),
    ];
    this.#link.send(beginBy === 0 ? message : ([...message, beginBy] as unknown as InvokeMessage));
    if (!inline) this.#sendRest(id, body);

    call.id = id;
    call.worker = this;
    this.#calls.set(id, call);
    this.active++;
  }

  #begin(call: Call, now: number): void {
    call.info = {
      state: this.served ? 'warm' : 'cold',
      warmed: false,
      queued: call.queued,
      queueMs: call.waitingSince === 0 ? 0 : now - call.waitingSince,
      routing: this.#owner.routing,
      socketIndex: this.host.index,
      workerPid: this.pid,
    };
  }

  /** Takes a call back that lies ready in it; it must not have begun, or nobody may care. */
  withdraw(call: Call, reason: CancelReason): void {
    this.line.remove(call);
    this.#calls.delete(call.id);
    this.active--;
    this.cancel(call, reason);
  }

  /** Takes back what it can no more begin, because the call before has run for too long. */
  reclaim(now: number): void {
    this.line.stall();
    const back: Call[] = [];
    for (let call = this.line.first; call !== null; call = this.line.first) {
      if (call.beginBy + LEASE_MARGIN_MS > now) break;
      this.withdraw(call, 'canceled');
      back.push(call);
    }
    this.#owner.advance!.callsReturned(back);
  }

  /** A gateway in another process calls it from now on; it must have room. */
  lend(call: Call): void {
    this.#nextId = (this.#nextId + 1) >>> 0;
    call.id = this.#nextId;
    call.worker = this;
    this.#calls.set(call.id, call);
    this.active++;
    this.lent++;
    this.usedAt = Date.now();
  }

  /** The end of {@link lend}. @param idleMs for so long nothing has run under it. */
  giveBack(call: Call, idleMs: number): void {
    if (this.#calls.get(call.id) === undefined) return;
    this.lent--;
    this.usedAt = Math.max(this.usedAt, Date.now() - idleMs);
    this.#release(call);
    if (this.active === 0) this.idleSince = this.usedAt;
  }

  /** The gateway that had borrowed it is gone; what it had begun may still run, until the process ends. */
  abandon(): void {
    this.orphans++;
    this.drain();
    if (this.active === this.orphans) this.stop(0);
  }

  /** Wants back what gateways keep. */
  recall(): void {
    if (this.lent === 0) return;
    for (const call of this.#calls.values()) if (call.kept) call.loan!.recall();
  }

  /** Another gateway has seen it answer. */
  noteServed(succeeded: boolean): void {
    this.served = true;
    if (succeeded) this.succeeded = true;
  }

  cancel(call: Call, reason: CancelReason): void {
    this.#link.send([MessageType.CANCEL, call.id, reason]);
  }

  credit(call: Call, bytes: number): void {
    this.#link.send([MessageType.CREDIT, call.id, bytes]);
  }

  /** @throws when it did not answer in time. */
  async ping(timeoutMs: number): Promise<void> {
    await this.#link.ping(timeoutMs);
    this.lastPong = Date.now();
  }

  /** No more calls; ends when the last is finished. */
  drain(): void {
    if (!this.live) return;
    this.expected = true;
    if (this.active === 0) this.stop();
    else {
      this.state = 'draining';
      this.recall();
    }
  }

  /** Ends it without waiting for its calls; the process may clean up behind itself. */
  stop(graceMs: number = STOP_GRACE_MS): void {
    if (this.state === 'gone') return;
    this.expected = true;
    this.state = 'stopping';
    this.#link.stop(graceMs);
    this.recall();
  }

  /** Ends it at once; its calls are answered with why. */
  kill(reason: 'timeout' | 'memory'): void {
    if (this.state === 'gone' || this.#killReason !== null) return;
    this.#killReason = reason;
    this.stop(0);
  }

  onStarted(pid: number): void {
    this.pid = pid;
    this.#owner.workerStarted(this);
  }

  onMessage(message: FromWorkerMessage): void {
    switch (message[0]) {
      case MessageType.HEAD: {
        const call = this.#calls.get(message[1]);
        if (call === undefined) return;
        const status = message[2];
        if (!this.succeeded && status < 500) {
          this.succeeded = true;
          call.info!.warmed = true;
        }
        this.served = true;
        const end = (message[4] & 1) === 1;
        // The slot first: whatever the listener does, it is given back.
        if (end) this.#release(call);
        call.onHead(status, message[3], message[4], message[5]);
        break;
      }
      case MessageType.CHUNK:
        this.#calls.get(message[1])?.onChunk(message[2]);
        break;
      case MessageType.END: {
        const call = this.#calls.get(message[1]);
        if (call === undefined) return;
        this.#release(call);
        call.onEnd();
        break;
      }
      case MessageType.ERROR: {
        const call = this.#calls.get(message[1]);
        if (call === undefined) return;
        if (message[2] === 'not_begun' && call.beginBy !== 0) {
          this.#refused(call);
          return;
        }
        this.served = true;
        this.#release(call);
        const text = this.#mask(message[3]);
        const debug = maskDebug(message[4], this.#mask);
        call.onError(message[2], text, debug);
        this.#explain(call, text, debug);
        break;
      }
      case MessageType.PROXY: {
        const call = this.#calls.get(message[1]);
        if (call === undefined) return;
        this.served = true;
        this.succeeded = true;
        this.#release(call);
        call.onProxy(message[2]);
        break;
      }
      case MessageType.OUTPUT: {
        const call = this.#calls.get(message[1]);
        const text = this.#mask(message[3]);
        this.#output(message[2], text, call?.invocation.id ?? null);
        call?.onOutput(message[2], text);
        break;
      }
      case MessageType.READY: {
        if (this.state !== 'starting') return;
        const info = message[1];
        this.state = 'ready';
        this.loaded = true;
        this.concurrency = info.concurrency;
        this.ahead = info.concurrency > 0 ? (info.ahead ?? 0) : 0;
        this.idleSince = Date.now();
        this.lastPong = this.idleSince;
        this.#owner.workerReady(this, info);
        break;
      }
      case MessageType.LOAD_ERROR:
        if (this.state !== 'starting') return;
        this.stop(LOAD_ERROR_GRACE_MS);
        this.#owner.workerFailedToLoad(this, {
          ...message[1],
          message: this.#mask(message[1].message),
          debug: maskDebug(message[1].debug, this.#mask),
        });
        break;
      case MessageType.FILES:
        this.#owner.workerFiles(this, message[1]);
        break;
      case MessageType.LEAVING:
        this.leave();
    }
  }

  /** It ends by itself: its calls may finish, and nobody need be alarmed. */
  leave(): void {
    if (this.state !== 'ready') return;
    this.expected = true;
    this.state = 'draining';
    this.recall();
    this.#owner.workerLosing(this);
    if (this.active === 0) this.stop();
  }

  onLog(stream: OutputStreamNumber, text: string): void {
    this.#output(stream, this.#mask(text), null);
  }

  onLosing(): void {
    if (this.state === 'gone' || this.state === 'stopping') return;
    const wasStarting = this.state === 'starting';
    this.state = 'stopping';
    this.recall();
    if (!wasStarting) this.#owner.workerLosing(this);
  }

  onGone(exit: WorkerExit): void {
    this.state = 'gone';
    if (this.line.size > 0) this.#clearLine(exit);
    const calls = this.#calls.values();
    this.#calls.clear();
    this.active = 0;
    if (calls.length > 0) {
      const error = this.#deathError(exit);
      for (const call of calls) call.fail(error);
    }
    this.#owner.workerGone(this, exit, calls);
  }

  #deathError(exit: WorkerExit): FastFnError {
    const { spec } = this.#owner;
    if (this.#killReason === 'memory') return memoryLimit(spec);
    if (exit.memoryLimitMb !== undefined) return memoryLimit(spec, exit.memoryLimitMb);
    // The call that ran over its deadline has its answer already; this is for those that shared its process.
    if (this.#killReason === 'timeout') return stoppedWithOther(spec);
    return workerCrashed(spec, exit);
  }

  #release(call: Call): void {
    if (this.ahead > 0 && call.loan === null) this.line.ended();
    this.#remove(call);
    this.#owner.callEnded(call, this);
  }

  /** It has ended here, one way or the other; if one lies ready behind it, that has begun. */
  #remove(call: Call): void {
    this.#calls.delete(call.id);
    this.active--;
    if (call.timedOut) this.overdue--;
    if (this.active === 0) this.idleSince = Date.now();
    else if (this.line.size > 0) this.#promote(this.line.shift()!);
  }

  #promote(call: Call): void {
    this.#begin(call, Date.now());
    this.#owner.advance!.callBegan(call);
  }

  /** The worker came to a call when it was too late to begin it, before we took it back. */
  #refused(call: Call): void {
    this.#remove(call);
    this.#owner.advance!.callsReturned([call]);
    if (this.state === 'draining' && this.active === this.orphans) this.stop();
  }

  /** Its process has ended. What it sent was read: only the call that ran had begun. */
  #clearLine(exit: WorkerExit): void {
    const back: Call[] = [];
    for (let call = this.line.shift(); call !== null; call = this.line.shift()) {
      // What was lost of what it sent may be the answers of calls before this one.
      if (exit.unheard) this.#promote(call);
      else {
        this.#calls.delete(call.id);
        back.push(call);
      }
    }
    this.#owner.advance!.callsReturned(back);
  }

  #sendRest(id: number, body: Uint8Array): void {
    for (let at = this.#maxInlineBody; at < body.length; at += this.#maxInlineBody) {
      const part = body.subarray(at, at + this.#maxInlineBody);
      this.#link.send([MessageType.INPUT, id, part, at + part.length >= body.length]);
    }
  }

  /** A line after the stack that the handler's failure left in the log. */
  #explain(call: Call, message: string, debug: DebugInfo | null | undefined): void {
    const hint = sandboxHint(this.#owner.spec.policy.strictFs, message, debug);
    if (hint !== null) this.#output(STDERR, `${hint}\n`, call.invocation.id);
  }

  #output(stream: OutputStreamNumber, text: string, requestId: string | null): void {
    const { runtime, name, version } = this.#owner.spec;
    const source = {
      runtime,
      name,
      version,
      stream: stream === STDOUT ? ('stdout' as const) : ('stderr' as const),
      requestId,
    };
    this.#owner.logger.output(source, text);
  }
}
