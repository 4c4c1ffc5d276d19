import { type ErrorCode, FastFnError } from '@fastfn/core';
import { expect, test } from 'vitest';
import { INFO, startGateway } from '../../test-support.js';

/** Who may enter, and when, is decided by the invoker; these are its words on the wire. */

test.each<[ErrorCode, number | undefined, number]>([
  ['worker_pool_overflow', undefined, 429],
  ['worker_pool_overflow', 503, 503],
  ['worker_pool_queue_timeout', undefined, 429],
  ['worker_pool_queue_timeout', 503, 503],
  ['concurrency_limit', undefined, 429],
])('%s with overflow_status %s → %i', async (code, overflow, status) => {
  const headers = { 'Retry-After': '1' };
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sink.onError(new FastFnError(code, 'Full.', { headers, ...(overflow && { status: overflow }) }), null);
      return undefined;
    },
  });
  const answer = await app.fetch('/x');
  expect(answer.status).toBe(status);
  expect(answer.json()).toMatchObject({ code, error: 'Full.', request_id: answer.headers['x-request-id'] });
  expect(answer.headers['retry-after']).toBe('1');
  expect(app.records).toMatchObject([{ status, errorCode: code, state: null }]);
});

test.each([true, false])('a call that waited (%s) says so', async (queued) => {
  const app = await startGateway({
    routes: { 'GET /x': {} },
    handler: (_, sink) => {
      sink.onHead(200, [], null, true, { ...INFO, queued });
      return undefined;
    },
  });
  expect((await app.fetch('/x')).headers['x-fastfn-queued']).toBe(queued ? 'true' : undefined);
});
