import { expect, it } from 'vitest';
import { call, fakeFunction, runningPool, useFakeRuntime } from './support.js';

useFakeRuntime();

it('runs a call', async () => {
  const fn = fakeFunction('echo');
  const pool = await runningPool([fn]);
  const answer = await call(pool, fn);
  console.log(answer);
  expect(answer.status).toBe(200);
  console.log(await call(pool, fn), JSON.stringify(pool.status()));
  await pool.close();
});
