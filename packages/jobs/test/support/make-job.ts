import type { StoredCall } from '@fastfn/core';
import type { QueuedJob } from '../../src/queue.js';

export function makeCall(over: Partial<StoredCall> = {}): StoredCall {
  return {
    runtime: 'node',
    name: 'hello',
    version: 'default',
    method: 'POST',
    path: '/hello',
    template: '/hello',
    params: {},
    search: '',
    headers: { host: 'localhost' },
    body: new Uint8Array(0),
    clientIp: '127.0.0.1',
    ...over,
  };
}

export function makeJob(over: Partial<QueuedJob> = {}): QueuedJob {
  const createdAt = over.createdAt ?? Date.now();
  return {
    id: 'job_x',
    call: makeCall(),
    maxAttempts: 1,
    retryDelayMs: 1000,
    runAt: null,
    callbackUrl: null,
    open: false,
    createdAt,
    dueAt: createdAt,
    ...over,
  };
}
