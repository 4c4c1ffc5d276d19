import { expect, test } from 'vitest';
import { toCsv } from './csv.js';

test.for([
  ['nothing', [], ''],
  [
    'lists',
    [
      ['a', 1],
      [null, undefined],
    ],
    'a,1\r\n,\r\n',
  ],
  ['objects: columns in order of appearance', [{ b: 1 }, { a: 2, b: 3 }], 'b,a\r\n1,\r\n3,2\r\n'],
  ['what needs quotes', [['a,b', 'say "hi"', 'two\nlines', ' plain ']], '"a,b","say ""hi""","two\nlines", plain \r\n'],
  ['other values', [[true, new Date(0), { a: 1 }, 5n]], 'true,1970-01-01T00:00:00.000Z,"{""a"":1}",5\r\n'],
] as const)('%s', ([, rows, csv]) => {
  expect(toCsv(rows)).toBe(csv);
});

test.for([
  ['a list among objects', [{ a: 1 }, [1]], 'CSV row 1 is a list'],
  ['an object among lists', [[1], { a: 1 }], 'CSV row 1 is an object'],
  ['null', [null], 'CSV row 0 is null'],
  ['a number', [1], 'CSV row 0 is the number 1'],
] as const)('refuses %s', ([, rows, message]) => {
  expect(() => toCsv(rows)).toThrow(message);
});
