import {
  type CallOptions,
  type CallOutcome,
  type FastFnError,
  type FunctionConfig,
  type StoredCall,
  silentLogger,
} from '@fastfn/core';
import { onTestFinished } from 'vitest';
import { LazyStore } from '../../src/lazy-store.js';
import { memorySchedules } from '../../src/schedule/memory-schedules.js';
import { Scheduler, type SchedulerOptions } from '../../src/schedule/scheduler.js';
import type { ScheduleStore } from '../../src/schedule-store.js';
import type { Store } from '../../src/store.js';
import { FakeClock } from './fake-clock.js';
import { makeFunction } from './make-function.js';
import { makeCall } from './make-job.js';

export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;

export interface Ran {
  readonly name: string;
  /** Ms since the start of the test. */
  readonly at: number;
  readonly trigger: Readonly<Record<string, unknown>>;
}

/** A status, or an error of FastFN's own. */
type Answer = number | FastFnError;

export interface Bench {
  readonly clock?: FakeClock;
  readonly schedules?: ScheduleStore;
  readonly open?: () => Promise<Store>;
  readonly enabled?: boolean;
  readonly answer?: (call: StoredCall, options: CallOptions) => Answer | Promise<Answer>;
  readonly over?: Partial<SchedulerOptions>;
}

/** A scheduler whose functions answer what the test says, by a clock that the test moves. */
export function bench({
  clock = new FakeClock(START),
  schedules = memorySchedules(),
  open,
  enabled = true,
  answer = () => 200,
  over,
}: Bench = {}) {
  const ran: Ran[] = [];
  const store = new LazyStore(
    open ?? (async () => ({ schedules, queue: null as never, shared: false, close: async () => {} })),
    () => true,
    clock,
    silentLogger,
  );
  const scheduler = new Scheduler({
    clock,
    store,
    enabled,
    logger: silentLogger,
    server: 'me',
    isBusy: () => false,
    prepare: (fn, schedule) => makeCall({ name: fn.name, version: fn.version, method: schedule?.method ?? 'GET' }),
    async call(call, options): Promise<CallOutcome> {
      ran.push({ name: call.name, at: clock.now() - START, trigger: options.context.trigger! });
      const broken = new Promise<Answer>((resolve) =>
        options.signal?.addEventListener('abort', () => resolve(499), { once: true }),
      );
      const answered = await Promise.race([answer(call, options), broken]);
      const [status, error] = typeof answered === 'number' ? [answered, null] : [answered.status, answered];
      return { status, headers: [], body: new Uint8Array(0), size: 0, latencyMs: 1, error, incomplete: false };
    },
    ...over,
  });
  onTestFinished(() => scheduler.stop(0));
  const load = (functions: Record<string, FunctionConfig>): void =>
    scheduler.update(Object.entries(functions).map(([name, config]) => makeFunction(name, config)));
  const begin = async (functions: Record<string, FunctionConfig>): Promise<void> => {
    load(functions);
    scheduler.start();
    await clock.rest();
  };
  return { clock, scheduler, schedules, ran, load, begin, times: () => ran.map(({ at }) => at) };
}

export const every = (seconds: number, over: object = {}): FunctionConfig => ({
  schedule: { enabled: true, everyMs: seconds * 1000, ...over },
});
