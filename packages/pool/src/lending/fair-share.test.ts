import { expect, it } from 'vitest';
import { whomToAsk } from './fair-share.js';

const share = (kept: number, asking = 0, recalling = 0) => ({ kept, asking, recalling });

it.each([
  ['nobody has anything', [share(0, 1)], -1],
  ['one gateway alone', [share(4, 9)], -1],
  ['equal shares', [share(2, 5), share(2, 5)], -1],
  ['one has nothing', [share(4), share(0, 1)], 0],
  ['the richest is asked', [share(1), share(3, 2), share(0, 2)], 1],
  ['as many as are missing are on their way', [share(4, 0, 1), share(0, 1)], -1],
  ['one more is missing', [share(4, 0, 1), share(0, 2)], 0],
  ['nobody gives below the share', [share(2, 0, 0), share(1, 5)], -1],
  ['fewer workers than gateways: they take turns', [share(1, 3), share(0, 3)], 0],
  ['whoever waits for nothing claims nothing', [share(4, 3), share(0, 0)], -1],
])('%s', (_, shares, victim) => {
  expect(whomToAsk(shares)).toBe(victim);
});
