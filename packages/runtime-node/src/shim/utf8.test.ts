import { expect, test } from 'vitest';
import { piecesOf, prefixOf } from './utf8.js';

test.for([
  ['', 4, []],
  ['abc', 4, ['abc']],
  ['abcdefgh', 4, ['abcd', 'efgh']],
  ['aébé', 4, ['aéb', 'é']],
  ['😀😀a', 5, ['😀', '😀a']],
] as const)('%j in pieces of %i bytes', ([text, size, pieces]) => {
  expect([...piecesOf(text, size)]).toEqual(pieces);
});

test.for([
  ['abc', 5, 'abc'],
  ['éé', 3, 'é'],
  ['😀', 3, ''],
] as const)('%j cut to %i bytes', ([text, size, prefix]) => {
  expect(prefixOf(text, size)).toBe(prefix);
});
