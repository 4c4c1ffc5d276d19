import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { at, describeError, formatError } from './errors.js';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'fastfn-errors-')));
  writeFileSync(join(root, 'a b.js'), 'one\n  two\nthree\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function withStack(stack: string): Error {
  const error = new TypeError('boom');
  error.stack = `TypeError: boom\n${stack}`;
  return error;
}

test('the place is the nearest line of the user’s own code', () => {
  const file = join(root, 'a b.js');
  for (const shown of [pathToFileURL(file).href, file]) {
    const error = withStack(
      `    at inner (${root}/node_modules/x/i.js:9:9)\n    at handler (${shown}:2:3)\n    at node:internal/x:1:1`,
    );
    expect(describeError(error, root)).toMatchObject({
      type: 'TypeError',
      message: 'boom',
      file,
      line: 2,
      source: '  two',
    });
  }
});

test('else one outside; else none', () => {
  expect(describeError(withStack('    at x (/other/y.js:3:1)'), root)).toMatchObject({
    file: '/other/y.js',
    line: 3,
    source: null,
  });
  expect(describeError(withStack(''), root)).toMatchObject({ file: null, line: null, source: null });
});

test('a place that was attached wins, and stays', () => {
  const error = at(at(withStack('    at x (/other/y.js:3:1)'), { file: join(root, 'a b.js'), line: 3 }), {
    file: '/no',
    line: 1,
  });
  expect(describeError(error, root)).toMatchObject({ line: 3, source: 'three' });
});

test.for([
  ['a string', 'boom', { type: 'string', message: 'boom', stack: null }],
  ['null', null, { type: 'null', message: 'null' }],
  ['undefined', undefined, { type: 'undefined', message: 'undefined' }],
  ['an object', { a: 1 }, { type: 'object', message: '{"a":1}' }],
  [
    'a circle',
    (() => {
      const a: { a?: unknown } = {};
      a.a = a;
      return a;
    })(),
    { type: 'object', message: '[object Object]' },
  ],
  [
    'an error that cannot be read',
    {
      get message() {
        throw new Error('no');
      },
    },
    { type: 'unknown' },
  ],
] as const)('%s thrown', ([, thrown, expected]) => {
  expect(describeError(thrown, root)).toMatchObject(expected);
});

test('causes are part of the text', () => {
  const error = new Error('outer', { cause: new Error('inner', { cause: 'text' }) });
  expect(formatError(error)).toMatch(/^Error: outer[\s\S]*\[cause\] Error: inner/);
});
