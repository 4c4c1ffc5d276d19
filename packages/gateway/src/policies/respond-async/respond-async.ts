import { FastFnError, type Job, type JobService, jobJson, type NewJob } from '@fastfn/core';
import type { Exchange } from '../../exchange.js';
import { storedRequest } from '../../internal/from-request.js';
import { answer } from '../../respond/answer.js';

/**
 * `Prefer: respond-async` (RFC 7240) on a function with `invoke.async`: the call becomes a job, and the client is told
 * where to ask for it. Without jobs the preference is passed over, as the RFC allows. SPEC §10.
 */
export function respondAsync(exchange: Exchange): boolean {
  const { jobs } = exchange.context.options;
  if (!exchange.fn!.policy.async || jobs === undefined || !isAsked(exchange.headers.get('prefer'))) return true;
  void makeJob(exchange, jobs);
  return false;
}

async function makeJob(exchange: Exchange, jobs: JobService): Promise<void> {
  const { fn } = exchange;
  const job: NewJob = {
    call: storedRequest(exchange),
    maxAttempts: 1,
    retryDelayMs: 1000,
    runAt: null,
    callbackUrl: null,
    open: true,
  };
  try {
    // A broken config would only fail later.
    if (fn!.configError !== null) throw fn!.configError;
    accepted(exchange, await jobs.create(job));
  } catch (error) {
    exchange.fail(
      error instanceof FastFnError
        ? error
        : new FastFnError('internal_error', 'The job was not accepted.', { cause: error }),
    );
  }
}

function accepted(exchange: Exchange, job: Job): void {
  const url = `/_fn/jobs/${job.id}`;
  const headers = [
    'Content-Type',
    'application/json; charset=utf-8',
    'Cache-Control',
    'no-store',
    'Location',
    url,
    'Preference-Applied',
    'respond-async',
  ];
  answer(exchange, 202, headers, `${JSON.stringify({ ...jobJson(job), url, result_url: `${url}/result` })}\n`);
}

/** `respond-async, wait=10`: a list of preferences, each perhaps with a value and parameters. */
function isAsked(prefer: string | undefined): boolean {
  if (prefer === undefined) return false;
  return prefer.split(',').some((preference) => /^\s*respond-async\s*(;|$)/i.test(preference));
}
