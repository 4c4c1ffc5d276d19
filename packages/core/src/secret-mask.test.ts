import { expect, test } from 'vitest';
import { secretMask } from './secret-mask.js';

const KEY = '-----BEGIN KEY-----\nMIIEvQ\n-----END KEY-----';

test.each([
  ['a value anywhere', ['hunter2'], 'a hunter2, "hunter2"', 'a <hidden>, "<hidden>"'],
  ['one that holds another', ['hunter', 'hunter22'], 'hunter22 hunter', '<hidden> <hidden>'],
  ['each line of several', [KEY], 'got MIIEvQ!', 'got <hidden>!'],
  ['several lines at once', [KEY], `x\n${KEY}\ny`, 'x\n<hidden>\ny'],
  ['what looks like a pattern', ['a.*$&'], 'a.*$& abcd', '<hidden> abcd'],
  ['no short ones', ['abc', ''], 'abc def', 'abc def'],
  ['no ordinary words', ['true', 'False', 'none', 'NULL'], 'true False none NULL', 'true False none NULL'],
  ['nothing without values', [], 'text', 'text'],
])('%s', (_, values, text, shown) => {
  expect(secretMask(values)(text)).toBe(shown);
});
