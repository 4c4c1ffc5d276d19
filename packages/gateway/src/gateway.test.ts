import { describe, expect, test } from 'vitest';
import { reply, startGateway } from './test-support.js';

describe('a request to a function', () => {
  test('reaches its handler as an invocation', async () => {
    const calls: unknown[] = [];
    const app = await startGateway({
      routes: { 'GET /users/:id': {} },
      handler: (call, sink) => {
        calls.push(call);
        return reply(sink, 'hi');
      },
    });
    const answer = await app.fetch('/users/a%20b?x=1&x=2&y', { headers: { 'X-A': 'é', cookie: 'sid=7; a=b' } });
    expect(answer).toMatchObject({ status: 200, text: 'hi' });
    expect(answer.headers).toMatchObject({ 'content-length': '2', 'x-fastfn-function-state': 'warm' });
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]+$/);
    expect(calls).toMatchObject([
      {
        method: 'GET',
        path: '/users/a b',
        rawPath: '/users/a%20b',
        query: ['x', '1', 'x', '2', 'y', ''],
        params: { id: 'a b' },
        session: { id: '7', raw: 'sid=7; a=b', cookies: { sid: '7', a: 'b' } },
        clientIp: '127.0.0.1',
        context: null,
        captureOutput: false,
      },
    ]);
  });
});
