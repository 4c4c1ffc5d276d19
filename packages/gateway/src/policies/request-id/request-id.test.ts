import { expect, test } from 'vitest';
import { startGateway } from '../../test-support.js';
import { requestIdFactory } from './request-id.js';

test.each([
  ['abc-1', 'abc-1'],
  ['x'.repeat(129), null],
  ['a b', null],
  ['é', null],
])('X-Request-Id %j of a trusted peer', async (sent, kept) => {
  const app = await startGateway({ routes: { 'GET /x': {} } });
  const { headers } = await app.fetch('/x', { headers: { 'X-Request-Id': sent } });
  if (kept === null) expect(headers['x-request-id']).not.toBe(sent);
  else expect(headers['x-request-id']).toBe(kept);
});

test('a stranger names no request', async () => {
  const app = await startGateway({ trustedProxies: [], routes: { 'GET /x': {} } });
  const { headers } = await app.fetch('/x', { headers: { 'X-Request-Id': 'mine' } });
  expect(headers['x-request-id']).toMatch(/^[\w-]{8}-1$/);
});

test('ids are unique within a gateway and among gateways', () => {
  const [one, other] = [requestIdFactory(), requestIdFactory()];
  const ids = Array.from({ length: 100 }, () => [one(), other()]).flat();
  expect(new Set(ids).size).toBe(ids.length);
});
