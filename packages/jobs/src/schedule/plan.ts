import type { ScheduleConfig } from '@fastfn/core';
import type { StoredSchedule } from '../schedule-store.js';
import type { Timing } from './timing.js';

/** What becomes of a schedule's state: pure functions over it. Times are epoch ms. */

/** A tick that comes later than this was missed: the server was off, or the clock jumped. Below, it is only busy. */
const MISSED_AFTER_MS = 10_000;
/** A clock set back by less than this repeats no tick; by more, it was wrong before, and the schedule starts anew from now. */
const MAX_SET_BACK_MS = 3_600_000;

export const NEW_SCHEDULE: StoredSchedule = {
  next: null,
  last: null,
  lastStatus: null,
  lastError: null,
  retryDue: null,
  retryAttempt: 0,
  lastDue: null,
};

/** A state as it was stored, or none, made fit for this timing and this moment. */
export function adopt(stored: StoredSchedule | null, timing: Timing, now: number): StoredSchedule {
  if (stored === null) return { ...NEW_SCHEDULE, next: timing.next(now), timing: timing.key };
  if (stored.timing !== undefined && stored.timing !== timing.key) {
    return { ...stored, next: timing.next(now), retryDue: null, retryAttempt: 0, timing: timing.key };
  }
  return { ...reconsider(stored, timing, now), timing: timing.key };
}

/** The clock may have been set back: nothing may wait for a time that has become distant. */
export function reconsider(stored: StoredSchedule, timing: Timing, now: number): StoredSchedule {
  const distant = stored.lastDue !== null && stored.lastDue - now > MAX_SET_BACK_MS;
  const state = distant ? { ...stored, lastDue: null } : stored;
  const latest = timing.next(notBefore(state, now));
  if (state.next === null ? latest === null : latest !== null && state.next <= latest) return state;
  return { ...state, next: latest };
}

/**
 * Whether what another machine remembers was written by a clock far ahead of ours. Nobody would run before that time; so what
 * we make of it counts.
 */
export function isWrong(stored: StoredSchedule, adopted: StoredSchedule): boolean {
  return stored.next !== null && adopted.next !== null && stored.next - adopted.next > MAX_SET_BACK_MS;
}

export interface Due {
  readonly kind: 'tick' | 'retry' | 'skip';
  /** When it was to come. */
  readonly at: number;
}

/** What a schedule has to do now; null: nothing. A tick comes before a retry of the one before it. */
export function dueNow(state: StoredSchedule, { catchUp }: ScheduleConfig, now: number): Due | null {
  if (state.next !== null && state.next <= now) {
    const missed = now - state.next > MISSED_AFTER_MS;
    return { kind: missed && catchUp === false ? 'skip' : 'tick', at: state.next };
  }
  return state.retryDue !== null && state.retryDue <= now ? { kind: 'retry', at: state.retryDue } : null;
}

/** Earliest thing to come; null: nothing will. */
export function nextEvent({ next, retryDue }: StoredSchedule): number | null {
  return next === null ? retryDue : retryDue === null ? next : Math.min(next, retryDue);
}

/** The tick is left out. */
export function skip(state: StoredSchedule, timing: Timing, now: number): StoredSchedule {
  return { ...state, next: upcoming(state, timing, now) };
}

export interface Ran {
  /** Null: by hand. */
  readonly due: Due | null;
  readonly startedAt: number;
  /** Of the answer; 0: there was none. */
  readonly status: number;
  readonly error: string | null;
  readonly server: string;
}

/** After a run: what came of it, the next tick (those that passed meanwhile are left out), and a retry perhaps. */
export function afterRun(
  state: StoredSchedule,
  { due, startedAt, status, error, server }: Ran,
  config: ScheduleConfig,
  timing: Timing,
  now: number,
  random: number,
): StoredSchedule {
  const made = due?.kind === 'retry' ? state.retryAttempt : 0;
  const delay = shouldRetry(status) ? retryDelay(config.retry ?? null, made, random) : null;
  return {
    ...state,
    next: due?.kind === 'tick' ? upcoming(state, timing, now) : state.next,
    last: startedAt,
    lastStatus: status,
    lastError: error,
    lastServer: server,
    retryDue: delay === null ? null : now + delay,
    retryAttempt: delay === null ? 0 : made + 1,
    lastDue: due === null ? state.lastDue : due.at,
  };
}

/** No answer, too many calls, not now, or a failure. SPEC §10. */
function shouldRetry(status: number): boolean {
  return status === 0 || status === 429 || status === 503 || status >= 500;
}

/** Doubles with each retry. @param made retries before. @returns null: no more. */
export function retryDelay(retry: ScheduleConfig['retry'] | null, made: number, random: number): number | null {
  if (!retry || made + 1 >= retry.maxAttempts) return null;
  const delay = Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** made);
  return Math.round(delay * (1 + retry.jitter * (random * 2 - 1)));
}

function upcoming(state: StoredSchedule, timing: Timing, now: number): number | null {
  const from = notBefore(state, now);
  return state.next === null ? timing.next(from) : timing.following(state.next, from);
}

/** Ticks up to this time must not come again. */
function notBefore({ lastDue }: StoredSchedule, now: number): number {
  return lastDue !== null && lastDue > now && lastDue - now <= MAX_SET_BACK_MS ? lastDue : now;
}
