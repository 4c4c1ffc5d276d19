import { expect, test } from 'vitest';
import { packageName } from '../src/dependencies/local-files.js';
import { scanImports } from '../src/dependencies/scan-imports.js';

const needed = (source: string) =>
  scanImports(source)
    .filter(({ typeOnly, optional }) => !typeOnly && !optional)
    .map(({ specifier }) => specifier);

test.for<[string, string[]]>([
  [`import 'a'; import b from "b"; import * as c from 'c'`, ['a', 'b', 'c']],
  [`import d, { e as f } from 'd';\nimport {\n  g,\n  h, // why\n} from 'g'`, ['d', 'g']],
  [`import a from'a';import{b}from"b"`, ['a', 'b']],
  [`import x from 'x' with { type: 'json' }`, ['x']],
  [`export { a } from 'a'; export * from 'b'; export * as c from 'c'`, ['a', 'b', 'c']],
  [`export const from = 'no'; export default function () {} export { here }; const s = 'no'`, []],
  [`const a = require('a'), { b } = require("b/sub")`, ['a', 'b/sub']],
  [`await import('a'); import(\`b\`); import('c', { with: {} })`, ['a', 'b', 'c']],
  [`import(name); require(name); require('a' + b); import(\`\${x}\`); import('./' + x)`, []],
  [`import.meta.url; x.require('no'); x.import('no'); require.resolve('no')`, []],
  [`// import 'no'\n/* require('no') */ import 'yes'`, ['yes']],
  [
    `const s = "import 'no'"; const t = \`import 'no' \${require('yes')} require('no')\`; import 'also'`,
    ['yes', 'also'],
  ],
  [`const t = \`\${\`\${ {} }\`}\`; import 'yes'`, ['yes']],
  [`const r = /'/; import 'a'; x = a / b; import 'c'; if (/[/"]/.test(y)) require('d')`, ['a', 'c', 'd']],
  [`return /"/ && require('a')`, ['a']],
  [
    `import type A from 'no'; import type { B } from 'no'; import type * as C from 'no'; export type { D } from 'no'`,
    [],
  ],
  [
    `import { type A, type B as C } from 'no'; import { type D, e } from 'yes'; import f, { type G } from 'also'`,
    ['yes', 'also'],
  ],
  [`import type from 'yes'; import { type } from 'also'; import type, { x } from 'third'`, ['yes', 'also', 'third']],
  [`import fs = require('fs'); type T = typeof import('no')`, ['fs']],
  [`try { require('no') } catch {} try { x() } catch { } require('yes')`, ['yes']],
  [`function f() { try { if (x) { require('no') } } finally {} } import('yes')`, ['yes']],
  [`#!/usr/bin/env node\nimport 'a'`, ['a']],
  [`import { a } from`, []],
  [`import`, []],
  [`"no end\nimport 'a'`, ['a']],
  [`\`no end import 'a'`, []],
  [`import 'it\\'s'`, [`it's`]],
  ['', []],
])('imports of %j', ([source, expected]) => {
  expect(needed(source)).toEqual(expected);
});

test.for<[string, string | null]>([
  ['ms', 'ms'],
  ['ms/sub/path.js', 'ms'],
  ['@scope/name', '@scope/name'],
  ['@scope/name/sub', '@scope/name'],
  ['JSONStream', 'JSONStream'],
  ['fs', null],
  ['fs/promises', null],
  ['node:test', null],
  ['./x', null],
  ['..', null],
  ['/abs', null],
  ['#internal', null],
  ['@/alias', null],
  ['~/alias', null],
  ['@scope', null],
  ['bun:sqlite', null],
  ['https://example/x.js', null],
  ['', null],
])('the package of %s is %s', ([specifier, expected]) => {
  expect(packageName(specifier)).toBe(expected);
});
