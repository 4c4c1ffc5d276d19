import { expect, test } from 'vitest';
import { RequestHeaders } from './request-headers.js';

test.each([
  ['nothing', [], ''],
  ['names in any case', ['HOST', 'a', 'X-One', '1'], 'host\na\nx-one\n1'],
  ['repeated ones are joined', ['x-a', '1', 'Host', 'h', 'X-A', '2'], 'x-a\n1, 2\nhost\nh'],
  ['cookies by semicolons', ['Cookie', 'a=1', 'cookie', 'b=2'], 'cookie\na=1; b=2'],
  ['repeated Host headers become invalid', ['Host', 'a', 'Host', 'b'], 'host\na, b'],
  ['names of objects are nothing special', ['__proto__', 'x', 'constructor', 'y'], '__proto__\nx\nconstructor\ny'],
  ['empty values', ['X-A', '', 'X-A', ''], 'x-a\n, '],
])('%s', (_, raw: string[], blob) => {
  expect(RequestHeaders.fromRaw(raw).blob()).toBe(blob);
});

test('many are joined the same way', () => {
  const raw = Array.from({ length: 100 }, (_, i) => [`X-${i % 50}`, String(i)]).flat();
  const headers = RequestHeaders.fromRaw(raw);
  expect([...headers]).toHaveLength(50);
  expect(headers.get('x-7')).toBe('7, 57');
});

test('lookups are by lower-case name', () => {
  const headers = RequestHeaders.fromRaw(['Host', 'a', 'X-Empty', '']);
  expect(headers.get('host')).toBe('a');
  expect(headers.get('a')).toBeUndefined();
  expect(headers.has('x-empty')).toBe(true);
  expect(headers.has('x-missing')).toBe(false);
  expect([...headers]).toEqual([
    ['host', 'a'],
    ['x-empty', ''],
  ]);
});

test('objects of headers are taken as node makes them', () => {
  const headers = RequestHeaders.of({ host: 'a', 'x-b': 'c, d', 'set-cookie': ['e', 'f'], gone: undefined });
  expect(headers.blob()).toBe('host\na\nx-b\nc, d\nset-cookie\ne, f');
  expect(RequestHeaders.of({}).blob()).toBe('');
});
