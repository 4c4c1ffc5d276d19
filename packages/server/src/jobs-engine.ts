import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Options } from '@fastfn/config';
import type { FunctionSpec, JobService, Logger, PoolStatus, ScheduleConfig, ScheduleService } from '@fastfn/core';
import type { Gateway } from '@fastfn/gateway';
import {
  callbackSecret,
  createJobService,
  createJobWorker,
  LazyStore,
  openRedisStore,
  openSqliteStore,
  Scheduler,
  systemClock,
} from '@fastfn/jobs';

export interface JobsEngineInput {
  readonly options: Options;
  readonly logger: Logger;
  /** Asked for later: the gateway is given what is made here. */
  gateway(): Gateway;
  status(): PoolStatus;
}

/** Jobs and schedules of one server. */
export interface JobsEngine {
  /** Undefined: switched off. */
  readonly jobs: JobService | undefined;
  readonly schedules: ScheduleService;
  /** After each reload. */
  update(functions: readonly FunctionSpec[]): void;
  /** The server serves: what waits may run. */
  start(): void;
  /** Starts nothing more, and lets what runs end within `drainMs`; called again, a shorter time counts. */
  close(drainMs: number): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Wires jobs and schedules; no file is touched, and no library loaded, before they are needed. */
export function createJobsEngine({ options, logger, gateway, status }: JobsEngineInput): JobsEngine {
  const { stateDir } = options;
  const settings = options.jobs;
  const file = join(stateDir, 'jobs.db');
  const clock = systemClock;
  const call: Gateway['calls']['run'] = (stored, how) => gateway().calls.run(stored, how);
  const bounds = {
    maxQueued: settings.maxQueued,
    retention: { maxFinished: settings.keepFinished, maxAgeMs: settings.keepHours * HOUR_MS },
  };
  const { redisUrl } = options;
  const store =
    redisUrl === null
      ? new LazyStore(
          () => openSqliteStore({ file, ...bounds, logger }),
          () => existsSync(file),
          clock,
          logger,
        )
      : // Others may have stored something: whether there is anything is not known here.
        new LazyStore(
          () => openRedisStore({ url: redisUrl, ...bounds, leaseMs: settings.leaseMs, logger }),
          () => true,
          clock,
          logger,
        );

  let secret = settings.callbackSecret;
  const worker = createJobWorker({
    call,
    post: (url, message) => gateway().outbound.post(url, message, settings.callbackAllowPrivate),
    secret: () => {
      secret ??= callbackSecret(join(stateDir, 'callbacks.key'));
      return secret;
    },
    concurrency: settings.maxConcurrency,
    maxResultBytes: settings.maxResultBytes,
    clock,
    logger,
  });
  const jobs = settings.enabled
    ? createJobService({
        store,
        clock,
        checkCallback: (url) => gateway().outbound.check(url, settings.callbackAllowPrivate),
      })
    : undefined;
  const schedules = new Scheduler({
    call,
    prepare: (fn, schedule) => gateway().calls.prepare(callOf(fn, schedule), { lenient: schedule !== null }),
    isBusy(key) {
      const fn = status().functions.find((one) => one.key === key);
      return fn !== undefined && fn.active + fn.queued > 0;
    },
    store,
    clock,
    logger,
    enabled: options.scheduler.enabled,
    server: `${hostname()} (pid ${process.pid})`,
  });

  let closing: Promise<void> | null = null;

  async function close(drainMs: number): Promise<void> {
    // Both at once, so that they share the time.
    await Promise.all([schedules.stop(drainMs), store.current?.queue.stop(drainMs)]);
    await store.close();
  }

  return {
    jobs,
    schedules,
    update: (functions) => schedules.update(functions),
    start() {
      if (jobs !== undefined) {
        store.onOpen(({ queue }) => queue.start(worker));
        // Jobs of an earlier run wait in it.
        void store.resume();
      }
      schedules.start();
    },
    close(drainMs) {
      if (closing !== null && drainMs === 0) void Promise.all([schedules.stop(0), store.current?.queue.stop(0)]);
      closing ??= close(drainMs);
      return closing;
    },
  };
}

/** The call of a schedule, or of a ping, in the terms of `/_fn/invoke`. */
function callOf({ runtime, name, version }: FunctionSpec, schedule: ScheduleConfig | null): Record<string, unknown> {
  const fn = { runtime, name, version };
  if (schedule === null) return { ...fn, method: 'GET' };
  const { method, query, headers, body, context } = schedule;
  return {
    ...fn,
    ...(method !== undefined && { method }),
    ...(query !== undefined && { query }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body }),
    ...(context !== undefined && { context }),
  };
}
