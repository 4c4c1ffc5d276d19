import { MessageType } from '@fastfn/protocol';
import { expect, test } from 'vitest';
import { EVALUATES, useBench } from './use-bench.js';

const { handler } = useBench();

test.for([
  ['a loop', 'while true do end'],
  ['a loop that swallows errors', 'while true do pcall(error) end'],
  ['a loop in C code', 'string.rep("a", 200):find(string.rep("a-", 60) .. "b")'],
  ['a loop in a finalizer', 'setmetatable({}, { __gc = function() while true do end end }) collectgarbage()'],
  ['a loop in a coroutine', 'coroutine.wrap(function() while true do end end)()'],
] as const)('%s can be ended, and holds up nobody else', async ([, code]) => {
  const worker = await handler(EVALUATES);
  const other = await handler(EVALUATES);
  const stuck = worker.begin({ body: `print("stuck") ${code}` });
  expect((await other.call({ body: 'return "alive"' })).text).toBe('alive');
  worker.link.send([MessageType.CANCEL, stuck.id, 'timeout']);
  worker.link.stop(0);
  expect(await worker.gone).toMatchObject({ kind: 'exited', message: 'was ended' });
  expect((await stuck.done).error?.code).toBe('lost');
  expect((await other.call({ body: 'return "alive"' })).text).toBe('alive');
});

test('a call that sleeps ends when it is canceled, without its worker', async () => {
  const worker = await handler(EVALUATES);
  const call = worker.begin({ body: 'require("fastfn").sleep(3600)' });
  worker.link.send([MessageType.CANCEL, call.id, 'timeout']);
  expect((await call.done).error?.code).toBe('canceled');
  expect((await worker.call({ body: 'return 1' })).text).toBe('1');
});

test.for([
  ['many small things', 'local t = {} for i = 1, 1e9 do t[i] = { i } end'],
  ['one large text', 'return ("x"):rep(1e9)'],
  ['a text that grows', 'local s = "x" while true do s = s .. s end'],
  ['tables in a coroutine', 'coroutine.wrap(function() local t = {} while true do t[#t + 1] = {} end end)()'],
] as const)('memory is bounded: %s', async ([, code]) => {
  const worker = await handler(EVALUATES, { memory_mb: 24 });
  const call = worker.begin({ body: code });
  expect(await worker.gone).toMatchObject({ memoryLimitMb: 24, message: expect.stringContaining('24 MiB') });
  expect((await call.done).error?.code).toBe('lost');
});

test('less memory than the engine begins with is a bound too', async () => {
  const worker = await handler(EVALUATES, { memory_mb: 4 });
  expect((await worker.call({ body: 'return #("x"):rep(1000000)' })).text).toBe('1000000');
  worker.begin({ body: 'return ("x"):rep(5000000)' });
  expect(await worker.gone).toMatchObject({ memoryLimitMb: 4 });
});

test('a handler that catches the want of memory goes on', async () => {
  const worker = await handler(EVALUATES, { memory_mb: 24 });
  const body = 'return select(2, pcall(string.rep, "x", 1e9))';
  expect((await worker.call({ body })).text).toBe('not enough memory');
  expect((await worker.call({ body: 'return 1' })).text).toBe('1');
});

test('a body that does not fit the memory ends the worker, not the gateway', async () => {
  const worker = await handler(EVALUATES, { memory_mb: 4 });
  worker.begin({ body: Buffer.alloc(8_000_000, 'x') });
  expect(await worker.gone).toMatchObject({ memoryLimitMb: 4 });
});

test('output is bounded, and tells what is missing', async () => {
  const worker = await handler('return function() for i = 1, 20000 do print(("ü"):rep(20)) end return "ok" end\n');
  const { stdout, text } = await worker.call();
  expect(text).toBe('ok');
  expect(stdout).toMatch(/^(ü{20}\n)+ü*… \d+ more bytes dropped\n$/);
  expect(Buffer.byteLength(stdout)).toBeLessThan(66_000);
});

test('sleep refuses what is no time, and where it cannot be', async () => {
  const worker = await handler(EVALUATES);
  for (const code of [
    'fastfn.sleep(-1)',
    'fastfn.sleep("x")',
    'fastfn.sleep(0/0)',
    'string.gsub("a", "a", function() fastfn.sleep(0) end)',
  ]) {
    const { error } = await worker.call({ body: `local fastfn = require("fastfn") ${code}` });
    expect(error?.debug?.message, code).toContain('sleep: ');
  }
  const loading = await handler('require("fastfn").sleep(0)');
  expect(loading.loadError?.debug?.message).toContain('while loading');
});

test('answers a ping, and none after its end', async () => {
  const worker = await handler(EVALUATES);
  expect(await worker.link.ping(10_000)).toBeGreaterThanOrEqual(0);
  worker.link.stop(0);
  const late = worker.link.ping(10_000);
  await expect(late).rejects.toThrow('has ended');
  await worker.gone;
});
