import { expect, test } from 'vitest';
import type { RequestRecord } from '../../options.js';
import { AccessRing } from './access-ring.js';

function record(over: Partial<RequestRecord> = {}): RequestRecord {
  return {
    method: 'GET',
    path: '/users/42',
    route: '/users/:id',
    status: 200,
    durationMs: 1.5,
    fn: 'node/users@default',
    runtime: 'node',
    state: 'warm',
    bytes: 12,
    requestId: 'abc-1',
    clientIp: '127.0.0.1',
    traceId: null,
    errorCode: null,
    ...over,
  };
}

test('gives back what came in, oldest first, and no more than it holds', () => {
  const ring = new AccessRing(3);
  expect(ring.toArray()).toEqual([]);
  for (let i = 1; i <= 5; i++) ring.push(i, record({ path: `/${i}`, requestId: `id-${i}` }));
  expect(ring.toArray().map(({ ts, record: { path, requestId } }) => [ts, path, requestId])).toEqual([
    [3, '/3', 'id-3'],
    [4, '/4', 'id-4'],
    [5, '/5', 'id-5'],
  ]);
});

test('drained, it is empty and begins again', () => {
  const ring = new AccessRing(2);
  for (let i = 1; i <= 3; i++) ring.push(i, record());
  expect(ring.drain().map(({ ts }) => ts)).toEqual([2, 3]);
  expect(ring.drain()).toEqual([]);
  ring.push(4, record());
  expect(ring.toArray().map(({ ts }) => ts)).toEqual([4]);
});

test.each<[string, Partial<RequestRecord>]>([
  ['plain', {}],
  ['no function', { fn: null, errorCode: 'not_found', status: 404 }],
  ['three bytes a character', { path: `/${'語'.repeat(79)}` }],
  ['pairs of surrogates', { path: `/${'🦊'.repeat(39)}` }],
  ['a path too long for the slab', { path: `/${'x'.repeat(500)}` }],
  ['an id too long for the slab', { requestId: 'r'.repeat(128) }],
  ['large', { bytes: 2 ** 40, durationMs: 123_456.789 }],
])('%s', (_name, over) => {
  const ring = new AccessRing(2);
  ring.push(7, record({ path: '/before', requestId: 'x'.repeat(90) }));
  ring.push(8, record(over));
  ring.push(9, record(over));
  const { route, runtime, traceId, ...kept } = record(over);
  expect(ring.toArray()).toEqual([
    { ts: 8, record: kept },
    { ts: 9, record: kept },
  ]);
});
