import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Tree } from './client.js';
import { useDaemon } from './harness.js';

const fixture = useDaemon();

interface Case {
  files: Record<string, string>;
  entry: string;
  handler?: string;
  /** JSON of the answer. */
  gives: unknown;
  /** READY.files, relative; default: not looked at. */
  loads?: string[];
}

const cases: Record<string, Case> = {
  'module: handler': {
    files: { 'h.mjs': 'export const handler = () => ["handler"]; export default () => ["default"];' },
    entry: 'h.mjs',
    gives: ['handler'],
    loads: ['h.mjs'],
  },
  'module: default': { files: { 'h.mjs': 'export default () => ["default"];' }, entry: 'h.mjs', gives: ['default'] },
  'module: default.handler keeps this': {
    files: { 'h.mjs': 'export default { name: "me", handler() { return [this.name]; } };' },
    entry: 'h.mjs',
    gives: ['me'],
  },
  'a configured name': {
    files: { 'h.mjs': 'export const handler = () => ["handler"]; export const main = () => ["main"];' },
    entry: 'h.mjs',
    handler: 'main',
    gives: ['main'],
  },
  'a configured name in the default export': {
    files: { 'h.mjs': 'export default { main: () => ["main"] };' },
    entry: 'h.mjs',
    handler: 'main',
    gives: ['main'],
  },
  'commonjs: exports.handler': {
    files: { 'h.cjs': 'exports.handler = () => [typeof require, __filename.endsWith("h.cjs"), module.id.length > 0];' },
    entry: 'h.cjs',
    gives: ['function', true, true],
  },
  'commonjs: module.exports': {
    files: { 'h.js': 'module.exports = (event, params) => [params.id === undefined];' },
    entry: 'h.js',
    gives: [true],
    loads: ['h.js'],
  },
  'commonjs: compiled default': {
    files: {
      'h.js': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = () => ["compiled"];',
    },
    entry: 'h.js',
    gives: ['compiled'],
  },
  '.js with module syntax and no type': {
    files: {
      'h.js': 'import path from "node:path"; import { b } from "./b.js"; export const handler = () => [path.sep, b];',
      'b.js': 'export const b = 2;',
    },
    entry: 'h.js',
    gives: ['/', 2],
    loads: ['h.js', 'b.js'],
  },
  '.js with only top-level await and no type': {
    files: { 'h.js': 'globalThis.v = await Promise.resolve(1); export {}; export const handler = () => [v];' },
    entry: 'h.js',
    gives: [1],
  },
  'the word import in a commonjs file': {
    files: { 'h.js': '// import x\nexports.handler = () => ["import export"];' },
    entry: 'h.js',
    gives: ['import export'],
  },
  'type module': {
    files: { 'package.json': '{"type":"module"}', 'h.js': 'export const handler = () => [typeof require];' },
    entry: 'h.js',
    gives: ['undefined'],
  },
  'type commonjs, as npm init writes it, beside module syntax': {
    files: { 'package.json': '{"type":"commonjs"}', 'h.js': 'export const handler = () => [typeof require];' },
    entry: 'h.js',
    gives: ['undefined'],
  },
  'type commonjs beside TypeScript': {
    files: {
      'package.json': '{"type":"commonjs"}',
      'h.ts': 'export const handler = (): string[] => [typeof require];',
    },
    entry: 'h.ts',
    gives: ['undefined'],
  },
  'type commonjs': {
    files: { 'package.json': '{"type":"commonjs"}', 'h.js': 'exports.handler = () => [typeof require];' },
    entry: 'h.js',
    gives: ['function'],
  },
  'a shebang': { files: { 'h.js': '#!/usr/bin/env node\nexports.handler = () => [1];' }, entry: 'h.js', gives: [1] },
  'module imports commonjs by name': {
    files: {
      'h.mjs': 'import def, { a, b } from "./c.cjs"; export const handler = () => [a, b, def.a];',
      'c.cjs': 'exports.a = 1; module.exports.b = 2;',
    },
    entry: 'h.mjs',
    gives: [1, 2, 1],
    loads: ['h.mjs', 'c.cjs'],
  },
  'commonjs re-exports by name': {
    files: {
      'h.mjs': 'import { a } from "./c.cjs"; export const handler = () => [a];',
      'c.cjs': 'module.exports = require("./d.cjs");',
      'd.cjs': 'exports.a = 1;',
    },
    entry: 'h.mjs',
    gives: [1],
  },
  'commonjs requires commonjs and json': {
    files: {
      'h.cjs': 'const a = require("./a"); const j = require("./j.json"); exports.handler = () => [a.a, j.n];',
      'a.js': 'exports.a = 1;',
      'j.json': '{"n":2}',
    },
    entry: 'h.cjs',
    gives: [1, 2],
    loads: ['h.cjs', 'a.js', 'j.json'],
  },
  'module imports json': {
    files: {
      'h.mjs': 'import j from "./j.json" with { type: "json" }; export const handler = () => [j.n];',
      'j.json': '{"n":2}',
    },
    entry: 'h.mjs',
    gives: [2],
    loads: ['h.mjs', 'j.json'],
  },
  'modules in a circle': {
    files: {
      'h.mjs': 'import { b } from "./b.mjs"; export const a = () => 1; export const handler = () => [b()];',
      'b.mjs': 'import { a } from "./h.mjs"; export const b = () => a() + 1;',
    },
    entry: 'h.mjs',
    gives: [2],
  },
  'modules run in order, commonjs among them': {
    files: {
      'h.mjs':
        'import "./1.mjs"; import "./2.cjs"; import "pkg"; import "./3.mjs"; export const handler = () => globalThis.seen;',
      '1.mjs': 'globalThis.seen = [1];',
      '2.cjs': 'globalThis.seen.push(2);',
      '3.mjs': 'globalThis.seen.push(3);',
      'node_modules/pkg/package.json': '{"main":"i.js"}',
      'node_modules/pkg/i.js': 'globalThis.seen.push("pkg");',
    },
    entry: 'h.mjs',
    gives: [1, 2, 'pkg', 3],
    loads: ['h.mjs', '1.mjs', '2.cjs', '3.mjs'],
  },
  'packages: conditions, subpaths, both kinds': {
    files: {
      'sub/h.mjs':
        'import { kind } from "dual"; import { x } from "dual/x"; import cjs from "plain"; export const handler = () => [kind, x, cjs.v];',
      'node_modules/dual/package.json':
        '{"exports":{".":{"import":"./m.mjs","require":"./c.cjs"},"./x":"./lib/x.mjs"}}',
      'node_modules/dual/m.mjs': 'import "./inner.mjs"; export const kind = "esm";',
      'node_modules/dual/inner.mjs': '',
      'node_modules/dual/c.cjs': 'exports.kind = "cjs";',
      'node_modules/dual/lib/x.mjs': 'export const x = 1;',
      'node_modules/plain/index.js': 'exports.v = 2;',
    },
    entry: 'sub/h.mjs',
    gives: ['esm', 1, 2],
    loads: ['sub/h.mjs'],
  },
  'import.meta': {
    files: {
      'h.mjs':
        'import { sep } from "node:path"; export const handler = () => [import.meta.url.endsWith("/h.mjs"), import.meta.filename.endsWith("/h.mjs"), import.meta.dirname.includes(sep), import.meta.resolve("./x.mjs").endsWith("/x.mjs")];',
      'x.mjs': '',
    },
    entry: 'h.mjs',
    gives: [true, true, true, true],
  },
  'typescript: everything that is not only types': {
    files: {
      'h.ts':
        'import type { T } from "./types"; import { type U, b } from "./b"; enum E { a = 1, b } const enum C { x = 5 } namespace N { export const n = 3 } class P { constructor(private readonly v: number, public w = 2) {} get() { return this.v; } } abstract class Q<X> { declare z: X } export const handler = (e: T): number[] => [E.b, C.x, N.n, new P(4).get(), b satisfies U, (<any>7), e! && 8];',
      'types.ts': 'export type T = object;',
      'b.ts': 'export type U = number; export const b = 6;',
    },
    entry: 'h.ts',
    gives: [2, 5, 3, 4, 6, 7, 8],
    loads: ['h.ts', 'b.ts'],
  },
  'typescript imports: none, .js, .ts, folder, .mts': {
    files: {
      'h.ts':
        'import { a } from "./a"; import { b } from "./b.js"; import { c } from "./c.ts"; import { d } from "./d"; import { e } from "./e.mjs"; export const handler = () => [a, b, c, d, e];',
      'a.ts': 'export const a = 1',
      'b.ts': 'export const b = 2',
      'c.ts': 'export const c = 3',
      'd/index.ts': 'export const d = 4',
      'e.mts': 'export const e = 5',
    },
    entry: 'h.ts',
    gives: [1, 2, 3, 4, 5],
  },
  'javascript imports typescript': {
    files: {
      'h.js': 'import { a } from "./a.ts"; export const handler = () => [a];',
      'a.ts': 'export const a: number = 1',
    },
    entry: 'h.js',
    gives: [1],
    loads: ['h.js', 'a.ts'],
  },
  '.cts with import = and export =': {
    files: {
      'h.cts': 'import a = require("./a"); export = { handler: (): number[] => [a.a] };',
      'a.cts': 'exports.a = 1 as number;',
    },
    entry: 'h.cts',
    gives: [1],
    loads: ['h.cts', 'a.cts'],
  },
  'commonjs requires typescript': {
    files: {
      'h.cjs': 'const { a } = require("./a"); const { b } = require("./b.cjs"); exports.handler = () => [a, b];',
      'a.ts': 'const x: number = 1; module.exports = { a: x };',
      'b.cts': 'exports.b = 2 as number;',
    },
    entry: 'h.cjs',
    gives: [1, 2],
  },
  '.mts': { files: { 'h.mts': 'export const handler = (): number[] => [1];' }, entry: 'h.mts', gives: [1] },
  'tsconfig paths': {
    files: {
      'tsconfig.json':
        '{ // comments\n "extends": "./base", "compilerOptions": { "paths": { "@lib/*": ["lib/*"], "exact": ["lib/exact.ts"], "@deep/*": ["nowhere/*", "lib/deep/*"], }, } }',
      'base.json': '{"compilerOptions":{"baseUrl":"."}}',
      'fn/h.ts':
        'import { a } from "@lib/a"; import { x } from "exact"; import { d } from "@deep/d.js"; import { based } from "lib/based"; import fs from "node:fs"; export const handler = () => [a, x, d, based, typeof fs.existsSync];',
      'lib/a.ts': 'export const a = 1',
      'lib/exact.ts': 'export const x = 2',
      'lib/deep/d.ts': 'export const d = 3',
      'lib/based.ts': 'export const based = 4',
    },
    entry: 'fn/h.ts',
    gives: [1, 2, 3, 4, 'function'],
    loads: ['base.json', 'fn/h.ts', 'lib/a.ts', 'lib/based.ts', 'lib/deep/d.ts', 'lib/exact.ts', 'tsconfig.json'],
  },
  'legacy decorators when the tsconfig asks for them': {
    files: {
      'tsconfig.json': '{"compilerOptions":{"experimentalDecorators":true}}',
      'h.ts':
        'const seen: string[] = []; const mark = (t: any, k?: string): any => { seen.push(k ?? t.name) }; const param = (t: any, k: string, i: number) => { seen.push(k + i) }; @mark class A { @mark b = 1; @mark m(@param x: number) {} } export const handler = () => seen;',
    },
    entry: 'h.ts',
    gives: ['b', 'm0', 'm', 'A'],
  },
  'dynamic import, of both kinds from both kinds': {
    files: {
      'h.mjs':
        'import { createRequire } from "node:module"; const c = createRequire(import.meta.url)("./c.cjs"); export const handler = async () => [(await import("./a.ts")).a, (await import("./c.cjs")).default === c, await c.later()];',
      'a.ts': 'export const a: number = 1',
      'c.cjs': 'exports.later = async () => (await import("./b.mjs")).b',
      'b.mjs': 'export const b = 2',
    },
    entry: 'h.mjs',
    gives: [1, true, 2],
    loads: ['c.cjs', 'h.mjs'],
  },
  'state lives in the module': {
    files: {
      'h.mjs':
        'import { count } from "./count.mjs"; import * as again from "./count.mjs"; export const handler = () => [count(), again.count()];',
      'count.mjs': 'let n = 0; export const count = () => ++n;',
    },
    entry: 'h.mjs',
    gives: [1, 2],
  },
};

describe('loads', () => {
  test.for(Object.entries(cases))('%s', async ([, { files, entry, handler = null, gives, loads }]) => {
    using tree = new Tree(files);
    const worker = await fixture.daemon.worker(tree, entry, { handler });
    expect(worker.loadError).toBeNull();
    const answer = await worker.answer();
    worker.stop();
    expect(answer.error).toBeNull();
    expect(JSON.parse(answer.text)).toEqual(gives);
    if (loads !== undefined)
      expect(worker.ready!.files.toSorted()).toEqual(loads.map((file) => tree.path(file)).toSorted());
  });
});

interface Failure {
  files: Record<string, string>;
  entry: string;
  handler?: string;
  adapter?: string;
  code?: string;
  message: RegExp;
  debug?: Record<string, unknown>;
  loads?: string[];
}

const failures: Record<string, Failure> = {
  'no handler': {
    files: { 'a/h.js': 'export const foo = () => 1; export const bar = 2;' },
    entry: 'a/h.js',
    message:
      /^a\/h\.js exports no function `handler`\. It exports `bar` \(number\), `foo` \(function\)\. Export a function named/,
  },
  'nothing at all': { files: { 'h.js': '' }, entry: 'h.js', message: /It exports nothing/ },
  'a configured name that is not there': {
    files: { 'h.js': 'module.exports = { handler() {} };' },
    entry: 'h.js',
    handler: 'main',
    message: /no function `main`.*correct `invoke\.handler`/,
  },
  'an app without adapter': {
    files: { 'h.js': 'export default { fetch() {} };' },
    entry: 'h.js',
    message: /set `invoke\.adapter` to "fetch"/,
  },
  'an adapter of another language': {
    files: { 'h.js': 'export const handler = 1;' },
    entry: 'h.js',
    adapter: 'wsgi',
    code: 'invalid_config',
    message: /"wsgi"; Node has "aws-lambda", "cloudflare-worker", "fetch"/,
  },
  'a throw at load': {
    files: { 'h.ts': 'interface A {}\n\nthrow new RangeError("boom");\n' },
    entry: 'h.ts',
    message: /^h\.ts could not be loaded\.$/,
    debug: { type: 'RangeError', message: 'boom', line: 3, source: 'throw new RangeError("boom");' },
  },
  'a throw in a helper': {
    files: { 'h.mjs': 'import "./b.mjs"; export const handler = 1;', 'b.mjs': '\nnull.x;' },
    entry: 'h.mjs',
    message: /could not be loaded/,
    debug: { type: 'TypeError', line: 2, source: 'null.x;' },
    loads: ['b.mjs', 'h.mjs'],
  },
  'a syntax error, module': {
    files: { 'h.mjs': 'export const handler = () => {\n  const = 1;\n};' },
    entry: 'h.mjs',
    message: /could not be loaded/,
    debug: { type: 'SyntaxError', line: 2, source: '  const = 1;' },
    loads: ['h.mjs'],
  },
  'a syntax error, commonjs': {
    files: { 'h.cjs': '\n\nexports.handler = (;' },
    entry: 'h.cjs',
    message: /could not be loaded/,
    debug: { type: 'SyntaxError', line: 3, source: 'exports.handler = (;' },
  },
  'a syntax error, no type': {
    files: { 'h.js': 'import x from "node:fs";\nconst = 2;' },
    entry: 'h.js',
    message: /could not be loaded/,
    debug: { type: 'SyntaxError', line: 2 },
  },
  'a syntax error, typescript': {
    files: { 'h.ts': 'const é = "é";\nconst x: = 1;\nexport const handler = 1;' },
    entry: 'h.ts',
    message: /could not be loaded/,
    debug: { type: 'SyntaxError', line: 2, source: 'const x: = 1;' },
  },
  'a syntax error in a helper': {
    files: { 'h.ts': 'import { b } from "./b"; export const handler = () => b;', 'b.ts': '\nexport const b = ;' },
    entry: 'h.ts',
    message: /could not be loaded/,
    debug: { type: 'SyntaxError', line: 2 },
    loads: ['b.ts', 'h.ts'],
  },
  'a name that is not exported': {
    files: { 'h.mjs': '\nimport { nope } from "./b.mjs";\nexport const handler = 1;', 'b.mjs': '' },
    entry: 'h.mjs',
    message: /could not be loaded/,
    debug: {
      type: 'SyntaxError',
      message: expect.stringContaining("does not provide an export named 'nope'"),
      line: 2,
    },
    loads: ['b.mjs', 'h.mjs'],
  },
  'a file that is not there': {
    files: { 'h.mjs': 'import "./gone.mjs";' },
    entry: 'h.mjs',
    message: /could not be loaded/,
    debug: { message: expect.stringMatching(/Cannot find module '\.\/gone\.mjs' imported from .*h\.mjs/) },
    loads: ['h.mjs'],
  },
  'a package that is not there': {
    files: { 'h.mjs': 'import "gone-package";' },
    entry: 'h.mjs',
    message: /could not be loaded/,
    debug: { message: expect.stringContaining("Cannot find package 'gone-package'") },
  },
  'commonjs: a file that is not there': {
    files: { 'h.cjs': 'require("./gone");' },
    entry: 'h.cjs',
    message: /could not be loaded/,
    debug: { message: expect.stringContaining("Cannot find module './gone'"), line: 1 },
  },
  'an entry that is not there': {
    files: {},
    entry: 'h.js',
    message: /could not be loaded/,
    debug: { message: expect.stringContaining('ENOENT') },
    loads: ['h.js'],
  },
  'typescript module required': {
    files: { 'h.cjs': 'require("./b.mts");', 'b.mts': 'export const b: number = 1;' },
    entry: 'h.cjs',
    message: /could not be loaded/,
    debug: { message: expect.stringContaining('Use `await import()`') },
  },
  'a rejected top-level await': {
    files: { 'h.mjs': 'await Promise.reject(new Error("boom"));' },
    entry: 'h.mjs',
    message: /could not be loaded/,
    debug: { message: 'boom', line: 1 },
  },
};

describe('does not load', () => {
  test.for(Object.entries(failures))(
    '%s',
    async ([, { files, entry, handler = null, adapter = null, code = 'handler_error', message, debug, loads }]) => {
      using tree = new Tree(files);
      const worker = await fixture.daemon.worker(tree, entry, { handler, adapter });
      expect(worker.loadError).toMatchObject({ code, message: expect.stringMatching(message) });
      if (debug !== undefined) expect(worker.loadError!.debug).toMatchObject(debug);
      if (loads !== undefined)
        expect(worker.loadError!.files.toSorted()).toEqual(loads.map((file) => tree.path(file)).toSorted());
      await worker.closed;
      expect(await worker.ended()).toEqual({ code: 1, signal: null });
    },
  );
});

test('files loaded later are reported', async () => {
  using tree = new Tree({
    'h.mjs': 'export const handler = async (e) => (await import("./" + e.query.f)).v;',
    'a.mjs': 'export { v } from "./b.ts";',
    'b.ts': 'export const v = "b"',
    'c.cjs': 'exports.v = "c"',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs');
  expect(worker.ready!.files).toEqual([tree.path('h.mjs')]);
  expect((await worker.answer({ query: ['f', 'a.mjs'] })).text).toBe('b');
  expect(await worker.files.next()).toEqual([tree.path('a.mjs'), tree.path('b.ts')]);
  expect((await worker.answer({ query: ['f', 'c.cjs'] })).text).toBe('c');
  expect(await worker.files.next()).toEqual([tree.path('c.cjs')]);
  expect((await worker.answer({ query: ['f', 'gone.mjs'] })).error).toMatchObject({
    code: 'handler_error',
    debug: { message: expect.stringContaining('Cannot find module') },
  });
  tree.write('gone.mjs', 'export const v = "there";');
  expect((await worker.answer({ query: ['f', 'gone.mjs'] })).text).toBe('there');
  worker.stop();
});

test('a root that is a link: files are named through it', async () => {
  using tree = new Tree({
    'real/h.mjs': 'import { b } from "./b.mjs"; export const handler = () => b;',
    'real/b.mjs': 'export const b = "b";',
  });
  symlinkSync(tree.path('real'), tree.path('link'));
  const worker = await fixture.daemon.worker(tree, 'link/h.mjs', { root: tree.path('link') });
  expect(worker.ready!.files).toEqual([tree.path('link/h.mjs'), tree.path('link/b.mjs')]);
  worker.stop();
});

test('environment and working directory are the function’s', async () => {
  using tree = new Tree({
    'a/h.mjs':
      'export const early = process.env.A; export const handler = () => [early, process.env.B, process.env.FN_ADMIN_TOKEN ?? null, process.cwd(), Object.keys(process.env).filter((k) => k.startsWith("FN_"))];',
  });
  const worker = await fixture.daemon.worker(tree, 'a/h.mjs', { env: { A: '1' }, process_env: { A: '0', B: '2' } });
  expect(JSON.parse((await worker.answer()).text)).toEqual(['1', '2', null, tree.path('a'), []]);
  worker.stop();
});

test('what only a starting process reads is given to one', async () => {
  using tree = new Tree({
    'h.mjs':
      'export const handler = async () => [process.env.NODE_OPTIONS, (await import("node:v8")).getHeapStatistics().heap_size_limit < 300e6];',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', { env: { NODE_OPTIONS: '--max-old-space-size=100' } });
  expect(JSON.parse((await worker.answer()).text)).toEqual(['--max-old-space-size=100', true]);
  worker.stop();
});

test('NODE_PATH serves require and import', async () => {
  using tree = new Tree({
    'h.mjs':
      'import { v } from "packed"; import { createRequire } from "node:module"; export const handler = () => [v, createRequire(import.meta.url)("packed").v];',
    'pack/node_modules/packed/index.js': 'exports.v = 1;',
  });
  const worker = await fixture.daemon.worker(tree, 'h.mjs', {
    process_env: { NODE_PATH: tree.path('pack/node_modules') },
  });
  expect(JSON.parse((await worker.answer()).text)).toEqual([1, 1]);
  worker.stop();
});
