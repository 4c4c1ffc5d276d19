import type { ScheduleConfig } from '@fastfn/core';
import { Cron } from 'croner';

/** When a schedule is due: pure, but for the time zone data of the machine. */
export interface Timing {
  /** The first tick after `after`, epoch ms; null: there will be none. */
  next(after: number): number | null;
  /** The first tick after `now` in the row that `tick` belongs to; those that passed between are left out. */
  following(tick: number, now: number): number | null;
  /** The same for equal settings: a state made under another timing says nothing about this one. */
  readonly key: string;
}

const OFFSET = /^([+-])(\d\d):(\d\d)$/;

/** @throws Error for an expression that the parser of configuration should have refused. */
export function makeTiming({ everyMs, cron, timezone = 'UTC' }: ScheduleConfig): Timing {
  if (cron === undefined) return interval(everyMs ?? 0);
  const offset = OFFSET.exec(timezone);
  const schedule = new Cron(cron, {
    paused: true,
    // Ranges such as `5/15`, which others take too.
    sloppyRanges: true,
    ...(offset
      ? { utcOffset: (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) }
      : timezone !== 'local' && { timezone }),
  });
  // A zone is only looked up by the first question.
  schedule.nextRun();
  const next = (after: number): number | null => schedule.nextRun(new Date(after))?.getTime() ?? null;
  return { key: `${cron} ${timezone}`, next, following: (tick, now) => next(Math.max(tick, now)) };
}

function interval(everyMs: number): Timing {
  if (!(everyMs > 0)) throw new Error('every_seconds must be more than 0');
  return {
    key: `every ${everyMs}`,
    next: (after) => after + everyMs,
    following: (tick, now) => tick + Math.max(1, Math.floor((now - tick) / everyMs) + 1) * everyMs,
  };
}
