import { describe, expect, test } from 'vitest';
import { reply, startGateway } from '../../test-support.js';

describe('methods', () => {
  const routes = { 'GET /thing': {}, 'POST /only': {} };
  test.each([
    ['HEAD', '/thing', 200, undefined],
    ['OPTIONS', '/thing', 204, 'GET, HEAD, OPTIONS'],
    ['DELETE', '/thing', 405, 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/thing', 405, 'GET, HEAD, OPTIONS'],
    ['GET', '/only', 405, 'OPTIONS, POST'],
    ['OPTIONS', '/nothing', 404, undefined],
    ['GET', '/nothing', 404, undefined],
    ['GET', '/fastfn.json', 404, undefined],
    ['GET', '/fastfn.toml', 404, undefined],
    ['GET', '/console', 404, undefined],
    ['GET', '/console/x', 404, undefined],
    ['GET', '/_fn/nothing', 404, undefined],
    ['GET', '//_fn//nothing', 404, undefined],
    ['GET', '/%5ffn/live', 200, undefined],
  ])('%s %s → %i', async (method, path, status, allow) => {
    const app = await startGateway({ routes });
    const answer = await app.fetch(path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.allow).toBe(allow);
    if (status >= 400) expect(answer.json()).toMatchObject({ error: expect.any(String), code: expect.any(String) });
  });

  test('HEAD has the length and no body', async () => {
    const app = await startGateway({ routes, handler: (_, sink) => reply(sink, 'x'.repeat(500)) });
    const answer = await app.fetch('/thing', { method: 'HEAD' });
    expect(answer.headers['content-length']).toBe('500');
    expect(answer.text).toBe('');
  });
});
