import { describe, expect, test } from 'vitest';
import { formatTraceparent, isTraceState, readTraceContext } from './trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-ff`, 1],
    [`00-${TRACE}-${SPAN}-02`, 0],
    [`cc-${TRACE}-${SPAN}-01`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, 1],
  ])('%s', (sent, flags) => {
    expect(readTraceContext(sent, undefined)).toEqual({ traceId: TRACE, spanId: SPAN, flags, state: null });
  });

  test.each([
    undefined,
    '',
    'x',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    [`00-${TRACE}-${SPAN}-01`],
    'x'.repeat(10_000),
  ])('%j is none', (sent) => {
    expect(readTraceContext(sent, 'a=1')).toBeNull();
  });

  test('goes on in version 00, with the bits that are known', () => {
    const read = readTraceContext(`cc-${TRACE}-${SPAN}-ff-more`, 'a=1')!;
    expect(formatTraceparent(read)).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(read.state).toBe('a=1');
  });

  test('a malformed state is dropped alone', () => {
    expect(readTraceContext(`00-${TRACE}-${SPAN}-01`, 'A=1')).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      flags: 1,
      state: null,
    });
  });
});

describe('tracestate', () => {
  test.each([
    ['a=1', true],
    ['a=1, b=2,,\tc=3 ', true],
    ['1tenant@system=x', true],
    ['a=b c', true],
    [Array.from({ length: 32 }, (_, i) => `k${i}=v`).join(','), true],
    [`a=${'x'.repeat(256)}`, true],
    ['', false],
    [',', false],
    ['a', false],
    ['=1', false],
    ['a=', false],
    ['a=1=2', false],
    ['A=1', false],
    ['1a=1', false],
    ['a@1=1', false],
    ['a=1,a=2', false],
    ['a=\u00e9', false],
    [`a=${'x'.repeat(257)}`, false],
    [Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(','), false],
    ['x'.repeat(10_000), false],
  ])('%j: %s', (text, expected) => {
    expect(isTraceState(text)).toBe(expected);
  });
});
