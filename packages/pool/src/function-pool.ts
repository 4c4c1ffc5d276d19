import {
  FastFnError,
  type FunctionSpec,
  type FunctionStatus,
  type Invocation,
  type Logger,
  type ResponseSink,
} from '@fastfn/core';
import type { LoadErrorInfo, ReadyInfo } from '@fastfn/protocol';
import { Admission, admissionRules, MAX_WAITING } from './admission.js';
import type { BackoffOptions } from './backoff.js';
import { Call, type CallOwner } from './call.js';
import type { DaemonGroup } from './daemon-group.js';
import type { Deadlines } from './deadlines.js';
import {
  crashLoop,
  describeExit,
  loadFailed,
  overflow,
  queueFull,
  queueTimeout,
  runtimeUnavailable,
  timedOut,
  waitedTooLong,
  warmingUp,
} from './errors.js';
import type { PoolEvent } from './events.js';
import { Generation } from './generation.js';
import type { MemoryWatch } from './memory-watch.js';
import type { Preparer } from './preparer.js';
import { FifoQueue } from './queue.js';
import { emptiest, idleTtl, warmFloor, workerCap, workersToStart } from './scaling.js';
import type { SocketDir } from './socket-dir.js';
import { type FunctionPart, fingerprint, startSpec, strictFsAllow } from './start-spec.js';
import { Worker, type WorkerOwner } from './worker.js';
import type { WorkerExit, WorkerHost } from './worker-host.js';

/** After its deadline a handler may take so long to end before its process is killed. SPEC §5, PROTOCOL.md §4. */
const CANCEL_GRACE_MS = 200;

/** It gets at least so long, should we ourselves have noticed late. */
const LEAST_GRACE_MS = 50;

/** A call waits for the daemon whose turn it is, when that has been starting a worker for no longer than this. */
const ROTATION_PATIENCE_MS = 150;

/** Counted since the pool was made. Shared by all functions. */
export interface MutableCounters {
  coldStarts: number;
  crashes: number;
  timeouts: number;
}

/** What the pool lends to each function. */
export interface FunctionPoolServices {
  readonly logger: Logger;
  readonly deadlines: Deadlines;
  readonly sockets: SocketDir;
  readonly memory: MemoryWatch;
  readonly preparer: Preparer;
  readonly counters: MutableCounters;
  readonly processEnv: NodeJS.ProcessEnv;
  readonly cores: number;
  readonly buildTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly backoff?: BackoffOptions;
  part(spec: FunctionSpec): FunctionPart;
  nextWorkerId(): string;
  emit(event: PoolEvent): void;
  /** A call came in / has really ended. */
  callBegan(): void;
  callEnded(): void;
}

/** Admission, queue and workers of one function. */
export class FunctionPool implements CallOwner, WorkerOwner {
  spec: FunctionSpec;
  readonly logger: Logger;
  readonly #services: FunctionPoolServices;
  readonly #group: DaemonGroup;
  readonly #admission: Admission;
  /** Waiting for admission. */
  readonly #queued = new FifoQueue<Call>();
  /** Admitted, waiting for a worker. */
  readonly #waiting = new FifoQueue<Call>();
  readonly #drops = { overflow: 0, timeout: 0 };
  #generation: Generation;
  /** Workers of older generations, finishing their calls. */
  readonly #old = new Set<Worker>();
  /** Index of the host that had the last call. */
  #lastHost = 0;
  #lastPing = 0;
  #overflowError: FastFnError | null = null;
  #tmp: string | null = null;
  /** Removed: finishes what it has. */
  #retired = false;

  constructor(spec: FunctionSpec, group: DaemonGroup, services: FunctionPoolServices) {
    this.spec = spec;
    this.logger = services.logger;
    this.#services = services;
    this.#group = group;
    this.#admission = new Admission(admissionRules(spec.policy));
    const part = services.part(spec);
    this.#generation = new Generation(
      part,
      fingerprint(part),
      this.#group.adapter.defaultConcurrency,
      services.backoff,
    );
    this.#begin(0);
  }

  get routing(): 'round_robin' | 'single' | 'in_process' {
    return this.#group.routing;
  }

  /** Every worker there is, of all generations. */
  get workers(): readonly Worker[] {
    return [...this.#generation.workers, ...this.#old];
  }

  get files(): ReadonlySet<string> {
    return this.#generation.files;
  }

  get status(): FunctionStatus {
    const { runtime, name, version, key } = this.spec;
    return {
      key,
      runtime,
      name,
      version,
      state: this.#warmth(Date.now()),
      workers: this.workers.map((worker) => worker.status),
      active: this.#admission.active - this.#waiting.size,
      queued: this.#queued.size + this.#waiting.size,
      queueDrops: { ...this.#drops },
      problem: this.#problem()?.message ?? null,
    };
  }

  /** Takes a call. The hot path: when a worker is free it is on its way before this returns. */
  invoke(invocation: Invocation, sink: ResponseSink): Call {
    const call = new Call(invocation, sink, this);
    const now = Date.now();
    if (this.#queued.size > 0 || !this.#admission.tryEnter()) {
      this.#enqueue(call, now);
      return call;
    }
    if (this.#waiting.size === 0) {
      const worker = this.#pick(now, true);
      if (worker !== null) {
        this.#services.callBegan();
        this.#dispatch(call, worker, now);
        return call;
      }
    }
    const refusal =
      this.spec.configError ?? this.#refusal(now) ?? (this.#waiting.size >= MAX_WAITING ? queueFull(this.spec) : null);
    if (refusal !== null) {
      this.#admission.leave();
      call.phase = 'ended';
      call.fail(refusal);
      return call;
    }
    this.#services.callBegan();
    this.#wait(call, now);
    this.#scaleUp(now);
    // More wait than workers are coming up: it has to wait for a busy one.
    const { concurrency, starting, preparing } = this.#generation;
    call.queued = !preparing && !this.#group.pending && this.#waiting.size > starting * concurrency && concurrency > 0;
    return call;
  }

  /**
   * Takes over a newer spec. Limits hold at once; when code or settings of a worker changed, calls from now on go to new
   * workers only, and the old ones finish what they have.
   * @param restart the code has changed, though the spec may not show it.
   */
  update(spec: FunctionSpec, restart: boolean): void {
    this.spec = spec;
    this.#admission.rules = admissionRules(spec.policy);
    this.#overflowError = null;
    const part = this.#services.part(spec);
    const print = fingerprint(part);
    if (restart || print !== this.#generation.fingerprint) this.#replace(part, print);
    this.#pump();
    this.#keepWarm(Date.now());
  }

  /** The function is gone: no new calls come; what is here is finished, then its workers end. */
  retire(): void {
    this.#retired = true;
    this.#endIfRetired();
  }

  /** True when nothing is left of a retired function. */
  get over(): boolean {
    return this.#retired && this.#admission.active === 0 && this.#queued.size === 0 && this.workers.length === 0;
  }

  /** Hosts came or went. */
  hostsChanged(): void {
    this.#pump();
    this.#keepWarm(Date.now());
  }

  /** Starts a worker when there is none. */
  prewarm(): void {
    if (this.#generation.live === 0) this.#startWorkers(1);
  }

  /** Regular housekeeping: what is idle for too long, what is to be kept warm, who does not come up. */
  sweep(now: number): void {
    const { workers } = this.#generation;
    if (workers.length > 0) {
      this.#reap(now);
      this.#ping(now);
      for (const worker of workers) {
        if (worker.state === 'starting' && now - worker.startedAt > this.#services.loadTimeoutMs) {
          this.#startFailed(`did not become ready within ${this.#services.loadTimeoutMs} ms`, now);
          worker.stop(0);
        }
      }
    }
    if (this.#waiting.size > 0) this.#pump();
    this.#keepWarm(now);
  }

  /** Ends the workers; answers everyone who still waits or runs with `error`. */
  abort(error: FastFnError): void {
    for (let call = this.#queued.first; call !== null; call = this.#queued.first) this.#drop(call, error);
    for (let call = this.#waiting.first; call !== null; call = this.#waiting.first) this.#drop(call, error);
    for (const worker of this.workers) {
      for (const call of worker.calls) {
        worker.cancel(call, 'shutdown');
        call.fail(error);
      }
      if (worker.active > 0) worker.stop(0);
      else worker.stop();
    }
  }

  /** Stops what goes on in the background; workers end with their daemons. */
  close(): void {
    this.#retired = true;
    this.#generation.abort.abort();
  }

  cancelCall(call: Call, reason: 'client_closed' | 'canceled'): void {
    if (call.phase === 'running') call.worker!.cancel(call, reason);
    else if (call.phase !== 'ended') {
      this.#forget(call);
      this.#pump();
    }
  }

  callDue(call: Call, now: number): void {
    switch (call.phase) {
      case 'queued':
        this.#drops.timeout++;
        this.#drop(call, queueTimeout(this.spec, this.#admission.rules));
        break;
      case 'waiting':
        this.#drop(call, this.#generation.preparing ? warmingUp(this.spec) : waitedTooLong(this.spec));
        break;
      case 'running':
        this.#overdue(call, now);
        break;
      case 'ended':
    }
  }

  callEnded(call: Call, worker: Worker): void {
    this.#settle(call);
    if (worker.state === 'draining' && worker.active === 0) worker.stop();
    const generation = this.#generation;
    if (generation.backoff.failures > 0 && worker.succeeded && generation.workers.includes(worker)) {
      generation.backoff.reset();
      generation.startError = null;
    }
    this.#pump();
  }

  workerStarted(worker: Worker): void {
    const { memoryMb } = this.spec.policy;
    if (memoryMb > 0) this.#services.memory.add(worker.pid, memoryMb * 1_048_576, () => worker.kill('memory'));
  }

  workerReady(worker: Worker, info: ReadyInfo): void {
    const generation = this.#generation;
    if (generation.workers.includes(worker)) {
      generation.concurrency = info.concurrency;
      generation.startError = null;
      generation.unreachable = 0;
      for (const file of info.files) generation.files.add(file);
    }
    this.#services.emit({ type: 'worker_ready', key: this.spec.key, pid: worker.pid, loadMs: info.load_ms });
    this.#pump();
  }

  workerFailedToLoad(worker: Worker, info: LoadErrorInfo): void {
    const generation = this.#generation;
    if (!generation.workers.includes(worker)) return;
    for (const file of info.files) generation.files.add(file);
    const error = loadFailed(info);
    generation.backoff.fail(Date.now());
    generation.startError = error;
    this.logger.log('error', `[${this.spec.runtime}] ${this.spec.key} could not be loaded: ${error.message}`, {
      function: this.spec.key,
      file: error.debug?.file,
      line: error.debug?.line,
    });
    this.#services.emit({ type: 'load_failed', key: this.spec.key, error });
    this.#pump();
  }

  workerFiles(worker: Worker, files: readonly string[]): void {
    if (!this.#generation.workers.includes(worker)) return;
    for (const file of files) this.#generation.files.add(file);
  }

  workerLosing(_worker: Worker): void {
    this.#pump();
  }

  workerGone(worker: Worker, exit: WorkerExit, calls: readonly Call[]): void {
    const { key, runtime } = this.spec;
    const { memory, emit, counters } = this.#services;
    const current = this.#generation.workers.includes(worker);
    const now = Date.now();
    this.#generation.remove(worker);
    this.#old.delete(worker);
    memory.remove(worker.pid);
    const reason = describeExit(exit);
    if (!worker.expected) {
      counters.crashes++;
      this.logger.log('warn', `[${runtime}] a worker of ${key} ${reason}`, { function: key, pid: worker.pid });
      if (current && !worker.loaded) this.#notStarted(worker, exit, now);
      else if (current && calls.length === 0 && exit.kind !== 'host_lost') this.#generation.backoff.fail(now);
    }
    emit({ type: 'worker_exited', key, pid: worker.pid, reason, expected: worker.expected });
    for (const call of calls) this.#settle(call);
    this.#pump();
    this.#endIfRetired();
  }

  // --- waiting -------------------------------------------------------------------------------------------------------

  #enqueue(call: Call, now: number): void {
    const { rules } = this.#admission;
    if (!this.#admission.mayQueue(this.#queued.size)) {
      this.#drops.overflow++;
      this.#overflowError ??= overflow(this.spec, rules);
      call.phase = 'ended';
      call.fail(this.#overflowError);
      return;
    }
    call.queued = true;
    this.#services.callBegan();
    this.#queued.push(call);
    const { deadline } = call.invocation;
    this.#services.deadlines.set(
      call,
      rules.queueTimeoutMs > 0 ? Math.min(deadline, now + rules.queueTimeoutMs) : deadline,
    );
  }

  #wait(call: Call, now: number): void {
    call.phase = 'waiting';
    this.#waiting.push(call);
    const { deadline } = call.invocation;
    const due = this.#generation.preparing ? Math.min(deadline, now + this.#services.buildTimeoutMs) : deadline;
    this.#services.deadlines.set(call, due);
  }

  /** Takes a call that no worker has out of everything, and answers it. */
  #drop(call: Call, error: FastFnError): void {
    this.#forget(call);
    call.fail(error);
  }

  #forget(call: Call): void {
    call.queue?.remove(call);
    if (call.phase === 'waiting') this.#admission.leave();
    call.phase = 'ended';
    this.#services.deadlines.remove(call);
    this.#services.callEnded();
    this.#endIfRetired();
  }

  /** A call that a worker had has ended. */
  #settle(call: Call): void {
    call.phase = 'ended';
    this.#services.deadlines.remove(call);
    this.#admission.leave();
    this.#services.callEnded();
    this.#endIfRetired();
  }

  /** Moves everyone on who can: from the queue into a slot, from there to a worker. */
  #pump(): void {
    if (this.#queued.size === 0 && this.#waiting.size === 0) return;
    const now = Date.now();
    while (this.#queued.size > 0 && this.#waiting.size < MAX_WAITING && this.#admission.tryEnter()) {
      this.#wait(this.#queued.shift()!, now);
    }
    while (this.#waiting.size > 0) {
      const worker = this.#pick(now, false);
      if (worker === null) break;
      this.#dispatch(this.#waiting.shift()!, worker, now);
    }
    if (this.#waiting.size > 0) this.#scaleUp(now);
  }

  #dispatch(call: Call, worker: Worker, now: number): void {
    call.phase = 'running';
    this.#lastHost = worker.host.index - 1;
    this.#services.deadlines.set(call, call.invocation.deadline);
    try {
      worker.invoke(call, now);
    } catch (error) {
      // It cannot be encoded: headers over the frame limit, or a context that is no data.
      this.#settle(call);
      call.fail(notSendable(this.spec, error));
    }
  }

  /**
   * The worker for the next call: of the daemon whose turn it is, else of the next one that has room; there the least busy.
   * @param patient nobody else waits, so a worker that is just coming up on the daemon whose turn it is may be waited for.
   */
  #pick(now: number, patient: boolean): Worker | null {
    const { workers } = this.#generation;
    if (workers.length === 1) return workers[0]!.hasRoom ? workers[0]! : null;
    const hosts = this.#group.hosts.length;
    let best: Worker | null = null;
    let bestDistance = hosts;
    let comingUp = hosts;
    for (const worker of workers) {
      const distance = hosts === 1 ? 0 : (worker.host.index - 2 - this.#lastHost + 2 * hosts) % hosts;
      if (worker.hasRoom) {
        if (best === null || distance < bestDistance || (distance === bestDistance && worker.active < best.active)) {
          best = worker;
          bestDistance = distance;
        }
      } else if (worker.state === 'starting' && now - worker.startedAt < ROTATION_PATIENCE_MS) {
        comingUp = Math.min(comingUp, distance);
      }
    }
    return patient && comingUp < bestDistance ? null : best;
  }

  /** Why a call that no worker can take now is not worth waiting; null when it is. */
  #refusal(now: number): FastFnError | null {
    const generation = this.#generation;
    const { prepareError, startError, backoff } = generation;
    const error = this.#group.refusal() ?? prepareError ?? (backoff.isWaiting(now) ? startError : null);
    return error !== null && generation.ready === 0 ? error : null;
  }

  /** {@link #refusal}, and what lasts although calls are let in to try again. */
  #problem(): FastFnError | null {
    const { prepareError, startError } = this.#generation;
    return this.spec.configError ?? this.#group.refusal() ?? prepareError ?? startError;
  }

  // --- workers -------------------------------------------------------------------------------------------------------

  /** Starts the workers that the waiting calls need, or answers these when there will be none. */
  #scaleUp(now: number): void {
    const generation = this.#generation;
    if (generation.preparing || this.#group.pending) return;
    const refusal = this.#refusal(now);
    if (refusal !== null) {
      // Another worker may still come up; when the last one has failed, we are here again.
      if (generation.live > 0 && this.#group.up.length > 0) return;
      for (let call = this.#waiting.first; call !== null; call = this.#waiting.first) this.#drop(call, refusal);
      return;
    }
    if (generation.backoff.isWaiting(now) && generation.ready > 0) return;
    const { concurrency, live, starting } = generation;
    const hosts = this.#group.up.length;
    const cap = workerCap({ policy: this.spec.policy, concurrency, hosts, cores: this.#services.cores });
    const count = workersToStart({ waiting: this.#waiting.size, live, starting, concurrency, hosts, cap });
    if (count > 0) this.#startWorkers(count);
    else if (starting === 0 && concurrency > 0) this.#handOutAhead(now);
  }

  /** All processes there may be are busy: quick ones get calls in advance, the emptiest first. */
  #handOutAhead(now: number): void {
    while (this.#waiting.size > 0) {
      let emptiest: Worker | null = null;
      for (const worker of this.#generation.workers) {
        if (worker.takesAhead && (emptiest === null || worker.active < emptiest.active)) emptiest = worker;
      }
      if (emptiest === null) return;
      this.#dispatch(this.#waiting.shift()!, emptiest, now);
    }
  }

  #startWorkers(count: number): void {
    const generation = this.#generation;
    const hosts = this.#group.up;
    if (hosts.length === 0 || generation.prepared === null) return;
    const counts = hosts.map(
      (host) => generation.workers.filter((worker) => worker.host === host && worker.live).length,
    );
    const cursor = hosts.findIndex((host) => host.index - 1 === this.#lastHost);
    for (let i = 0; i < count; i++) {
      const index = emptiest(counts, Math.max(cursor, 0));
      counts[index]!++;
      this.#startWorker(hosts[index]!);
    }
  }

  #startWorker(host: WorkerHost): void {
    const generation = this.#generation;
    const { sockets, counters, processEnv } = this.#services;
    this.#tmp ??= sockets.makeTmp();
    counters.coldStarts++;
    const spec = startSpec(generation.part, {
      socket: sockets.workerSocket(),
      tmp: this.#tmp,
      prepared: generation.prepared!,
      allow: strictFsAllow(processEnv, this.spec.root),
    });
    generation.workers.push(new Worker(host, this.#services.nextWorkerId(), spec, generation.concurrency, this));
  }

  /** A worker ended before it was ready. */
  #notStarted(worker: Worker, exit: WorkerExit, now: number): void {
    const generation = this.#generation;
    if (exit.kind === 'host_lost') return;
    if (exit.kind === 'unreachable') {
      // The next healthy daemon gets a try, once.
      this.#lastHost = worker.host.index - 1;
      if (generation.unreachable++ === 0 && this.#group.up.length > 1) return;
      generation.backoff.fail(now);
      generation.startError = runtimeUnavailable(
        this.spec.runtime,
        `The worker of ${this.spec.name} ${describeExit(exit)}.`,
      );
      return;
    }
    this.#startFailed(describeExit(exit), now);
  }

  #startFailed(reason: string, now: number): void {
    const generation = this.#generation;
    const delay = generation.backoff.fail(now);
    generation.startError = crashLoop(this.spec, reason, delay);
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

  #reap(now: number): void {
    const { policy } = this.spec;
    const ttl = idleTtl(policy);
    let spare = this.#generation.live - warmFloor(policy);
    // Newest first: the oldest are the ones that `#pick` prefers.
    const { workers } = this.#generation;
    for (let i = workers.length - 1; i >= 0 && spare > 0; i--) {
      const worker = workers[i]!;
      if (worker.state !== 'ready' || worker.active > 0 || now - worker.idleSince < ttl) continue;
      worker.stop();
      spare--;
    }
  }

  #keepWarm(now: number): void {
    if (this.#retired || this.spec.configError !== null || !this.#group.settled) return;
    const missing = warmFloor(this.spec.policy) - this.#generation.live;
    if (missing > 0 && !this.#generation.backoff.isWaiting(now)) this.#startWorkers(missing);
  }

  #ping(now: number): void {
    const { keepWarm } = this.spec.policy;
    if (!keepWarm.enabled || now - this.#lastPing < keepWarm.pingEveryMs) return;
    this.#lastPing = now;
    for (const worker of this.#generation.workers) {
      // No answer is no fault: a language that runs one call at a time may be busy. `stale` tells of it.
      if (worker.state === 'ready') worker.ping(keepWarm.pingEveryMs).catch(() => {});
    }
  }

  #warmth(now: number): 'warm' | 'stale' | 'cold' {
    if (this.#generation.ready === 0) return 'cold';
    const { keepWarm } = this.spec.policy;
    if (!keepWarm.enabled) return 'warm';
    const last = Math.max(...this.#generation.workers.map((worker) => worker.lastPong));
    return now - last > 2 * keepWarm.pingEveryMs ? 'stale' : 'warm';
  }

  // --- generations ---------------------------------------------------------------------------------------------------

  #replace(part: FunctionPart, print: string): void {
    const old = this.#generation;
    old.abort.abort();
    const served = new Set<WorkerHost>();
    for (const worker of old.workers) {
      if (worker.live) served.add(worker.host);
      this.#old.add(worker);
    }
    this.#generation = new Generation(part, print, old.concurrency, this.#services.backoff);
    this.#begin(served.size);
    // Only now: a worker without calls ends at once, and tells us.
    for (const worker of [...old.workers]) worker.drain();
  }

  /**
   * Prepares the current generation.
   * @param warm workers to start as soon as that is done, for calls that will surely come.
   */
  #begin(warm: number): void {
    const generation = this.#generation;
    const { spec } = this;
    generation.files.add(spec.entry);
    if (spec.configError !== null) return;
    this.#services.preparer.prepare(this.#group, spec, generation.abort.signal, {
      done: (prepared) => {
        generation.prepared = prepared;
        if (this.#generation === generation) this.#prepared(generation, warm);
      },
      failed: (error) => {
        generation.prepareError = error;
        if (this.#generation === generation) this.#pump();
      },
    });
  }

  #prepared(generation: Generation, warm: number): void {
    for (let call = this.#waiting.first; call !== null; call = call.queueNext) {
      this.#services.deadlines.set(call, call.invocation.deadline);
    }
    const missing = warm - generation.live;
    if (missing > 0) this.#startWorkers(missing);
    this.#pump();
    this.#keepWarm(Date.now());
  }

  #endIfRetired(): void {
    if (!this.#retired || this.#admission.active > 0 || this.#queued.size > 0) return;
    this.#generation.abort.abort();
    for (const worker of [...this.#generation.workers]) worker.drain();
  }
}

function notSendable(fn: FunctionSpec, cause: unknown): FastFnError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FastFnError('internal_error', `The call could not be handed to ${fn.name}: ${reason}`, { cause });
}
