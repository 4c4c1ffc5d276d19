import type { FunctionSpec, FunctionStatus, PoolStatus, RuntimeStatus } from '@fastfn/core';
import type { Exchange } from '../exchange.js';
import type { GatewayBackend } from '../options.js';
import { answerJson } from '../respond/answer.js';
import type { Endpoint } from './endpoint.js';
import { hasToken, isLocal, isOwnHost } from './guard/caller.js';
import { servingState } from './state.js';

/** Open to all; strangers learn only the status. 503 while starting or stopping. SPEC §11. */
export const health: Endpoint = {
  methods: ['GET'],
  access: 'open',
  serve(exchange) {
    const state = servingState(exchange);
    const status = state === 'ready' ? 'ok' : state;
    const body = isKnown(exchange) ? { status, ...report(exchange) } : { status };
    answerJson(exchange, state === 'ready' ? 200 : 503, body);
  },
};

/** A page under a name that leads here is a stranger too, though its browser runs on this machine. */
function isKnown(exchange: Exchange): boolean {
  return (isLocal(exchange) && isOwnHost(exchange)) || hasToken(exchange);
}

function report({ context, app }: Exchange): object {
  const { backend } = context.options;
  const pool = backend.status();
  const specs = new Map(app?.manifest.functions.map((fn) => [fn.key, fn]));
  return {
    uptime_s: Math.floor(backend.uptimeMs() / 1000),
    runtimes: runtimes(pool, backend),
    functions: {
      summary: summary(pool, specs),
      states: pool.functions.map((fn) => functionState(fn, specs.get(fn.key))),
    },
    routing: {
      mapped_routes: new Set(app?.table.routes.map((route) => route.pattern)).size,
      mapped_route_conflicts: new Set(app?.table.conflicts.map((conflict) => conflict.pattern)).size,
    },
    ...(backend.gateways === undefined ? {} : { gateways: backend.gateways() }),
    hot_reload: backend.hotReload(),
    sandbox: backend.sandboxLevels(),
  };
}

function runtimes(pool: PoolStatus, backend: GatewayBackend): object {
  const shown: Record<string, object> = {};
  for (const [name, tool] of Object.entries(backend.toolStatus())) {
    if (!tool.ok)
      shown[name] = {
        routing: 'single',
        health: { up: false, reason: `${tool.reason} ${tool.hint}` },
        sockets: [],
        workers: 0,
      };
  }
  for (const [name, status] of Object.entries(pool.runtimes)) shown[name] = runtimeState(status);
  return shown;
}

function runtimeState({ routing, up, reason, sockets, workers }: RuntimeStatus): object {
  return { routing, health: { up, reason }, sockets, workers };
}

function summary({ functions }: PoolStatus, specs: ReadonlyMap<string, FunctionSpec>): object {
  const count = (test: (fn: FunctionStatus) => boolean): number => functions.filter(test).length;
  const sum = (value: (fn: FunctionStatus) => number): number => functions.reduce((total, fn) => total + value(fn), 0);
  const overflow = sum((fn) => fn.queueDrops.overflow);
  const timeout = sum((fn) => fn.queueDrops.timeout);
  return {
    total: functions.length,
    warm: count((fn) => fn.state === 'warm'),
    stale: count((fn) => fn.state === 'stale'),
    cold: count((fn) => fn.state === 'cold'),
    keep_warm_enabled: count((fn) => specs.get(fn.key)?.policy.keepWarm.enabled === true),
    pool_enabled: count((fn) => specs.get(fn.key)?.policy.workerPool.enabled === true),
    pool_active: sum((fn) => fn.active),
    pool_queued: sum((fn) => fn.queued),
    pool_queue_drops: overflow + timeout,
    pool_queue_overflow_drops: overflow,
    pool_queue_timeout_drops: timeout,
  };
}

function functionState(status: FunctionStatus, spec: FunctionSpec | undefined): object {
  const { runtime, name, version, key, state, workers, active, queued, queueDrops, problem } = status;
  const counters = {
    active,
    queued,
    queue_drops: { ...queueDrops, total: queueDrops.overflow + queueDrops.timeout },
  };
  return {
    runtime,
    name,
    version,
    key,
    state,
    problem,
    workers,
    ...(spec === undefined
      ? { keep_warm: null, worker_pool: counters }
      : { keep_warm: keepWarm(spec), worker_pool: { ...workerPool(spec), ...counters } }),
  };
}

function keepWarm({ policy: { keepWarm } }: FunctionSpec): object {
  return {
    enabled: keepWarm.enabled,
    min_warm: keepWarm.minWarm,
    ping_every_seconds: keepWarm.pingEveryMs / 1000,
    idle_ttl_seconds: keepWarm.idleTtlMs / 1000,
  };
}

function workerPool({ policy: { workerPool } }: FunctionSpec): object {
  return {
    enabled: workerPool.enabled,
    max_workers: workerPool.maxWorkers,
    min_warm: workerPool.minWarm,
    max_queue: workerPool.maxQueue,
    queue_timeout_ms: workerPool.queueTimeoutMs,
    idle_ttl_seconds: workerPool.idleTtlMs / 1000,
    overflow_status: workerPool.overflowStatus,
  };
}
