import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useBench } from './use-bench.js';

const { handler, start } = useBench();

test.for([
  ['a function', 'return function() return "yes" end', null],
  ['a table with handler', 'return { handler = function() return "yes" end, main = error }', null],
  ['a table with main', 'return { main = function() return "yes" end }', null],
  ['a callable table', 'return setmetatable({}, { __call = function() return "yes" end })', null],
  ['a global', 'function handler() return "yes" end', null],
  ['a named member', 'return { greet = function() return "yes" end, handler = error }', 'greet'],
  ['a named global', 'function greet() return "yes" end', 'greet'],
  ['a line for the shell and a byte order mark', '\ufeff#!/usr/bin/lua\nreturn function() return "yes" end', null],
] as const)('%s is called', async ([, source, name]) => {
  const worker = await handler(source, { handler: name });
  expect(worker.loadError).toBeNull();
  expect((await worker.call()).text).toBe('yes');
});

test.for([
  ['no callable', 'return 42', null, /fn\/handler\.lua has no handler\. Return a function/],
  ['a wrong name', 'return { handler = print }', 'greet', /has no function `greet`/],
  ['a function does not stand for a named one', 'return function() end', 'greet', /has no function `greet`/],
] as const)('%s is told', async ([, source, name, message]) => {
  const worker = await handler(source, { handler: name });
  expect(worker.loadError).toMatchObject({ code: 'handler_error', message: expect.stringMatching(message) });
});

test('a syntax error shows file, line and source', async () => {
  const worker = await handler('local a = 1\nlocal b = = 2\n');
  expect(worker.loadError).toMatchObject({
    code: 'handler_error',
    message: 'fn/handler.lua could not be loaded.',
    debug: {
      file: join(worker.root, 'fn/handler.lua'),
      line: 2,
      source: 'local b = = 2',
      message: "unexpected symbol near '='",
    },
  });
});

test('an error while loading is printed and shown, with the files it came from', async () => {
  const worker = await start({
    files: { 'fn/handler.lua': 'require("_m")', 'fn/_m.lua': 'print("loading")\nerror("no good")' },
  });
  expect(worker.loadError).toMatchObject({
    debug: { file: join(worker.root, 'fn/_m.lua'), line: 2, message: 'no good' },
  });
  expect(worker.loadError!.files).toEqual([join(worker.root, 'fn/handler.lua'), join(worker.root, 'fn/_m.lua')]);
  expect(worker.printed.join('')).toMatch(/^loading\n.*no good/s);
});

test('bytecode is not loaded', async () => {
  const worker = await handler('\u001bLua');
  expect(worker.loadError).toMatchObject({ code: 'handler_error' });
});

test('an adapter is not for Lua', async () => {
  const worker = await handler('return print', { adapter: 'fetch' });
  expect(worker.loadError).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('"fetch"') });
});

test('modules: beside the handler, above it, in folders; loaded once, told to the gateway', async () => {
  const worker = await start({
    files: {
      'fn/handler.lua': `local a, path = require("_a")
        return function() return { a.n, require("_a").n, require("lib.deep").n, require("shared").n, path:match("[^/]+$") } end`,
      'fn/_a.lua':
        'local name, file = ... ; assert(name == "_a" and file:match("_a.lua$")) ; N = (N or 0) + 1 ; return { n = N }',
      'fn/lib/deep/init.lua': 'return { n = "deep" }',
      'shared.lua': 'return { n = "shared" }',
    },
  });
  expect(worker.ready!.files).toEqual([join(worker.root, 'fn/handler.lua'), join(worker.root, 'fn/_a.lua')]);
  expect((await worker.call()).text).toBe('[1,1,"deep","shared","_a.lua"]');
  expect(worker.files).toEqual([join(worker.root, 'fn/lib/deep/init.lua'), join(worker.root, 'shared.lua')]);
});

test('modules cannot be found outside of root, not through a link either', async () => {
  const worker = await handler('return function(event) return select(2, pcall(require, event.query.name)) end\n');
  const outside = `${worker.root}-outside.lua`;
  writeFileSync(outside, 'return "outside"');
  try {
    symlinkSync(outside, join(worker.root, 'fn/link.lua'));
    for (const name of [
      'link',
      `..${worker.root.slice(worker.root.lastIndexOf('/'))}-outside`,
      '../x',
      '/etc/passwd',
      'a..b',
      '',
    ]) {
      const { text, error } = await worker.call({ query: { name } });
      expect(error, name).toBeNull();
      expect(text, name).toMatch(/module '.*' not found/);
    }
  } finally {
    rmSync(outside);
  }
});

test('preloaded modules, loops, and modules that return nothing', async () => {
  const worker = await start({
    files: {
      'fn/handler.lua': `package.preload.made = function(name) return "made " .. name end
        return function(event)
          if event.query.loop then return select(2, pcall(require, "_one")) end
          return { require("made"), require("_silent"), package.loaded._silent }
        end`,
      'fn/_silent.lua': 'local nothing',
      'fn/_one.lua': 'return require("_two")',
      'fn/_two.lua': 'return require("_one")',
    },
  });
  expect((await worker.call()).text).toBe('["made made",true,true]');
  expect((await worker.call({ query: { loop: '1' } })).text).toContain('loop or previous error');
});
