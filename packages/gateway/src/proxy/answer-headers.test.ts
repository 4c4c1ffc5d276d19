import { expect, test } from 'vitest';
import { announcedLength, answerHeaders } from './answer-headers.js';

test.each([
  [
    ['A', '1', 'Connection', 'close'],
    ['A', '1', 'Connection', 'close'],
  ],
  [
    ['X-Hop', '1', 'connection', 'close, X-HOP ,', 'A', '2'],
    ['connection', 'close, X-HOP ,', 'A', '2'],
  ],
  [
    ['Connection', 'a', 'A', '1', 'Connection', 'b', 'B', '2', 'C', '3'],
    ['Connection', 'a', 'Connection', 'b', 'C', '3'],
  ],
  [
    ['Connection', 'content-length', 'Content-Length', '3'],
    ['Connection', 'content-length', 'Content-Length', '3'],
  ],
])('%j → %j', (raw, kept) => {
  expect(answerHeaders(raw)).toEqual(kept);
});

test.each([
  [['Content-Length', '12'], '12'],
  [['A', '1'], null],
  [['Content-Length', '1', 'Content-Length', '1'], null],
  [['Content-Length', '1', 'Transfer-Encoding', 'chunked'], null],
  [['Transfer-Encoding', 'chunked', 'Content-Length', '1'], null],
  [['Content-Length', '-1'], null],
  [['Content-Length', '1e3'], null],
  [['Content-Length', '9'.repeat(16)], null],
])('the length announced by %j is %j', (headers, length) => {
  expect(announcedLength(headers)).toBe(length);
});
