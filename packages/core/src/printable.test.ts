import { expect, it } from 'vitest';
import { printable } from './printable.js';

it.each([
  ['naïve 日本 😀.js', 'naïve 日本 😀.js'],
  ['a\nb\tc', 'a\\u000ab\\u0009c'],
  ['\x1b[31mred\x7f', '\\u001b[31mred\\u007f'],
  ['x\u202ejs.exe', 'x\\u202ejs.exe'],
])('%j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});
