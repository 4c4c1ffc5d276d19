import { FastFnError, type Job, type JobService, type NewJob } from '@fastfn/core';
import { expect, test } from 'vitest';
import { reply, startGateway } from '../../test-support.js';

/** A job service that remembers what it is asked to do. */
function recordingJobs(refusal: FastFnError | null = null): { jobs: JobService; asked: NewJob[] } {
  const asked: NewJob[] = [];
  const create = async (job: NewJob): Promise<Job> => {
    if (refusal !== null) throw refusal;
    asked.push(job);
    return {
      id: 'async_1',
      status: 'queued',
      attempt: 0,
      createdAt: 1,
      updatedAt: 1,
      resultStatus: null,
      lastError: null,
      ...job,
    } as unknown as Job;
  };
  return { jobs: { create } as JobService, asked };
}

test.each([
  ['respond-async', true, 202],
  ['respond-async, wait=10', true, 202],
  ['return=minimal; x=1, Respond-Async;y', true, 202],
  ['respond-asynchronous', true, 200],
  ['return=respond-async', true, 200],
  [undefined, true, 200],
  ['respond-async', false, 200],
])('Prefer: %s with invoke.async %s → %i', async (prefer, async, status) => {
  const { jobs, asked } = recordingJobs();
  const app = await startGateway({
    jobs,
    routes: { 'POST /x': { invoke: { async } } },
    handler: (_, sink) => reply(sink, 'now'),
  });
  const answer = await app.fetch('/x', { method: 'POST', body: 'hi', headers: prefer ? { Prefer: prefer } : {} });
  expect(answer.status).toBe(status);
  expect(asked).toHaveLength(status === 202 ? 1 : 0);
  if (status !== 202) return;
  expect(answer.headers).toMatchObject({ location: '/_fn/jobs/async_1', 'preference-applied': 'respond-async' });
  expect(asked[0]).toMatchObject({ open: true, call: { method: 'POST', path: '/x', name: 'x' } });
  expect(Object.keys(asked[0]!.call.headers)).not.toContain('prefer');
});

test('without jobs the preference is passed over', async () => {
  const app = await startGateway({ routes: { 'GET /x': { invoke: { async: true } } } });
  expect((await app.fetch('/x', { headers: { Prefer: 'respond-async' } })).status).toBe(200);
});

test('a full store is told', async () => {
  const { jobs } = recordingJobs(new FastFnError('jobs_full', 'Too many jobs wait.'));
  const app = await startGateway({ jobs, routes: { 'GET /x': { invoke: { async: true } } } });
  const answer = await app.fetch('/x', { headers: { Prefer: 'respond-async' } });
  expect(answer.json()).toMatchObject({ code: 'jobs_full' });
  expect(answer.status).toBeGreaterThanOrEqual(400);
});
