import {
  type FunctionSpec,
  type Invocation,
  type InvocationHandle,
  type InvocationInfo,
  type Invoker,
  type Logger,
  type PoolStatus,
  type ResponseSink,
  type Runtime,
  silentLogger,
} from '@fastfn/core';
import { admissionRules } from '../admission.js';
import { Call } from '../call.js';
import { Deadlines } from '../deadlines.js';
import { shuttingDown, unknownFunction } from '../errors.js';
import { createPool, type Pool, type PoolOptions, type UpdateOptions } from '../pool.js';
import { given } from '../start-spec.js';
import type { Worker } from '../worker.js';
import type { WorkerExit } from '../worker-host.js';
import { BorrowedFunction } from './borrowed-function.js';
import type { Packet } from './channel.js';
import { type ErrorData, unpackError } from './error-data.js';
import { LocalCall } from './local-call.js';
import * as Type from './packets.js';

/** Distance of two rounds of housekeeping, ms. */
const SWEEP_MS = 50;

/** Of so many rounds, one tells the primary which workers were called. */
const SWEEPS_PER_REPORT = 5;

export interface BorrowingPoolOptions
  extends Pick<PoolOptions, 'runtimes' | 'maxFrameBytes' | 'processEnv' | 'secrets' | 'loadTimeoutMs'> {
  /** Of the runtimes that run inside this process; the others' workers belong to the primary. */
  readonly local: Pick<PoolOptions, 'adapters' | 'inProcess'>;
  readonly socketDir: string;
  readonly drainMs: number;
  /** Which of the gateways this is, from 0: turns over daemons begin at different ones. */
  readonly index: number;
  readonly logger?: Logger;
  /** To the primary, in order. */
  send(packet: Packet): void;
}

/** The pool of a gateway process: calls workers that the primary's pool owns. */
export interface BorrowingPool extends Invoker {
  /** Starts what runs inside this process. */
  start(): Promise<void>;
  /** Takes over a new set of functions, as the primary's pool has done. */
  update(functions: readonly FunctionSpec[], options?: UpdateOptions): void;
  /** True when the packet was the pool's. */
  receive(packet: Packet): boolean;
  /** Of the runtimes that run inside this process. */
  status(): PoolStatus;
  /** Tells the primary now, and not only every so often, which workers are called. */
  report(): void;
  /** Takes no new calls, lets running ones finish for `drainMs`, gives everything back. Idempotent. */
  close(): Promise<void>;
}

/** Makes the pool of a gateway process; its counterpart is {@link Pool.lendTo}. */
export function createBorrowingPool(options: BorrowingPoolOptions): BorrowingPool {
  return new GatewayPool(options);
}

class GatewayPool implements BorrowingPool {
  readonly #options: BorrowingPoolOptions;
  readonly #logger: Logger;
  readonly #deadlines = new Deadlines();
  readonly #local: Pool;
  readonly #localRuntimes: ReadonlySet<Runtime>;
  readonly #timer: NodeJS.Timeout;
  /** Functions of the primary's workers. */
  #functions = new Map<string, BorrowedFunction>();
  /** Removed ones with calls. */
  readonly #retired = new Set<BorrowedFunction>();
  /** Functions of this process, by key. */
  #localSpecs = new Map<string, FunctionSpec>();
  readonly #asks = new Map<number, BorrowedFunction | LocalCall>();
  readonly #workers = new Map<string, { worker: Worker; fn: BorrowedFunction }>();
  /** The grants that calls of this process run under. */
  readonly #slots = new Map<Invocation, number>();
  readonly #toldFiles = new Map<string, number>();
  #lastAsk = 0;
  #inFlight = 0;
  #sweeps = 0;
  #reportedAt = Date.now();
  #onIdle: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: BorrowingPoolOptions) {
    const { local, socketDir, drainMs, maxFrameBytes, processEnv, secrets, loadTimeoutMs, logger } = options;
    this.#options = options;
    this.#logger = logger ?? silentLogger;
    this.#localRuntimes = new Set(local.adapters.map(({ runtime }) => runtime));
    this.#local = createPool({
      ...local,
      socketDir,
      drainMs,
      maxFrameBytes,
      processEnv,
      secrets,
      loadTimeoutMs,
      logger,
      admittedElsewhere: true,
      onCallEnded: (invocation) => this.#freeSlot(invocation),
    });
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#timer.unref();
  }

  start(): Promise<void> {
    return this.#local.start();
  }

  update(functions: readonly FunctionSpec[], options?: UpdateOptions): void {
    const before = this.#functions;
    const next = new Map<string, BorrowedFunction>();
    const local: FunctionSpec[] = [];
    for (const spec of functions) {
      if (this.#localRuntimes.has(spec.runtime)) local.push(spec);
      else {
        const fn = before.get(spec.key);
        fn?.update(spec);
        next.set(spec.key, fn ?? this.#newFunction(spec));
      }
    }
    this.#functions = next;
    this.#localSpecs = new Map(local.map((spec) => [spec.key, spec]));
    for (const key of this.#toldFiles.keys()) if (!this.#localSpecs.has(key)) this.#toldFiles.delete(key);
    this.#local.update(local, options);
    for (const [key, fn] of before) {
      if (next.has(key)) continue;
      fn.giveAllBack();
      if (!fn.idle) this.#retired.add(fn);
    }
  }

  invoke(invocation: Invocation, sink: ResponseSink): InvocationHandle {
    const { key } = invocation.fn;
    const fn = this.#functions.get(key);
    if (fn !== undefined && this.#closing === null) return fn.invoke(invocation, sink);
    const local = this.#localSpecs.get(key);
    if (local !== undefined && this.#closing === null) {
      return admissionRules(local.policy).limit === 0
        ? this.#local.invoke(invocation, sink)
        : this.#invokeWithSlot(invocation, sink);
    }
    sink.onError(this.#closing === null ? unknownFunction(key) : shuttingDown(), NOT_SERVED);
    return NOTHING_TO_CANCEL;
  }

  receive(packet: Packet): boolean {
    const [type, first, second, third] = packet;
    switch (type) {
      case Type.Grant:
        this.#granted(first as number, second as string, third as number);
        return true;
      case Type.Refuse: {
        const waiter = this.#asks.get(first as number);
        this.#asks.delete(first as number);
        const error = unpackError(second as ErrorData);
        if (waiter instanceof LocalCall) {
          this.#ended();
          waiter.refuse(error);
        } else waiter?.refused(first as number, error);
        return true;
      }
      case Type.Known: {
        const info = second as Type.WorkerInfo;
        const fn = this.#functions.get(info.key) ?? this.#revive(info.key);
        if (fn !== null) this.#workers.set(first as string, { worker: fn.introduce(first as string, info), fn });
        return true;
      }
      case Type.Pressed:
        this.#functions.get(first as string)?.pressed(second as number, third as number);
        return true;
    }
    if (type < Type.Grant || type > Type.Paused) return false;
    const known = this.#workers.get(first as string);
    if (known === undefined) return true;
    const { worker, fn } = known;
    switch (type) {
      case Type.Recall:
        fn.recalled(worker);
        break;
      case Type.Gone:
        fn.gone(worker, toExit(second as Record<string, unknown>), third as 'timeout' | 'memory' | null);
        break;
      case Type.Paused:
        fn.paused(worker, second as number);
    }
    return true;
  }

  status(): PoolStatus {
    return this.#local.status();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const functions = [...this.#functions.values(), ...this.#retired];
    await Promise.all([this.#drained(), this.#local.close()]);
    for (const fn of functions) fn.giveAllBack();
    for (const fn of functions) fn.abort(shuttingDown());
    clearInterval(this.#timer);
    this.#deadlines.close();
  }

  #drained(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.drainMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #newFunction(spec: FunctionSpec): BorrowedFunction {
    return new BorrowedFunction(spec, {
      deadlines: this.#deadlines,
      logger: this.#logger,
      firstHost: this.#options.index,
      send: this.#options.send,
      given: (fn) => {
        const { processEnv = process.env, secrets } = this.#options;
        return given(fn, { processEnv, secrets: secrets?.(fn) ?? {} });
      },
      nextAsk: (fn) => {
        const ask = this.#nextAsk();
        this.#asks.set(ask, fn);
        return ask;
      },
      forgetAsk: (ask) => this.#asks.delete(ask),
      callBegan: () => {
        this.#inFlight++;
      },
      callEnded: () => {
        if (--this.#inFlight === 0) this.#onIdle?.();
      },
      workerGone: (worker) => this.#workers.delete(worker.id),
    });
  }

  /** A function that was removed here while the primary answered it. */
  #revive(key: string): BorrowedFunction | null {
    for (const fn of this.#retired) if (fn.spec.key === key) return fn;
    return null;
  }

  #nextAsk(): number {
    this.#lastAsk = this.#lastAsk >= 0xffff_fff0 ? 1 : this.#lastAsk + 1;
    return this.#lastAsk;
  }

  #granted(ask: number, id: string, flags: number): void {
    const waiter = this.#asks.get(ask);
    this.#asks.delete(ask);
    if (id === '') {
      if (waiter instanceof LocalCall) this.#startLocal(waiter, (flags & Type.QUEUED) !== 0);
      else this.#options.send([Type.Done, ask]);
      return;
    }
    const known = this.#workers.get(id);
    if (known !== undefined) known.fn.granted(ask, known.worker, flags);
    // Its function is gone here, too.
    else this.#options.send((flags & Type.KEPT) !== 0 ? [Type.Return, id, 0, 0] : [Type.Done, ask]);
  }

  #invokeWithSlot(invocation: Invocation, sink: ResponseSink): InvocationHandle {
    const ask = this.#nextAsk();
    const call = new LocalCall(ask, invocation, sink, ({ ask }) => {
      this.#asks.delete(ask);
      this.#options.send([Type.Unask, ask]);
      this.#ended();
    });
    this.#inFlight++;
    this.#asks.set(ask, call);
    this.#options.send([Type.Ask, ask, invocation.fn.key, invocation.deadline]);
    return call;
  }

  #startLocal(call: LocalCall, queued: boolean): void {
    const { invocation, ask } = call;
    this.#slots.set(invocation, ask);
    const handle = call.start(queued, (of, sink) => this.#local.invoke(of, sink));
    // Refused on the spot: then nobody tells of its end.
    if (!(handle instanceof Call) || handle.phase === 'ended') this.#freeSlot(invocation);
  }

  #freeSlot(invocation: Invocation): void {
    const ask = this.#slots.get(invocation);
    if (ask === undefined) return;
    this.#slots.delete(invocation);
    this.#options.send([Type.Done, ask]);
    this.#ended();
  }

  #ended(): void {
    if (--this.#inFlight === 0) this.#onIdle?.();
  }

  #sweep(): void {
    for (const fn of this.#functions.values()) fn.trim();
    for (const fn of this.#retired) {
      fn.trim();
      if (fn.idle) this.#retired.delete(fn);
    }
    if (++this.#sweeps % SWEEPS_PER_REPORT === 0) this.report();
  }

  report(): void {
    const used: unknown[] = [];
    for (const fn of this.#functions.values()) fn.collectUse(used, this.#reportedAt);
    this.#reportedAt = Date.now();
    if (used.length > 0) this.#options.send([Type.Used, ...used]);
    for (const key of this.#localSpecs.keys()) {
      const files = this.#local.filesOf(key);
      if (files.length === (this.#toldFiles.get(key) ?? 1)) continue;
      this.#toldFiles.set(key, files.length);
      this.#options.send([Type.Files, key, files]);
    }
  }
}

function toExit({ kind, exitCode, signal, message, memoryLimitMb }: Record<string, unknown>): WorkerExit {
  const exit = { kind, exitCode, signal, message } as WorkerExit;
  return typeof memoryLimitMb === 'number' ? { ...exit, memoryLimitMb } : exit;
}

const NOTHING_TO_CANCEL: InvocationHandle = { cancel() {}, credit() {} };

/** Of a function that is not there. */
const NOT_SERVED: InvocationInfo = {
  state: 'cold',
  warmed: false,
  queued: false,
  routing: 'single',
  socketIndex: 0,
  workerPid: 0,
};
