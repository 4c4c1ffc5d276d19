import type { CorsPolicy } from '@fastfn/core';
import { describe, expect, test } from 'vitest';
import { makeClaim, makeFunction, startGateway } from '../../test-support.js';
import { applyCors } from './headers.js';

const any: CorsPolicy = { origins: ['*'], methods: [], headers: [], expose: [], credentials: false, maxAge: null };
const page = 'https://app.example';

describe('headers of an answer', () => {
  test.each<[string, CorsPolicy, string | undefined, string[]]>([
    ['any', any, page, ['Access-Control-Allow-Origin', '*']],
    ['any, no origin', any, undefined, []],
    ['named', { ...any, origins: [page] }, page, ['Vary', 'Origin', 'Access-Control-Allow-Origin', page]],
    ['not named', { ...any, origins: [page] }, 'https://evil.example', ['Vary', 'Origin']],
    ['null is not named', { ...any, origins: [page] }, 'null', ['Vary', 'Origin']],
    ['credentials never with *', { ...any, credentials: true }, page, ['Access-Control-Allow-Origin', '*']],
    [
      'credentials for a named one',
      { ...any, origins: [page], credentials: true, expose: ['X-A', 'X-B'] },
      page,
      [
        'Vary',
        'Origin',
        'Access-Control-Allow-Origin',
        page,
        'Access-Control-Allow-Credentials',
        'true',
        'Access-Control-Expose-Headers',
        'X-A, X-B',
      ],
    ],
  ])('%s', (_, policy, origin, expected) => {
    const headers: string[] = [];
    applyCors(policy, origin, headers);
    expect(headers).toEqual(expected);
  });
});

describe('through the gateway', () => {
  const preflight = (method: string, extra: Record<string, string> = {}) => ({
    method: 'OPTIONS',
    headers: { Origin: page, 'Access-Control-Request-Method': method, ...extra },
  });

  test('a preflight is answered by the policy of the method asked for', async () => {
    const open = makeFunction('open', { cors: { ...any, maxAge: 60 } });
    const strict = makeFunction('strict', {
      cors: { ...any, origins: ['https://other.example'], methods: ['PUT'], headers: ['X-A'] },
    });
    const app = await startGateway({ claims: [makeClaim('GET /x', open), makeClaim('PUT /x', strict)] });
    const get = await app.fetch('/x', preflight('GET', { 'Access-Control-Request-Headers': 'x-b' }));
    expect(get.status).toBe(204);
    expect(get.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS, PUT',
      'access-control-allow-headers': 'x-b',
      'access-control-max-age': '60',
      vary: 'Access-Control-Request-Headers',
    });
    const put = await app.fetch('/x', preflight('PUT'));
    expect(put.headers['access-control-allow-origin']).toBeUndefined();
    expect(put.headers.vary).toBe('Origin');
  });

  test('OPTIONS that is no preflight, or without a policy, tells the methods', async () => {
    const app = await startGateway({ claims: [makeClaim('GET /x', makeFunction('x'))] });
    expect((await app.fetch('/x', preflight('GET'))).headers).toMatchObject({ allow: 'GET, HEAD, OPTIONS' });
    expect((await app.fetch('/x', { method: 'OPTIONS' })).status).toBe(204);
  });

  test('errors carry the headers too', async () => {
    const app = await startGateway({
      claims: [makeClaim('POST /x', makeFunction('x', { cors: any, maxBodyBytes: 1 }))],
    });
    const answer = await app.fetch('/x', { method: 'POST', body: 'long', headers: { Origin: page } });
    expect(answer.status).toBe(413);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect((await app.fetch('/x', { headers: { Origin: page } })).headers['access-control-allow-origin']).toBe('*');
  });
});
