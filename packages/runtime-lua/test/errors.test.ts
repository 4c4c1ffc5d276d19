import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useBench } from './use-bench.js';

const { handler, start } = useBench();

test.for([
  ['error', 'error("boom")', 'boom', 2],
  ['a failing operation', 'local t = nil; t.x = 1', "attempt to index a nil value (local 't')", 2],
  ['error without a place', 'error("boom", 0)', 'boom', 2],
  ['a table', 'error({ code = 1 })', '{"code":1}', 2],
  ['a table with a message', 'error({ message = "mine" })', 'mine', 2],
  ['a table that tells', 'error(setmetatable({}, { __tostring = function() return "told" end }))', 'told', 2],
  [
    'a table that fails to tell',
    'error(setmetatable({}, { __tostring = error }))',
    'The error value cannot be read.',
    2,
  ],
  ['nil', 'error(nil)', 'nil', 2],
  ['endless recursion', 'local function f() return 1 + f() end f()', 'stack overflow', 2],
  ['inside a coroutine', 'coroutine.wrap(function() error("inner") end)()', 'inner', 2],
  ['inside a callback', 'string.gsub("a", "a", function() error("inner") end)', 'inner', 2],
  ['what pcall handed on', 'local _, e = pcall(error, "first") error(e, 0)', 'first', 2],
] as const)('%s', async ([, code, message, line]) => {
  const worker = await handler(`return function()\n  ${code}\nend\n`);
  const { error, stderr } = await worker.call();
  expect(error).toMatchObject({ code: 'handler_error', message: 'The handler raised an error.' });
  expect(error!.debug).toMatchObject({ file: join(worker.root, 'fn/handler.lua'), line });
  expect(error!.debug!.message).toContain(message);
  expect(error!.debug!.source).toContain(code);
  expect(error!.debug!.stack).not.toContain('[fastfn]');
  expect(stderr).toContain(message);
  // The state goes on.
  expect((await worker.call()).error?.code).toBe('handler_error');
});

test.for(['local t = nil; t.x = 1', 'error("boom")'])(
  'the stack begins with the line that failed: %s',
  async (code) => {
    const worker = await handler(`return function()\n  ${code}\nend\n`);
    const { error } = await worker.call();
    expect(error!.debug!.stack).toMatch(
      /^fn\/handler\.lua:2: [^\n]*\nstack traceback:\n(\t\[C\]: in function 'error'\n)?\tfn\/handler\.lua:2: in /,
    );
    expect(error!.debug!.stack).not.toContain('tail calls');
  },
);

test('a path longer than Lua shows is found whole', async () => {
  const name = 'a_very_long_name_of_a_module'.repeat(4);
  const worker = await start({
    files: {
      'fn/handler.lua': `local m = require("${name}") return function() return (m()) end`,
      [`fn/${name}.lua`]: 'return function()\n  error("deep")\nend',
    },
  });
  const { debug } = (await worker.call()).error!;
  expect(debug).toMatchObject({ file: join(worker.root, `fn/${name}.lua`), line: 2, message: 'deep' });
});

test('a handler cannot yield by itself, and is told what to do', async () => {
  const worker = await handler('return function() coroutine.yield("x") end\n');
  expect((await worker.call()).error!.debug!.message).toContain('return a coroutine');
});
