import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CREDIT_WINDOW_BYTES, MessageType } from '@fastfn/protocol';
import { expect, test } from 'vitest';
import { useBench } from './use-bench.js';

const { handler } = useBench();

test.for([
  ['an iterator function', 'local n = 0 return function() n = n + 1 if n < 4 then return "p" .. n end end'],
  ['a coroutine', 'return coroutine.create(function() for n = 1, 3 do coroutine.yield("p" .. n) end end)'],
  ['a wrapped coroutine', 'return coroutine.wrap(function() for n = 1, 3 do coroutine.yield("p" .. n) end end)'],
  [
    'what a coroutine returns',
    'return coroutine.create(function() coroutine.yield("p1") coroutine.yield("p2") return "p3" end)',
  ],
  [
    'numbers and empty pieces',
    'local p = { "p1", "", "p", 2, "p3" } local n = 0 return function() n = n + 1 return p[n] end',
  ],
  [
    'pauses, also inside nested coroutines',
    `local sleep = require("fastfn").sleep
    return coroutine.create(function()
      coroutine.yield("p1")
      sleep(0)
      local inner = coroutine.wrap(function() sleep(0.001) coroutine.yield("p2") sleep(0) return "p3" end)
      coroutine.yield(inner())
      coroutine.yield(inner())
    end)`,
  ],
] as const)('%s streams', async ([, code]) => {
  const worker = await handler(`return function() ${code} end\n`);
  const { text, headers, error } = await worker.call();
  expect(error).toBeNull();
  expect(text).toBe('p1p2p3');
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
});

test('a stream that fails at once is an error, later it is broken off', async () => {
  const worker = await handler(
    `return function(event)
      return coroutine.create(function()
        if event.query.late then coroutine.yield("x") end
        error("boom")
      end)
    end\n`,
  );
  const early = await worker.call();
  expect(early).toMatchObject({ status: 0, error: { code: 'handler_error', debug: { message: 'boom', line: 4 } } });
  const late = await worker.call({ query: { late: '1' } });
  expect(late).toMatchObject({ status: 200, text: 'x', error: { code: 'handler_error' } });
});

test('a piece that is none is refused', async () => {
  const worker = await handler('return function() return function() return {} end end\n');
  expect((await worker.call()).error).toMatchObject({
    code: 'invalid_response',
    message: expect.stringContaining('a table'),
  });
});

test('without credit the handler is not asked for more', async () => {
  const worker = await handler(
    `local n = 0
    return function(event)
      if event.query.count then return n end
      return function() n = n + 1 if n <= 100 then return ("x"):rep(10000) end end
    end\n`,
  );
  const call = worker.begin({ credit: false });
  await call.received(CREDIT_WINDOW_BYTES);
  const count = Number((await worker.call({ query: { count: '1' } })).text);
  expect(count).toBeLessThan(30);
  // 10,000 bytes were in the head.
  worker.link.send([MessageType.CREDIT, call.id, 2_000_000]);
  worker.link.send([MessageType.CREDIT, call.id, CREDIT_WINDOW_BYTES]);
  await call.received(2 * CREDIT_WINDOW_BYTES);
  for (let i = 0; i < 3; i++) {
    worker.link.send([MessageType.CREDIT, call.id, CREDIT_WINDOW_BYTES]);
    await call.received(Math.min(1_000_000, (i + 3) * CREDIT_WINDOW_BYTES));
  }
  expect((await call.done).bytes.length).toBe(1_000_000);
});

test('a canceled stream is closed, its body first', async () => {
  const worker = await handler(
    `return function()
      return coroutine.create(function()
        local closed <close> = setmetatable({}, { __close = function() io.open("closed", "w"):close() end })
        while true do coroutine.yield("x") require("fastfn").sleep(3600) end
      end)
    end\n`,
  );
  const call = worker.begin();
  await call.head;
  worker.link.send([MessageType.CANCEL, call.id, 'client_closed']);
  expect((await call.done).error?.code).toBe('canceled');
  expect(existsSync(join(worker.root, 'fn/closed'))).toBe(true);
});

test('a stream without an end gives way to other calls and can be canceled', async () => {
  const worker = await handler(
    'return function(event) if event.query.one then return "one" end return function() return "tick\\n" end end\n',
  );
  const endless = worker.begin();
  await endless.head;
  expect((await worker.call({ query: { one: '1' } })).text).toBe('one');
  worker.link.send([MessageType.CANCEL, endless.id, 'client_closed']);
  expect((await endless.done).error?.code).toBe('canceled');
});

test('calls that wait run beside each other, and their output is not mixed', async () => {
  const worker = await handler(
    `local fastfn, lfs = require("fastfn"), require("lfs")
    return function(event)
      local tag = event.query.tag
      print("begin " .. tag)
      io.write("half ", tag)
      while not lfs.attributes("go") do fastfn.sleep(0.001) end
      print("end " .. tag)
      return tag
    end\n`,
  );
  const calls = ['a', 'b', 'c'].map((tag) => worker.begin({ query: { tag } }));
  writeFileSync(join(worker.root, 'fn/go'), '');
  const outcomes = await Promise.all(calls.map(({ done }) => done));
  expect(outcomes.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  for (const { stdout, text } of outcomes) expect(stdout).toBe(`begin ${text}\nhalf ${text}end ${text}\n`);
});
