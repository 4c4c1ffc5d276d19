import { FastFnError, type FunctionStatus, type ScheduleService } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { Fields } from '../fields.js';
import { readJson } from '../request-body.js';
import { scheduleJson, stateJson } from './schedule-json.js';

const MAX_NAME = 512;

/** Schedules and functions that are kept warm, with their state. SPEC §10, §16. */
export const schedules: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  async serve(exchange) {
    const service = serviceOf(exchange);
    const schedules = await service.schedules();
    const status = new Map(exchange.context.options.backend.status().functions.map((fn) => [fn.key, fn]));
    answerJson(exchange, 200, {
      enabled: service.enabled,
      schedules: schedules.map(({ fn, state, running }) => ({
        runtime: fn.runtime,
        name: fn.name,
        version: fn.version,
        schedule: scheduleJson(fn.policy.schedule!),
        state: { ...stateJson(state), running },
      })),
      keep_warm: service.keepWarm().map(({ fn, lastStatus }) => ({
        runtime: fn.runtime,
        name: fn.name,
        version: fn.version,
        ping_every_seconds: fn.policy.keepWarm.pingEveryMs / 1000,
        state: { last_status: lastStatus, warm_state: warmState(status.get(fn.key)) },
      })),
    });
  },
};

/** Runs one now, and answers when it has ended. */
export const runSchedule: Endpoint = {
  methods: ['POST'],
  access: 'guarded',
  async serve(exchange) {
    const service = serviceOf(exchange);
    const fields = new Fields(await readJson(exchange));
    const name = fields.requiredText('name', MAX_NAME);
    const version = fields.text('version', MAX_NAME) || undefined;
    const runtime = fields.text('runtime', MAX_NAME) || undefined;
    fields.check();
    const fn = exchange.app?.table.functionByName(name, version, runtime) ?? null;
    if (fn === null) throw new FastFnError('not_found', `There is no function "${name}"; see /_fn/catalog.`);
    const { status, error, latencyMs } = await service.run(fn);
    answerJson(exchange, 200, {
      runtime: fn.runtime,
      name: fn.name,
      version: fn.version,
      status,
      error,
      latency_ms: latencyMs,
    });
  },
};

function serviceOf({ context }: Exchange): ScheduleService {
  const service = context.options.schedules;
  if (service === undefined) throw new FastFnError('not_found', 'This gateway runs no schedules.');
  return service;
}

function warmState(status: FunctionStatus | undefined): FunctionStatus['state'] {
  return status?.state ?? 'cold';
}
