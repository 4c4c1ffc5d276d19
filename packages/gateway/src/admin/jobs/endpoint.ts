import {
  FastFnError,
  isOpenJobId,
  JOB_STATUSES,
  type Job,
  type JobService,
  type JobStatus,
  jobJson,
  jobResultJson,
} from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { answer, answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { answerMissing } from '../invoke/endpoint.js';
import { readJson } from '../request-body.js';
import { readNewJob } from './new-job.js';

/** Largest body: that of a function, wrapped in JSON. */
const MAX_BODY = 16 * 1024 * 1024;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

const PREFIX = '/_fn/jobs/';
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Lists jobs, and makes one. SPEC §10, §16. */
export const jobs: Endpoint = {
  methods: ['GET', 'POST'],
  access: 'guarded',
  async serve(exchange) {
    const service = serviceOf(exchange);
    if (exchange.method === 'POST') await create(exchange, service);
    else answerJson(exchange, 200, { jobs: (await service.list(readFilter(exchange))).map(jobJson) });
  },
};

const one: Endpoint = {
  methods: ['GET', 'DELETE'],
  access: 'guarded',
  async serve(exchange) {
    const service = serviceOf(exchange);
    const { id } = partsOf(exchange.path)!;
    if (exchange.method === 'DELETE') await cancel(exchange, service, id);
    else answerJson(exchange, 200, jobJson((await service.get(id)) ?? unknown(id)));
  },
};

const result: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  async serve(exchange) {
    const { id } = partsOf(exchange.path)!;
    const found = await serviceOf(exchange).result(id);
    if (found === null) unknown(id);
    const { job, result: answered } = found;
    if (job.status === 'queued' || job.status === 'running') {
      answerJson(exchange, 202, { id, status: job.status });
    } else if (answered === null) {
      const reason = job.lastError === null ? '' : ` (${job.lastError})`;
      throw new FastFnError('not_found', `The job "${id}" is ${job.status}${reason}: there is no result.`);
    } else answerJson(exchange, 200, jobResultJson(answered));
  },
};

const retry: Endpoint = {
  methods: ['POST'],
  access: 'guarded',
  async serve(exchange) {
    const { id } = partsOf(exchange.path)!;
    const made = (await serviceOf(exchange).retry(id)) ?? unknown(id);
    created(exchange, made, { retry_of: id });
  },
};

/** Jobs that a public call made are read by whoever knows their id: nobody else was told it. */
const openOne: Endpoint = { ...one, methods: ['GET'], access: 'open' };
const openResult: Endpoint = { ...result, access: 'open' };

/** The endpoint of a path below `/_fn/jobs/`; null: there is none. */
export function jobEndpoint(path: string, method: string): Endpoint | null {
  const parts = path.startsWith(PREFIX) ? partsOf(path) : null;
  if (parts === null) return null;
  const open = isOpenJobId(parts.id) && (method === 'GET' || method === 'HEAD');
  if (parts.what === '') return open ? openOne : one;
  if (parts.what === 'result') return open ? openResult : result;
  return parts.what === 'retry' ? retry : null;
}

function partsOf(path: string): { readonly id: string; readonly what: string } | null {
  const [id = '', what = '', ...more] = path.slice(PREFIX.length).replace(/\/$/, '').split('/');
  return more.length === 0 && ID.test(id) ? { id, what } : null;
}

function serviceOf({ context }: Exchange): JobService {
  const service = context.options.jobs;
  if (service === undefined) throw new FastFnError('not_found', 'Jobs are switched off (FN_JOBS_ENABLED=0).');
  return service;
}

async function create(exchange: Exchange, service: JobService): Promise<void> {
  const body = await readJson(exchange, MAX_BODY);
  let job: Job;
  try {
    job = await service.create(readNewJob(body, exchange.context.calls, exchange.clientIp));
  } catch (error) {
    if (!(error instanceof FastFnError) || error.code !== 'missing_params') throw error;
    answerMissing(exchange, error);
    return;
  }
  created(exchange, job);
}

function created(exchange: Exchange, job: Job, more: object = {}): void {
  const headers = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'];
  headers.push('Location', `${PREFIX}${job.id}`);
  answer(exchange, 201, headers, `${JSON.stringify({ ...jobJson(job), ...more })}\n`);
}

async function cancel(exchange: Exchange, service: JobService, id: string): Promise<void> {
  const { outcome, job } = (await service.cancel(id)) ?? unknown(id);
  if (outcome === 'finished') {
    throw new FastFnError('job_finished', `The job "${id}" is ${job.status} already.`, {
      details: { status: job.status },
    });
  }
  answerJson(exchange, 200, jobJson(job));
}

function readFilter({ search }: Exchange): { status?: JobStatus; limit: number } {
  const query = new URLSearchParams(search);
  const limit = query.get('limit') || String(DEFAULT_LIMIT);
  const status = query.get('status') || undefined;
  if (!/^\d{1,6}$/.test(limit) || Number(limit) < 1) {
    throw new FastFnError('bad_request', `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  if (status !== undefined && !(JOB_STATUSES as readonly string[]).includes(status)) {
    throw new FastFnError('bad_request', `"status" must be one of ${JOB_STATUSES.join(', ')}.`);
  }
  return { limit: Math.min(Number(limit), MAX_LIMIT), ...(status && { status: status as JobStatus }) };
}

function unknown(id: string): never {
  throw new FastFnError('not_found', `There is no job "${id}"; it may have been removed since.`);
}
