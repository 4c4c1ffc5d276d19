import { FastFnError } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { RequestHeaders } from '../request-headers.js';
import { INFO, startGateway } from '../test-support.js';
import { wantsPage } from './wants-page.js';

const failing = new FastFnError('handler_error', 'The handler threw: division by <zero>', {
  details: { hint: 'x' },
  debug: {
    type: 'ZeroDivisionError',
    message: 'division by zero',
    file: '/app/hello.py',
    line: 7,
    source: 'return 1 / 0 < 2',
    stack: 'Traceback …',
  },
  headers: { 'Retry-After': '3' },
});

describe('an error of the handler', () => {
  const setup = {
    routes: { 'GET /x': {} },
    handler: (_: unknown, sink: { onError(e: FastFnError, i: typeof INFO): void }) => void sink.onError(failing, INFO),
  };

  test('in run: JSON without internals', async () => {
    const app = await startGateway({ ...setup, mode: 'run' });
    const answer = await app.fetch('/x', { headers: { Accept: 'text/html' } });
    expect(answer.status).toBe(500);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'retry-after': '3',
      'x-fastfn-function-state': 'warm',
    });
    expect(answer.json()).toEqual({
      error: 'The handler failed. The log of the server says why.',
      code: 'handler_error',
      request_id: answer.headers['x-request-id'],
    });
    expect(app.records).toMatchObject([{ status: 500, errorCode: 'handler_error' }]);
  });

  test('in dev: JSON with the line', async () => {
    const app = await startGateway({ ...setup, mode: 'dev' });
    expect((await app.fetch('/x')).json()).toMatchObject({ debug: failing.debug });
  });

  test('in dev, navigating: a page that shows the line, escaped, from nowhere else', async () => {
    const app = await startGateway({ ...setup, mode: 'dev' });
    const answer = await app.fetch('/x', { headers: { 'Sec-Fetch-Mode': 'navigate' } });
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('return 1 / 0 &lt; 2');
    expect(answer.text).toContain('/app/hello.py:7');
    expect(answer.text).toContain('ZeroDivisionError: division by zero');
    expect(answer.text).not.toMatch(/<script|https?:\/\/|<zero>/);
  });

  test('a fault of our own tells nothing in run', async () => {
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: () => {
        throw new Error('secret detail');
      },
    });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'internal_error' });
    expect(answer.text).not.toContain('secret');
  });

  test('a function that warms up says so', async () => {
    const warming = new FastFnError('warming_up', 'still building', { headers: { 'Retry-After': '1' } });
    const app = await startGateway({
      routes: { 'GET /x': {} },
      handler: (_, sink) => void sink.onError(warming, null),
    });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'x-fastfn-warming': 'true', 'retry-after': '1' });
  });
});

test.each([
  [{ 'sec-fetch-mode': 'navigate' }, true],
  [{ 'sec-fetch-mode': 'cors', accept: 'text/html' }, false],
  [{ accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, true],
  [{ accept: 'application/json, text/html' }, false],
  [{ accept: '*/*' }, false],
  [{}, false],
])('wantsPage %j: %s', (headers, expected) => {
  expect(wantsPage(RequestHeaders.of(headers))).toBe(expected);
});
