import { expect, test } from 'vitest';
import { makeClaim, makeFunction, startGateway } from '../../test-support.js';

const hosts = ['api.example.com', '*.tenant.example', 'admin.example.com:8443'];

test.each([
  ['api.example.com', 200],
  ['API.Example.COM', 200],
  ['api.example.com:8080', 200],
  ['a.tenant.example', 200],
  ['a.b.tenant.example', 200],
  ['admin.example.com:8443', 200],
  ['admin.example.com', 421],
  ['tenant.example', 421],
  ['evil-tenant.example', 421],
  ['api.example.com.evil.example', 421],
  ['127.0.0.1', 421],
])('host %s → %i', async (host, status) => {
  const app = await startGateway({ claims: [makeClaim('GET /x', makeFunction('x'), { hosts })] });
  const answer = await app.fetch('/x', { headers: { Host: host } });
  expect(answer.status).toBe(status);
  if (status === 421) expect(answer.json()).toMatchObject({ code: 'host_not_allowed' });
});

test('a forwarded host counts only from a trusted peer', async () => {
  const claims = [makeClaim('GET /x', makeFunction('x'), { hosts })];
  const headers = { 'X-Forwarded-Host': 'api.example.com' };
  const trusting = await startGateway({ claims });
  expect((await trusting.fetch('/x', { headers })).status).toBe(200);
  const strict = await startGateway({ claims, trustedProxies: [] });
  expect((await strict.fetch('/x', { headers })).status).toBe(421);
});
