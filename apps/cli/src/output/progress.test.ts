import { FastFnError } from '@fastfn/core';
import type { PoolEvent } from '@fastfn/server';
import { expect, test } from 'vitest';
import { ProgressLines } from './progress.js';

function lines(...events: readonly (PoolEvent | number)[]): string[] {
  const written: string[] = [];
  let now = 0;
  const progress = new ProgressLines(
    (line) => void written.push(line),
    () => now,
  );
  for (const event of events) {
    if (typeof event === 'number') now += event;
    else progress.take(event);
  }
  return written;
}

const key = 'rust/thumbs.rs@default';
const started: PoolEvent = { type: 'prepare_started', key };
const step = (line: string, of = key): PoolEvent => ({ type: 'prepare_progress', key: of, line });
const finished: PoolEvent = { type: 'prepare_finished', key, durationMs: 1 };
const failed: PoolEvent = { type: 'prepare_failed', key, error: new FastFnError('build_failed', 'no') };

test.for<[string, (PoolEvent | number)[], string[]]>([
  ['nothing to do, nothing to say', [started, finished], []],
  [
    'a line when it begins and one when it is done',
    [started, step('compiling…'), 300, step('linking'), 900, finished],
    ['… rust thumbs.rs: compiling…', '✓ rust thumbs.rs: done (1.2 s)'],
  ],
  [
    'one in between when it takes long',
    [step('one'), 4999, step('two'), 1, step('three'), 4000, step('four'), 31_000, finished],
    ['… rust thumbs.rs: one', '… rust thumbs.rs: three', '✓ rust thumbs.rs: done (40.0 s)'],
  ],
  [
    'of many that begin together the first stands for all, and each tells its end',
    [
      step('compiling a.rs'),
      step('compiling b.rs', 'rust/b.rs@default'),
      step('compiling c.go', 'go/c.go@default'),
      1_000,
      finished,
      step('compiling d.rs', 'rust/d.rs@default'),
      4_000,
      step('still at it', 'rust/b.rs@default'),
      { type: 'prepare_finished', key: 'rust/b.rs@default', durationMs: 1 },
      { type: 'prepare_finished', key: 'rust/d.rs@default', durationMs: 1 },
      step('compiling e.rs', 'rust/e.rs@default'),
    ],
    [
      '… rust thumbs.rs: compiling a.rs',
      '… go c.go: compiling c.go',
      '✓ rust thumbs.rs: done (1.0 s)',
      '… rust b.rs: still at it',
      '✓ rust b.rs: done (5.0 s)',
      '✓ rust d.rs: done (4.0 s)',
      '… rust e.rs: compiling e.rs',
    ],
  ],
  [
    'a failure is told by the log; the next try begins anew',
    [step('one'), failed, finished, step('two')],
    ['… rust thumbs.rs: one', '… rust thumbs.rs: two'],
  ],
  [
    'each function by itself, versions by name, without forged lines',
    [step('a', 'python/x/hello@v2'), step('b\u001b[2J\nc')],
    ['… python x/hello@v2: a', expect.stringMatching(/^… rust thumbs\.rs: b[^\n\u001b]*c$/) as unknown as string],
  ],
])('%s', ([, events, expected]) => {
  expect(lines(...events)).toEqual(expected);
});
