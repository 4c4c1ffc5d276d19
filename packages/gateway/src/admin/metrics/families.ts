import type { FunctionStatus, JobCounts, PoolCounters, PoolStatus } from '@fastfn/core';
import { BUCKETS, type RequestSeries } from '../telemetry/request-stats.js';

/** One metric with all its values, in the terms of the Prometheus text format. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly Sample[];
}

export interface Sample {
  /** When it differs from that of the family (`…_bucket`). */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Numbers of one moment. */
export interface Measured {
  readonly requests: readonly RequestSeries[];
  readonly pool: PoolStatus;
  readonly counters: PoolCounters;
  readonly reloads: number;
  /** Null: there are none, or they cannot be counted. */
  readonly jobs: JobCounts | null;
  /** Seconds. */
  readonly uptime: number;
  /** Bytes, by kind. */
  readonly memory: Readonly<Record<string, number>>;
}

/** Everything `/_fn/metrics` shows. */
export function families({ requests, pool, counters, reloads, jobs, uptime, memory }: Measured): Family[] {
  const { functions } = pool;
  const each = (value: (fn: FunctionStatus) => number): Sample[] =>
    functions.map((fn) => ({ labels: { function: fn.key }, value: value(fn) }));
  return [
    counter(
      'fastfn_requests_total',
      'Requests answered, by function and class of status.',
      requests.map(({ fn, status, count }) => ({ labels: { function: fn, status }, value: count })),
    ),
    {
      name: 'fastfn_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      type: 'histogram',
      values: requests.flatMap(histogram),
    },
    gauge(
      'fastfn_active_calls',
      'Calls running now.',
      each(({ active }) => active),
    ),
    gauge(
      'fastfn_queue_length',
      'Calls waiting for a worker now.',
      each(({ queued }) => queued),
    ),
    counter(
      'fastfn_queue_drops_total',
      'Calls refused because a queue was full, or because they waited too long.',
      functions.flatMap(({ key, queueDrops }) => [
        { labels: { function: key, reason: 'overflow' }, value: queueDrops.overflow },
        { labels: { function: key, reason: 'timeout' }, value: queueDrops.timeout },
      ]),
    ),
    gauge('fastfn_workers', 'Worker processes, by function and state.', functions.flatMap(workers)),
    counter('fastfn_cold_starts_total', 'Workers started.', single(counters.coldStarts)),
    counter('fastfn_worker_crashes_total', 'Workers that ended by themselves.', single(counters.crashes)),
    counter('fastfn_timeouts_total', 'Calls stopped at their deadline.', single(counters.timeouts)),
    counter('fastfn_reloads_total', 'Reloads that changed something.', single(reloads)),
    gauge(
      'fastfn_jobs',
      'Jobs that are stored, by status.',
      Object.entries(jobs ?? {}).map(([status, value]) => ({ labels: { status }, value })),
    ),
    gauge(
      'fastfn_daemon_up',
      'Whether a daemon of a runtime in use is reachable.',
      Object.entries(pool.runtimes).flatMap(([runtime, { sockets }]) =>
        !functions.some((fn) => fn.runtime === runtime)
          ? []
          : sockets.map(({ index, up }) => ({ labels: { runtime, index }, value: up ? 1 : 0 })),
      ),
    ),
    gauge(
      'fastfn_memory_bytes',
      'Memory of the gateway process.',
      Object.entries(memory).map(([kind, value]) => ({ labels: { kind }, value })),
    ),
    gauge('fastfn_uptime_seconds', 'Time since the start.', single(uptime)),
  ];
}

function histogram({ fn, status, buckets, sum, count }: RequestSeries): Sample[] {
  const labels = { function: fn, status };
  const name = 'fastfn_request_duration_seconds';
  let cumulated = 0;
  const samples: Sample[] = buckets.map((amount, i) => {
    cumulated += amount;
    return { metricName: `${name}_bucket`, labels: { le: BUCKETS[i] ?? '+Inf', ...labels }, value: cumulated };
  });
  samples.push(
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  );
  return samples;
}

function workers({ key, workers: all }: FunctionStatus): Sample[] {
  const states = new Map<string, number>();
  for (const { state } of all) states.set(state, (states.get(state) ?? 0) + 1);
  return [...states].map(([state, value]) => ({ labels: { function: key, state }, value }));
}

function single(value: number): Sample[] {
  return [{ labels: {}, value }];
}

function counter(name: string, help: string, values: readonly Sample[]): Family {
  return { name, help, type: 'counter', values };
}

function gauge(name: string, help: string, values: readonly Sample[]): Family {
  return { name, help, type: 'gauge', values };
}
