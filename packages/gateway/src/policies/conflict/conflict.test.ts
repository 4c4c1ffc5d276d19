import { expect, test } from 'vitest';
import { makeClaim, makeFunction, startGateway } from '../../test-support.js';

test('two claims on one URL are 409, naming both', async () => {
  const claims = [makeClaim('GET /x', makeFunction('a')), makeClaim('GET /x', makeFunction('b'))];
  const app = await startGateway({ claims });
  const answer = await app.fetch('/x');
  expect(answer.status).toBe(409);
  expect(answer.json()).toMatchObject({
    code: 'route_conflict',
    details: { route: '/x', functions: [{ name: 'a' }, { name: 'b' }] },
  });
  expect(answer.text).toMatch(/node\/a@default.*node\/b@default/);
});
