import type { FastFnError, FunctionSpec, Logger } from '@fastfn/core';
import type { LoadErrorInfo, ReadyInfo } from '@fastfn/protocol';
import type { BackoffOptions } from './backoff.js';
import type { Call } from './call.js';
import type { DaemonGroup } from './daemon-group.js';
import { crashLoop, describeExit, loadFailed, runtimeUnavailable } from './errors.js';
import type { PoolEvent } from './events.js';
import { Generation } from './generation.js';
import type { MemoryWatch } from './memory-watch.js';
import type { Preparer } from './preparer.js';
import { sandboxHint } from './sandbox/hint.js';
import type { SandboxPlanner } from './sandbox/planner.js';
import { emptiest, idleTtl, warmFloor, workerCap, workersToStart } from './scaling.js';
import type { SocketDir } from './socket-dir.js';
import { type FunctionPart, fingerprint, startSpec } from './start-spec.js';
import { Succession, type SuccessionListener } from './succession.js';
import { type Advance, Worker, type WorkerOwner } from './worker.js';
import type { WorkerExit, WorkerHost } from './worker-host.js';

/** A call waits for the daemon whose turn it is, when that has been starting a worker for no longer than this. */
const ROTATION_PATIENCE_MS = 150;

/** Counted since the pool was made. Shared by all functions. */
export interface MutableCounters {
  coldStarts: number;
  crashes: number;
  timeouts: number;
}

/** What the pool lends to the workforce of each function. */
export interface WorkforceServices {
  readonly logger: Logger;
  readonly sockets: SocketDir;
  readonly sandbox: SandboxPlanner;
  readonly memory: MemoryWatch;
  readonly preparer: Preparer;
  readonly counters: MutableCounters;
  readonly cores: number;
  readonly loadTimeoutMs: number;
  readonly backoff?: BackoffOptions;
  /** Gateways in other processes, which call our workers too. */
  readonly lender: WorkforceWatcher;
  part(spec: FunctionSpec): FunctionPart;
  nextWorkerId(): string;
  emit(event: PoolEvent): void;
}

/** Who is told of the workers of all functions. */
export interface WorkforceWatcher {
  workerReady(workforce: Workforce, worker: Worker): void;
  /** Its calls have been answered, their slots are still taken. */
  workerGone(worker: Worker, exit: WorkerExit): void;
}

export interface WorkforceListener extends Advance {
  /** A worker may be free now, or none may come any more. */
  workersChanged(): void;
  /** Dependencies and build are ready. */
  prepared(): void;
  /** A call that a worker had has really ended. */
  callEnded(call: Call): void;
}

/**
 * The workers of one function: prepared, started where there is room, replaced when the code changes or they die, ended when
 * idle. Who gets them is the caller's business. Calls see the workers of the newest generation only.
 */
export class Workforce implements WorkerOwner, SuccessionListener {
  spec: FunctionSpec;
  readonly logger: Logger;
  readonly #services: WorkforceServices;
  readonly #group: DaemonGroup;
  readonly #listener: WorkforceListener;
  readonly #succession: Succession;
  /** Workers of older generations, finishing their calls. */
  readonly #old = new Set<Worker>();
  /** Index in the group's hosts of the one that had the last call. */
  #lastHost = 0;
  #lastPing = 0;
  /** Temp folders of the workers, removed at their ends. */
  readonly #tmps = new Map<Worker, string>();
  #closed = false;

  constructor(spec: FunctionSpec, group: DaemonGroup, services: WorkforceServices, listener: WorkforceListener) {
    this.spec = spec;
    this.logger = services.logger;
    this.#services = services;
    this.#group = group;
    this.#listener = listener;
    const part = services.part(spec);
    const first = new Generation(part, fingerprint(part), group.adapter.defaultConcurrency, services.backoff);
    this.#succession = new Succession(first, group, services.preparer, this);
    this.#succession.begin(spec);
  }

  get advance(): Advance {
    return this.#listener;
  }

  get #generation(): Generation {
    return this.#succession.current;
  }

  get routing(): 'round_robin' | 'single' | 'in_process' {
    return this.#group.routing;
  }

  /** Every worker there is, of all generations. */
  get all(): readonly Worker[] {
    return [...this.#generation.workers, ...this.#old];
  }

  /** Those that new calls may go to. */
  get current(): readonly Worker[] {
    return this.#generation.workers;
  }

  get files(): ReadonlySet<string> {
    return this.#succession.files;
  }

  /** Files that would matter if they were there. */
  get absent(): ReadonlySet<string> {
    return this.#succession.newest.absent;
  }

  /** Calls one worker can run at once, as far as known; 0 = any number. */
  get concurrency(): number {
    return this.#generation.concurrency;
  }

  /** Dependencies or build are not ready. */
  get preparing(): boolean {
    return this.#generation.preparing;
  }

  /**
   * Calls that those workers will take which are starting now; Infinity when that is any number, or when nothing has been
   * decided yet.
   */
  get comingRoom(): number {
    const { concurrency, preparing, starting } = this.#generation;
    return preparing || this.#succession.pending || this.#group.pending || concurrency === 0
      ? Number.POSITIVE_INFINITY
      : starting * concurrency;
  }

  /** What is wrong, also while calls are let in to try again. */
  get problem(): FastFnError | null {
    const { prepareError, startError } = this.#generation;
    return this.spec.configError ?? this.#group.refusal() ?? prepareError ?? startError;
  }

  /** A worker that is loaded has answered before. */
  get served(): boolean {
    return this.#generation.workers.some((worker) => worker.served);
  }

  warmth(now: number): 'warm' | 'stale' | 'cold' {
    if (this.#generation.ready === 0) return 'cold';
    const { keepWarm } = this.spec.policy;
    if (!keepWarm.enabled) return 'warm';
    const last = Math.max(...this.#generation.workers.map((worker) => worker.lastPong));
    return now - last > 2 * keepWarm.pingEveryMs ? 'stale' : 'warm';
  }

  /**
   * The worker for the next call: of the daemon whose turn it is, else of the next one that has room; there the least busy.
   * @param patient nobody else waits, so a worker that is just coming up on the daemon whose turn it is may be waited for.
   */
  pick(now: number, patient: boolean): Worker | null {
    if (this.#succession.isHolding(now)) return null;
    const { workers } = this.#generation;
    if (workers.length === 1) return workers[0]!.hasRoom ? workers[0]! : null;
    const hosts = this.#group.hosts.length;
    let best: Worker | null = null;
    let bestDistance = hosts;
    let comingUp = hosts;
    for (const worker of workers) {
      const distance = (worker.host.index - 2 - this.#lastHost + 2 * hosts) % hosts;
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

  /** A worker that takes a call in advance, when all are busy and no more will be started. */
  pickAhead(): Worker | null {
    const { workers, concurrency, starting } = this.#generation;
    // Where calls run side by side in a worker, none lies behind another.
    if (concurrency !== 1 || starting > 0 || this.#succession.pending) return null;
    let best: Worker | null = null;
    for (const worker of workers) {
      if (worker.takesAhead && (best === null || worker.active < best.active)) best = worker;
    }
    return best;
  }

  /** A worker was given a call: the next daemon is on turn. */
  turn(worker: Worker): void {
    this.#lastHost = worker.host.index - 1;
  }

  /** Why no call is worth waiting for a worker; null when it is. */
  refusal(now: number): FastFnError | null {
    const { ready, prepareError, startError, backoff } = this.#generation;
    if (ready > 0) return null;
    return (
      this.spec.configError ?? this.#group.refusal() ?? prepareError ?? (backoff.isWaiting(now) ? startError : null)
    );
  }

  /**
   * Starts as many workers as `waiting` calls need and rules allow.
   * @returns an error when there is none and none will come: answer them with it.
   */
  scaleUp(waiting: number, now: number): FastFnError | null {
    const generation = this.#generation;
    if (generation.preparing || this.#group.pending || this.#succession.isHolding(now)) return null;
    const refusal = this.refusal(now);
    // When another worker may still come up, we are here again after the last one has failed.
    if (refusal !== null) return generation.live > 0 && this.#group.up.length > 0 ? null : refusal;
    if (generation.ready > 0 && generation.backoff.isWaiting(now)) return null;
    const { concurrency, live, starting } = generation;
    const count = workersToStart({
      waiting,
      live,
      starting,
      concurrency,
      hosts: this.#group.up.length,
      cap: this.#cap(),
    });
    if (count > 0) this.#start(count);
    return null;
  }

  /** Takes over a newer spec; makes a new generation when code or settings of its workers changed. */
  update(spec: FunctionSpec, restart: boolean): void {
    this.spec = spec;
    const part = this.#services.part(spec);
    const print = fingerprint(part);
    if (restart || print !== this.#succession.newest.fingerprint) this.#replace(part, print);
    this.#keepWarm(Date.now());
  }

  /** Hosts came or went. */
  hostsChanged(): void {
    this.#keepWarm(Date.now());
    this.#spread();
  }

  /** Starts a worker when there is none. */
  prewarm(): void {
    if (this.#generation.live === 0) this.#start(1);
  }

  /** Regular housekeeping: what is idle for too long, what is to be kept warm, who does not come up. */
  sweep(now: number): void {
    const { loadTimeoutMs } = this.#services;
    this.#reap(now);
    this.#ping(now);
    for (const worker of [...this.#generation.workers]) {
      if (worker.state !== 'starting' || now - worker.startedAt <= loadTimeoutMs) continue;
      this.#startFailed(`did not become ready within ${loadTimeoutMs} ms`, now);
      worker.stop(0);
      this.#listener.workersChanged();
    }
    this.#keepWarm(now);
  }

  /** Starts nothing any more, and stops preparing. */
  close(): void {
    this.#closed = true;
    this.#succession.close();
  }

  /** Ends each worker as soon as its calls have ended. */
  drain(): void {
    for (const worker of [...this.#generation.workers]) worker.drain();
  }

  callEnded(call: Call, worker: Worker): void {
    if (worker.state === 'draining' && worker.active === worker.orphans) {
      if (worker.orphans > 0) worker.stop(0);
      else worker.stop();
    }
    this.#learn(worker);
    this.#listener.callEnded(call);
    this.#listener.workersChanged();
  }

  /** A worker was seen to answer by a gateway in another process. */
  workerServed(worker: Worker, succeeded: boolean): void {
    worker.noteServed(succeeded);
    this.#learn(worker);
  }

  /** A worker that had to be left alone takes calls again. */
  workerFree(): void {
    this.#listener.workersChanged();
  }

  #learn(worker: Worker): void {
    const generation = this.#generation;
    if (generation.backoff.failures > 0 && worker.succeeded && generation.workers.includes(worker)) {
      generation.backoff.reset();
      generation.startError = null;
    }
  }

  workerStarted(worker: Worker): void {
    const { memoryMb } = this.spec.policy;
    // What shares our process bounds itself: its pid would be our own.
    if (memoryMb > 0 && this.routing !== 'in_process')
      this.#services.memory.add(worker.pid, memoryMb * 1_048_576, () => worker.kill('memory'));
  }

  workerReady(worker: Worker, info: ReadyInfo): void {
    const generation = this.#generation;
    if (generation.workers.includes(worker)) {
      generation.concurrency = info.concurrency;
      generation.startError = null;
      generation.unreachable = 0;
      for (const file of info.files) generation.files.add(file);
    }
    if (this.spec.policy.strictFs && info.sandbox !== undefined) this.#group.confined(info.sandbox);
    this.#services.emit({ type: 'worker_ready', key: this.spec.key, pid: worker.pid, loadMs: info.load_ms });
    this.#listener.workersChanged();
    this.#services.lender.workerReady(this, worker);
  }

  workerFailedToLoad(worker: Worker, info: LoadErrorInfo): void {
    const generation = this.#generation;
    if (!generation.workers.includes(worker)) return;
    for (const file of info.files) generation.files.add(file);
    const hint = sandboxHint(this.spec.policy.strictFs, info.message, info.debug);
    const error = loadFailed(info, hint);
    generation.backoff.fail(Date.now());
    generation.startError = error;
    const { file, line } = error.debug ?? {};
    const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
    this.logger.log('error', `[${this.spec.runtime}] ${this.spec.key} could not be loaded: ${error.message}${place}`, {
      function: this.spec.key,
      file,
      line,
    });
    if (hint !== null) this.logger.log('info', `[${this.spec.runtime}] ${this.spec.key}: ${hint}`, {});
    this.#services.emit({ type: 'load_failed', key: this.spec.key, error });
    this.#listener.workersChanged();
  }

  workerFiles(worker: Worker, files: readonly string[]): void {
    if (this.#generation.workers.includes(worker)) this.addFiles(files);
  }

  /** Files that code of the present generation has loaded, in whichever process. */
  addFiles(files: readonly string[]): void {
    for (const file of files) this.#generation.files.add(file);
  }

  workerLosing(): void {
    this.#listener.workersChanged();
  }

  workerGone(worker: Worker, exit: WorkerExit, calls: readonly Call[]): void {
    const { key, runtime } = this.spec;
    const { memory, emit, counters } = this.#services;
    const generation = this.#generation;
    const current = generation.workers.includes(worker);
    generation.remove(worker);
    this.#old.delete(worker);
    memory.remove(worker.pid);
    const tmp = this.#tmps.get(worker);
    if (tmp !== undefined) this.#services.sockets.removeTmp(tmp);
    this.#tmps.delete(worker);
    const reason = describeExit(exit);
    if (!worker.expected) {
      counters.crashes++;
      this.logger.log('warn', `[${runtime}] a worker of ${key} ${reason}`, { function: key, pid: worker.pid });
      if (current) this.#diedByItself(worker, exit, calls.length);
    }
    emit({ type: 'worker_exited', key, pid: worker.pid, reason, expected: worker.expected });
    this.#services.lender.workerGone(worker, exit);
    for (const call of calls) this.#listener.callEnded(call);
    this.#listener.workersChanged();
  }

  #diedByItself(worker: Worker, exit: WorkerExit, calls: number): void {
    const now = Date.now();
    const generation = this.#generation;
    // The daemon's fall is not the function's fault.
    if (exit.kind === 'host_lost') return;
    if (worker.loaded) {
      // In a call it is the call's misfortune. While idle, it must not be respawned in a storm to keep it warm.
      if (calls === 0) generation.backoff.fail(now);
    } else if (exit.kind === 'unreachable') {
      // The next healthy daemon gets a try, once.
      this.turn(worker);
      if (generation.unreachable++ === 0 && this.#group.up.length > 1) return;
      generation.backoff.fail(now);
      const reason = `The worker of ${this.spec.name} ${describeExit(exit)}.`;
      generation.startError = runtimeUnavailable(this.spec.runtime, reason);
    } else this.#startFailed(describeExit(exit), now);
  }

  #startFailed(reason: string, now: number): void {
    const delay = this.#generation.backoff.fail(now);
    this.#generation.startError = crashLoop(this.spec, reason, delay);
  }

  #cap(): number {
    const { concurrency } = this.#generation;
    return workerCap({
      policy: this.spec.policy,
      concurrency,
      hosts: this.#group.up.length,
      cores: this.#services.cores,
    });
  }

  #start(count: number): void {
    const { workers } = this.#generation;
    const hosts = this.#group.up;
    if (hosts.length === 0) return;
    const counts = hosts.map((host) => workers.filter((worker) => worker.host === host && worker.live).length);
    const last = hosts.findIndex((host) => host.index - 1 === this.#lastHost);
    for (let i = 0; i < count; i++) {
      const index = emptiest(counts, Math.max(last, 0));
      counts[index]!++;
      this.#startOn(hosts[index]!);
    }
  }

  /** A daemon that came back takes part again in the turns of a function that is in use. */
  #spread(): void {
    const generation = this.#generation;
    if (generation.live === 0 || !this.#group.settled) return;
    const cap = this.#cap();
    for (const host of this.#group.up) {
      if (generation.live >= cap) return;
      if (!generation.workers.some((worker) => worker.host === host && worker.live)) this.#startOn(host);
    }
  }

  #startOn(host: WorkerHost): void {
    const { part, prepared, concurrency, workers } = this.#generation;
    if (prepared === null) return;
    const { sockets, counters, sandbox } = this.#services;
    const tmp = sockets.makeTmp();
    counters.coldStarts++;
    const spec = startSpec(part, {
      socket: sockets.workerSocket(),
      tmp,
      prepared,
      sandbox: sandbox.specFor({
        fn: this.spec,
        prepared,
        adapter: this.#group.adapter,
        tmp,
        inProcess: this.routing === 'in_process',
      }),
    });
    const worker = new Worker(host, this.#services.nextWorkerId(), spec, concurrency, this);
    this.#tmps.set(worker, tmp);
    workers.push(worker);
  }

  #reap(now: number): void {
    const { policy } = this.spec;
    const { workers } = this.#generation;
    const ttl = idleTtl(policy);
    let spare = this.#generation.live - warmFloor(policy);
    // Newest first: the oldest are the ones that `pick` prefers.
    for (let i = workers.length - 1; i >= 0 && spare > 0; i--) {
      const worker = workers[i]!;
      if (worker.state !== 'ready') continue;
      if (worker.active === 0 && now - worker.idleSince >= ttl) worker.stop();
      // Gateways that keep it have not used it for long: they give it back, or say that they have.
      else if (worker.active > 0 && worker.active === worker.lent && now - worker.usedAt >= ttl) worker.recall();
      else continue;
      spare--;
    }
  }

  #keepWarm(now: number): void {
    const generation = this.#generation;
    if (this.#closed || !this.#group.settled) return;
    const missing = warmFloor(this.spec.policy) - generation.live;
    if (missing > 0 && !generation.backoff.isWaiting(now)) this.#start(missing);
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

  #replace(part: FunctionPart, print: string): void {
    const { concurrency } = this.#generation;
    this.#succession.replaceWith(new Generation(part, print, concurrency, this.#services.backoff), this.spec);
  }

  takenOver(old: Generation): void {
    const served = new Set<WorkerHost>();
    for (const worker of old.workers) {
      if (worker.live) served.add(worker.host);
      this.#old.add(worker);
    }
    // For calls that will surely come.
    if (this.#generation.prepared !== null && served.size > 0) this.#start(served.size);
    // Only now: a worker without calls ends at once, and tells us.
    for (const worker of [...old.workers]) worker.drain();
  }

  generationPrepared(): void {
    this.#keepWarm(Date.now());
    this.#listener.prepared();
  }

  generationChanged(): void {
    this.#listener.workersChanged();
  }
}
