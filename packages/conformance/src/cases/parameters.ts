import { expect } from 'vitest';
import { defineCases } from '../case.js';

/** SPEC §7: path parameters by the convention of the language, and which callable is called. */
export const parameterCases = defineCases('parameters', 'parameters', [
  {
    id: 'parameters.convention',
    title: 'path parameters come by the convention of the language, and in event.params',
    request: { path: '/parameters/42/left' },
    expect: { json: { id: '42', part: 'left', all: { id: '42', part: 'left' } } },
  },
  {
    id: 'parameters.decoded',
    title: 'they are decoded',
    request: { path: '/parameters/a%20b/%C3%BC%2F' },
    expect: { json: { id: 'a b', part: 'ü/', all: { id: 'a b', part: 'ü/' } } },
  },
  {
    id: 'parameters.keywords',
    title: 'keyword-only parameters and **kw are filled',
    fn: 'parameters-keywords',
    only: ['python'],
    request: { path: '/parameters-keywords/42/left' },
    expect: { json: { id: '42', rest: { part: 'left' } } },
  },
]);

export const callableCases = defineCases('callable', 'named-handler', [
  {
    id: 'callable.named',
    title: 'invoke.handler names the callable',
    request: { path: '/named-handler' },
    expect: { text: 'greet' },
  },
  {
    id: 'callable.default',
    title: 'a default export is called',
    fn: 'callable-default',
    only: ['node', 'typescript'],
    request: { path: '/callable-default' },
    expect: { text: 'default' },
  },
  {
    id: 'callable.nested',
    title: 'the handler of a default export is called',
    fn: 'callable-nested',
    only: ['node', 'typescript'],
    request: { path: '/callable-nested' },
    expect: { text: 'nested' },
  },
  {
    id: 'callable.cjs',
    title: 'CommonJS exports are called',
    fn: 'callable-cjs',
    only: ['node'],
    request: { path: '/callable-cjs' },
    expect: { text: 'cjs' },
  },
  {
    id: 'callable.main',
    title: 'main is called when there is no handler',
    fn: 'callable-main',
    only: ['python'],
    request: { path: '/callable-main' },
    expect: { text: 'main' },
  },
  {
    id: 'callable.returned',
    title: 'a function that the file returns is called, with event and parameters',
    fn: 'callable-returned',
    only: ['php'],
    request: { path: '/callable-returned/7' },
    expect: { text: 'returned 7' },
  },
  {
    id: 'callable.script',
    title: 'the output of a script is the body, again and again',
    fn: 'callable-script',
    only: ['php'],
    steps: ['Ada', 'Bob'].map((name) => ({
      request: { path: `/callable-script?name=${name}` },
      expect: {
        status: 203,
        headers: { 'content-type': 'text/html; charset=utf-8', 'x-by': 'script' },
        text: `<p>${name}</p>\n`,
      },
    })),
  },
  {
    id: 'callable.exit',
    title: 'exit ends the answer and is no crash, however often',
    fn: 'callable-exit',
    only: ['php'],
    async script({ call, check, logs }) {
      const modes = Array.from({ length: 6 }, (_, n) => `m${n}`);
      const answers = await Promise.all(modes.map((mode) => call({ path: `/callable-exit?mode=${mode}` })));
      for (const [n, answer] of answers.entries()) await check(answer, { text: modes[n]! });
      expect(logs.filter((line) => line.includes('callable-exit') && /crash|worker of/.test(line))).toEqual([]);
    },
  },
  {
    id: 'callable.async',
    title: 'coroutines are awaited',
    fn: 'callable-async',
    only: ['python'],
    request: { path: '/callable-async' },
    expect: { text: 'async' },
  },
  {
    id: 'callable.types',
    title: 'TypeScript runs as it is, enums included',
    fn: 'typed',
    only: ['typescript'],
    request: { path: '/typed?name=Ada' },
    expect: { json: { greeting: 'Hello, Ada', level: 1 } },
  },
]);
