import { describe, expect, test } from 'vitest';
import { addVary, headerSafe, headerValue, setHeader, writableHeaders } from './headers.js';

test('headerValue ignores case and takes the first', () => {
  expect(headerValue(['ETag', '1', 'etag', '2'], 'etag')).toBe('1');
  expect(headerValue(['a', 'b'], 'b')).toBeNull();
});

test('setHeader replaces in any case', () => {
  const headers = ['a', '1', 'A', '2', 'b', '3'];
  setHeader(headers, 'A', 'x');
  expect(headers).toEqual(['b', '3', 'A', 'x']);
});

test.each([
  [[], ['Vary', 'Origin']],
  [
    ['vary', 'Accept'],
    ['vary', 'Accept, Origin'],
  ],
  [
    ['Vary', 'accept, ORIGIN'],
    ['Vary', 'accept, ORIGIN'],
  ],
  [
    ['Vary', '*'],
    ['Vary', '*'],
  ],
])('addVary to %j', (headers: string[], expected) => {
  addVary(headers, 'Origin');
  expect(headers).toEqual(expected);
});

describe('writableHeaders', () => {
  test.each([
    ['a', 'b', ['a', 'b']],
    ['a', 'b\r\nc: d', null],
    ['a', 'b\0', null],
    ['a b', 'c', null],
    ['', 'c', null],
    ['a:', 'c', null],
    ['a', 'é', ['a', 'é']],
    ['a', '€', ['a', '\xe2\x82\xac']],
  ])('%j: %j', (name, value, expected) => {
    const dropped: string[] = [];
    expect(writableHeaders([name, value], (one) => dropped.push(one))).toEqual(expected ?? []);
    expect(dropped).toEqual(expected ? [] : [name]);
  });
});

test.each([
  ['plain', 'plain'],
  ['a\nb\r\t', 'a\\nb\\r\\t'],
  ['é\0', '\\u00e9\\u0000'],
])('headerSafe %j', (text, expected) => {
  expect(headerSafe(text, 100)).toBe(expected);
});

test('headerSafe is bounded', () => {
  expect(headerSafe('\n'.repeat(9000), 4096)).toHaveLength(4096);
});
