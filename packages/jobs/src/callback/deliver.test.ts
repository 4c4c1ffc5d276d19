import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@fastfn/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CallbackMessage, deliver, type PostCallback } from './deliver.js';
import { callbackSecret } from './secret-file.js';
import { sign } from './sign.js';

const NOW = 1_700_000_000_123;

function job(attempts: number): Job {
  return {
    id: 'job_1',
    status: 'done',
    runtime: 'node',
    name: 'x',
    version: 'default',
    method: 'GET',
    route: '/x',
    attempt: 0,
    maxAttempts: 1,
    createdAt: 0,
    updatedAt: 0,
    dueAt: 0,
    resultStatus: 200,
    lastError: null,
    callback: { url: 'https://example.com/hook', status: 'waiting', attempts, lastError: null },
  };
}

const tell = (attempts: number, post: PostCallback) =>
  deliver(job(attempts), null, { post, secret: 'key', now: NOW, signal: new AbortController().signal });

test('the signature covers time and body', () => {
  const v1 = createHmac('sha256', 'key').update('1700000000.{"a":1}').digest('hex');
  expect(sign('{"a":1}', 'key', NOW)).toBe(`t=1700000000,v1=${v1}`);
});

test('what is sent', async () => {
  const sent: [string, CallbackMessage][] = [];
  const delivery = await tell(2, async (url, message) => {
    sent.push([url, message]);
    return 204;
  });
  expect(delivery).toEqual({ kind: 'delivered' });
  const [url, { headers, body }] = sent[0]!;
  expect(url).toBe('https://example.com/hook');
  expect(headers).toEqual({
    'content-type': 'application/json',
    'user-agent': 'FastFN-callback',
    'x-fastfn-job': 'job_1',
    'x-fastfn-delivery': '2',
    'x-fastfn-signature': sign(body, 'key', NOW),
  });
  expect(JSON.parse(body)).toMatchObject({ event: 'job.done', job: { id: 'job_1' }, result: null });
  expect(JSON.parse(body).job).not.toHaveProperty('callback');
});

describe('what follows', () => {
  test.each([
    [0, 1_000],
    [1, 5_000],
    [6, 3_600_000],
  ])('after %i deliveries before, a failed one is made again in %i ms', async (attempts, wait) => {
    expect(await tell(attempts, async () => 500)).toEqual({
      kind: 'again',
      dueAt: NOW + wait,
      error: 'It answered 500.',
    });
  });

  test.each([300, 404, 429])('%i is no delivery', async (status) => {
    expect(await tell(0, async () => status)).toMatchObject({ kind: 'again' });
  });

  test('the eighth is the last', async () => {
    expect(await tell(7, async () => 500)).toEqual({ kind: 'failed', error: 'It answered 500.' });
  });

  test('410 is the end at once', async () => {
    expect(await tell(0, async () => 410)).toEqual({ kind: 'failed', error: 'It answered 410.' });
  });

  test('no answer', async () => {
    const refused = Promise.reject(new Error('It could not be reached (ECONNREFUSED).'));
    expect(await tell(0, () => refused)).toMatchObject({ error: 'It could not be reached (ECONNREFUSED).' });
  });
});

describe('the key file', () => {
  test('is made once, for its owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fastfn-key-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'state/callbacks.key');
    const secret = callbackSecret(file);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(callbackSecret(file)).toBe(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${secret}\n`);
    writeFileSync(file, '\n');
    expect(() => callbackSecret(file)).toThrow('is empty');
  });
});
