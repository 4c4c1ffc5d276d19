import {
  type CallOutcome,
  type CallRunner,
  FastFnError,
  type FunctionSpec,
  type KeepWarmView,
  type Logger,
  type ScheduleConfig,
  type ScheduleRun,
  type ScheduleService,
  type ScheduleView,
  type StoredCall,
} from '@fastfn/core';
import type { Clock } from '../clock.js';
import type { LazyStore } from '../lazy-store.js';
import { MAX_INTERRUPTIONS } from '../queue.js';
import { isOver, type ScheduleClaim, type ScheduleStore, type StoredSchedule } from '../schedule-store.js';
import { KeepWarm } from './keep-warm.js';
import { memorySchedules } from './memory-schedules.js';
import { adopt, afterRun, type Due, dueNow, isWrong, nextEvent, reconsider, skip } from './plan.js';
import { makeTiming, type Timing } from './timing.js';

export interface SchedulerOptions {
  readonly call: CallRunner;
  /** The call that a schedule makes, or a ping when it has none. @throws FastFnError when the function does not take it. */
  prepare(fn: FunctionSpec, schedule: ScheduleConfig | null): StoredCall;
  /** Whether a call of the function is running or waiting; then it needs no ping. */
  isBusy(key: string): boolean;
  readonly store: LazyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False: nothing runs by the clock. */
  readonly enabled: boolean;
  /** What this server is called among those that share the store. */
  readonly server: string;
}

/** The clock may jump: nobody waits for longer than this without looking at it again. */
const MAX_WAIT_MS = 1_000;
/** Bytes kept of an answer: only its status counts. */
const MAX_ANSWER_BYTES = 2_048;
/** States of functions that a server never met again are dropped after this. */
const FORGET_AFTER_MS = 7 * 86_400_000;

interface CallRun extends ScheduleRun {
  /** The function is still being built or installed: it was not called, and will be in a moment. */
  readonly early?: boolean;
}

/** A tick that is not begun any more. */
const GIVEN_UP: CallRun = {
  status: 0,
  error: `The server ended ${MAX_INTERRUPTIONS + 1} times while this tick was running.`,
  latencyMs: 0,
};

interface Entry {
  fn: FunctionSpec;
  config: ScheduleConfig;
  timing: Timing;
  state: StoredSchedule;
  /** Set while it runs. */
  running: AbortController | null;
  /** Not to be tried before: its right to run could not be had. Epoch ms. */
  pausedUntil: number;
}

/** Runs functions by the clock. SPEC §10. */
export class Scheduler implements ScheduleService {
  readonly #options: SchedulerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #keepWarm: KeepWarm;
  /** Null until the store is open; then, or when there can be none, schedules run. */
  #schedules: ScheduleStore | null = null;
  #stored: ReadonlyMap<string, StoredSchedule> = new Map();
  #functions: readonly FunctionSpec[] = [];
  #state: 'new' | 'started' | 'stopped' = 'new';
  #stopTimer = (): void => {};
  #lastSeen = 0;
  readonly #runs = new Set<Promise<unknown>>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#keepWarm = new KeepWarm(options);
  }

  get enabled(): boolean {
    return this.#options.enabled && !(this.#options.store.busy && this.#schedules === null);
  }

  async schedules(): Promise<readonly ScheduleView[]> {
    const shared = await this.#shared();
    return [...this.#entries.values()].map(({ fn, state, timing, running }) => {
      const stored = shared?.states.get(fn.key);
      if (stored !== undefined && stored.timing === timing.key) {
        return { fn, running: shared!.running.has(fn.key), state: stored };
      }
      return {
        fn,
        running: running !== null,
        state: this.enabled ? state : { ...state, next: null, retryDue: null },
      };
    });
  }

  /** What all servers of a shared store know; null: there is none, or it cannot be asked now. */
  async #shared() {
    if (this.#entries.size === 0) return null;
    try {
      const store = await this.#options.store.peek();
      if (store === null || !store.shared) return null;
      const { schedules } = store;
      const [states, running] = await Promise.all([schedules.load(), schedules.running([...this.#entries.keys()])]);
      return { states, running };
    } catch (error) {
      if (error instanceof FastFnError) return null;
      throw error;
    }
  }

  keepWarm(): readonly KeepWarmView[] {
    return this.#keepWarm.views();
  }

  /** After each reload. Schedules whose timing did not change keep their state. */
  update(functions: readonly FunctionSpec[]): void {
    this.#functions = functions;
    this.#keepWarm.update(functions);
    const { clock, logger } = this.#options;
    const now = clock.now();
    const scheduled = functions.filter(({ policy }) => policy.schedule?.enabled === true);
    const gone = new Set(this.#entries.keys());
    for (const fn of scheduled) {
      const config = fn.policy.schedule!;
      gone.delete(fn.key);
      try {
        this.#adopt(fn, config, makeTiming(config), now);
      } catch (error) {
        this.#entries.delete(fn.key);
        logger.log('error', `[Schedules] ${fn.name}: ${(error as Error).message}`, { fn: fn.key });
      }
    }
    for (const key of gone) this.#entries.delete(key);
    if (gone.size > 0) this.#schedules?.forget([...gone]).catch(() => {});
    if (this.#state === 'started') void this.#begin();
  }

  /** Schedules run from now on, once there is a store for their state. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#keepWarm.start();
    void this.#begin();
  }

  /** Starts nothing more, waits for what runs up to `drainMs`, then breaks it off: it is run again by the next start. Idempotent. */
  async stop(drainMs: number): Promise<void> {
    this.#state = 'stopped';
    this.#stopTimer();
    const abortAll = (): void => {
      for (const { running } of this.#entries.values()) running?.abort();
    };
    if (drainMs <= 0) abortAll();
    const cancel = this.#options.clock.after(drainMs, abortAll);
    await Promise.allSettled([this.#keepWarm.stop(), ...this.#runs]);
    cancel();
  }

  async run(fn: FunctionSpec): Promise<ScheduleRun> {
    const entry = this.#entries.get(fn.key) ?? this.#disabled(fn);
    if (entry === null) {
      throw new FastFnError('not_found', `"${fn.name}" has no schedule in its fn.config.json.`);
    }
    if (entry.running !== null) throw alreadyRunning(fn);
    const schedules = this.#schedules ?? (await this.#options.store.get()).schedules;
    const claim = await schedules.claim(fn.key, null);
    if (claim.taken) throw alreadyRunning(fn);
    return this.#track(this.#run(entry, claim, null));
  }

  /** A schedule that is switched off can be run by hand. */
  #disabled(fn: FunctionSpec): Entry | null {
    const config = fn.policy.schedule;
    if (config === null || (config.everyMs === undefined && config.cron === undefined)) return null;
    const timing = makeTiming(config);
    const state = adopt(this.#stored.get(fn.key) ?? null, timing, this.#options.clock.now());
    return { fn, config, timing, state, running: null, pausedUntil: 0 };
  }

  #adopt(fn: FunctionSpec, config: ScheduleConfig, timing: Timing, now: number): void {
    const entry = this.#entries.get(fn.key);
    if (entry === undefined) {
      const state = adopt(this.#stored.get(fn.key) ?? null, timing, now);
      this.#entries.set(fn.key, { fn, config, timing, state, running: null, pausedUntil: 0 });
      if (this.#schedules !== null) this.#save(fn.key, state);
      return;
    }
    const retimed = entry.timing.key !== timing.key;
    entry.fn = fn;
    entry.config = config;
    entry.timing = timing;
    if (!retimed) return;
    entry.state = adopt(entry.state, timing, now);
    this.#save(fn.key, entry.state);
  }

  /** Opens the store when a schedule needs it. */
  async #begin(): Promise<void> {
    const { enabled, store, clock } = this.#options;
    if (!enabled || this.#entries.size === 0) return;
    if (this.#schedules !== null) {
      this.#arm();
      return;
    }
    const opened = await store.tryOpen();
    if (this.#schedules !== null || this.#state !== 'started') return;
    if (opened === null && store.busy) {
      store.onOpen(() => void this.#begin());
      return;
    }
    const schedules = opened?.schedules ?? memorySchedules();
    try {
      this.#stored = await schedules.load();
    } catch {
      this.#stopTimer = clock.after(MAX_WAIT_MS, () => void this.#begin());
      return;
    }
    if (this.#schedules !== null || this.#state !== 'started') return;
    this.#schedules = schedules;
    this.#lastSeen = clock.now();
    for (const [key, entry] of this.#entries) {
      entry.state = adopt(this.#stored.get(key) ?? null, entry.timing, clock.now());
      this.#save(key, entry.state);
    }
    this.#forgetOld();
    this.#arm();
  }

  #arm(): void {
    this.#stopTimer();
    if (this.#state !== 'started' || this.#schedules === null || this.#entries.size === 0) return;
    const now = this.#options.clock.now();
    let wait = MAX_WAIT_MS;
    for (const { state, running, pausedUntil } of this.#entries.values()) {
      const at = running === null ? nextEvent(state) : null;
      if (at !== null) wait = Math.min(wait, Math.max(0, at - now, pausedUntil - now));
    }
    this.#stopTimer = this.#options.clock.after(Math.ceil(wait), () => this.#wake());
  }

  #wake(): void {
    const now = this.#options.clock.now();
    const setBack = now < this.#lastSeen;
    this.#lastSeen = now;
    for (const [key, entry] of this.#entries) {
      if (setBack) this.#reconsider(key, entry, now);
      if (entry.running !== null || now < entry.pausedUntil) continue;
      const due = dueNow(entry.state, entry.config, now);
      if (due === null) continue;
      if (due.kind === 'skip') {
        entry.state = skip(entry.state, entry.timing, now);
        this.#save(key, entry.state);
      } else {
        entry.running = new AbortController();
        void this.#track(this.#tick(key, entry, due));
      }
    }
    this.#arm();
  }

  #reconsider(key: string, entry: Entry, now: number): void {
    const state = reconsider(entry.state, entry.timing, now);
    entry.pausedUntil = 0;
    if (state === entry.state) return;
    entry.state = state;
    this.#save(key, state);
  }

  async #tick(key: string, entry: Entry, due: Due): Promise<void> {
    const claim = await this.#schedules!.claim(key, due.at).catch(() => null);
    if (claim !== null && !claim.taken) {
      await this.#run(entry, claim, due);
      return;
    }
    entry.running = null;
    const now = this.#options.clock.now();
    if (claim === null) {
      entry.pausedUntil = now + MAX_WAIT_MS;
    } else if (claim.state !== null && isOver(claim.state, due.at)) {
      // Another machine has run it: what it remembers holds.
      const { state } = claim;
      const passed = state.next !== null && state.next <= now ? skip(state, entry.timing, now) : state;
      entry.state = adopt(passed, entry.timing, now);
      if (isWrong(state, entry.state)) this.#save(key, entry.state);
    } else {
      // Another machine runs it. Should that one die, the tick is to be made here: it stays due until it is known to be over.
      const next = entry.timing.following(due.at, now) ?? Number.POSITIVE_INFINITY;
      entry.pausedUntil = Math.min(next, now + MAX_WAIT_MS);
    }
    this.#arm();
  }

  async #run(entry: Entry, claim: ScheduleClaim, due: Due | null): Promise<ScheduleRun> {
    const { clock, logger } = this.#options;
    const controller = entry.running ?? new AbortController();
    entry.running = controller;
    const startedAt = clock.now();
    const tooOften = claim.interruptions > MAX_INTERRUPTIONS;
    const result = tooOften ? GIVEN_UP : await this.#call(entry, due, claim.interruptions, controller.signal);
    const { fn, timing } = entry;
    const config = tooOften ? { ...entry.config, retry: null } : entry.config;
    const current = this.#entries.get(fn.key);
    if (controller.signal.aborted) {
      // The server stops: nothing is remembered, so the tick is found missed by the next start.
      await claim.finish(entry.state);
    } else if (result.early && due !== null) {
      // It stays due: one that was missed while the server was off would be lost to the build that its start begins with.
      const { status, error } = result;
      entry.state = { ...entry.state, lastStatus: status, lastError: error };
      entry.pausedUntil = clock.now() + MAX_WAIT_MS;
      await claim.finish(entry.state);
    } else {
      const ran = { due, startedAt, status: result.status, error: result.error, server: this.#options.server };
      entry.state = afterRun(entry.state, ran, config, timing, clock.now(), Math.random());
      if (result.error !== null) {
        logger.log('warn', `[Schedules] ${fn.name}: ${result.error}`, { fn: fn.key });
      }
      await claim.finish(entry.state);
    }
    entry.running = null;
    // Removed while it ran: what was just written must go as well.
    if (current === undefined && config.enabled) await this.#schedules?.forget([fn.key]).catch(() => {});
    this.#arm();
    return result;
  }

  /** @param interruptions runs of the same tick whose server died; they count as attempts, as they may have reached the handler. */
  async #call(
    { fn, config, state }: Entry,
    due: Due | null,
    interruptions: number,
    signal: AbortSignal,
  ): Promise<CallRun> {
    const { call, prepare } = this.#options;
    const attempt = (due?.kind === 'retry' ? state.retryAttempt : 0) + interruptions + 1;
    let prepared: StoredCall;
    try {
      prepared = prepare(fn, config);
    } catch (error) {
      if (!(error instanceof FastFnError)) throw error;
      return { status: error.status, error: error.message, latencyMs: 0 };
    }
    const trigger = { type: 'schedule', ...clockOf(config), attempt, ...(due === null && { manual: true }) };
    return describe(await call(prepared, { context: { trigger }, maxBodyBytes: MAX_ANSWER_BYTES, signal }));
  }

  #save(key: string, state: StoredSchedule): void {
    // What cannot be written now is written with the next run.
    this.#schedules?.save(key, state).catch(() => {});
  }

  #forgetOld(): void {
    const known = new Set(this.#functions.map(({ key }) => key));
    const limit = this.#options.clock.now() - FORGET_AFTER_MS;
    const old = [...this.#stored].filter(
      ([key, { next, last }]) => !known.has(key) && Math.max(next ?? 0, last ?? 0) < limit,
    );
    if (old.length > 0) this.#schedules!.forget(old.map(([key]) => key)).catch(() => {});
  }

  #track<T>(run: Promise<T>): Promise<T> {
    this.#runs.add(run);
    const done = (): void => void this.#runs.delete(run);
    run.then(done, done);
    return run;
  }
}

function clockOf({ everyMs, cron, timezone }: ScheduleConfig): Record<string, unknown> {
  return cron === undefined
    ? { every_seconds: (everyMs ?? 0) / 1000 }
    : { cron, ...(timezone !== undefined && { timezone }) };
}

function describe({ status, error, incomplete, latencyMs }: CallOutcome): CallRun {
  if (error !== null) {
    const early = error.code === 'warming_up' || error.code === 'starting';
    return { status, error: error.message, latencyMs, ...(early && { early }) };
  }
  if (incomplete) return { status: 0, error: 'The answer broke off.', latencyMs };
  return { status, error: status >= 400 ? `The function answered ${status}.` : null, latencyMs };
}

function alreadyRunning(fn: FunctionSpec): FastFnError {
  return new FastFnError('schedule_running', `The schedule of "${fn.name}" is running; try again when it has ended.`);
}
