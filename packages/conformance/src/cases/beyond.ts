import { expect } from 'vitest';
import { defineCases } from '../case.js';

/** SPEC §9: an answer that the gateway fetches elsewhere. */
export const proxyCases = defineCases('proxy', 'proxy', [
  {
    id: 'proxy.passes',
    title: 'status, headers and body of the upstream are the answer, method, headers and body go there',
    async script({ url, call, check }) {
      const upstream = encodeURIComponent(`${url}/echo?from=proxy`);
      const answer = await call({ method: 'POST', path: `/proxy?url=${upstream}`, body: 'to the upstream' });
      await check(answer, {
        headers: { 'content-type': /^application\/json/ },
        jsonPart: {
          method: 'POST',
          path: '/echo',
          query: { from: 'proxy' },
          body: 'to the upstream',
          headers: expect.objectContaining({ 'x-sent': 'by the handler' }),
        },
      });
    },
  },
  {
    id: 'proxy.status',
    title: 'whatever the status',
    async script({ url, call, check }) {
      await check(await call({ path: `/proxy?url=${encodeURIComponent(`${url}/respond?case=error-status`)}` }), {
        status: 418,
        text: 'teapot',
      });
    },
  },
  {
    id: 'proxy.denied',
    title: 'a path that climbs out is refused',
    request: { path: `/proxy?path=${encodeURIComponent('/a/%2e%2e/b')}` },
    expect: { status: 502, jsonPart: { code: 'edge_denied' } },
  },
  {
    id: 'proxy.dead',
    title: 'a dead upstream is told',
    request: { path: '/proxy?path=/nobody' },
    expect: { status: 502, jsonPart: { code: 'edge_failed' } },
  },
]);

/** SPEC §6, §11: what is stored by the admin API reaches those that ask for it, and only those. */
export const secretCases = defineCases('secrets', 'secrets', [
  {
    id: 'secrets.stored',
    title: 'a stored secret reaches the function whose fn.env.json names it, and no other',
    async script({ call, check }) {
      const stored = await call({
        method: 'POST',
        path: '/_fn/secrets',
        headers: { 'x-fn-admin-token': 'of-the-gateway-alone', 'content-type': 'application/json' },
        body: JSON.stringify({ key: 'STORED', value: 's3cret-4713' }),
      });
      await check(stored, { status: 201 });
      await expect
        .poll(async () => (await call({ path: '/secrets' })).text, { timeout: 10_000, interval: 20 })
        .toBe('{"STORED":"s3cret-4713"}');
      expect((await call({ path: '/echo' })).json().secrets).toEqual({});
    },
  },
]);
