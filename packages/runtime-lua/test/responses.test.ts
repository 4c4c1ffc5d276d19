import { expect, test } from 'vitest';
import { EVALUATES, useBench } from './use-bench.js';

const { handler } = useBench();

const TEXT = 'text/plain; charset=utf-8';

test('bytes and text', async () => {
  const worker = await handler(EVALUATES);
  const cases: [lua: string, type: string, hex: string][] = [
    ['"ü"', TEXT, 'c3bc'],
    ['"\\255\\0"', 'application/octet-stream', 'ff00'],
    ['{ body = "\\255" }', 'application/octet-stream', 'ff'],
    ['{ headers = { ["Content-Type"] = "image/png" }, body = "\\255" }', '', 'ff'],
    ['{ body = 3.0 }', TEXT, '33'],
    ['{ body = false }', 'application/json', '66616c7365'],
    ['{ body = {} }', 'application/json', '7b7d'],
    ['{ is_base64 = true, body = "/w==" }', 'application/octet-stream', 'ff'],
  ];
  for (const [lua, type, hex] of cases) {
    const { headers, bytes, error } = await worker.call({ body: `return ${lua}` });
    expect(error, lua).toBeNull();
    if (type !== '') expect(headers['content-type'], lua).toBe(type);
    expect(bytes.toString('hex'), lua).toBe(hex);
  }
});

test('what is no response is refused with what it was and where', async () => {
  const worker = await handler(EVALUATES);
  const cases: [lua: string, message: RegExp][] = [
    ['{ status = "200", body = "x" }', /`status` is the text "200"/],
    ['{ status = 1000 }', /`status` is the number 1000/],
    ['{ headers = "x" }', /`headers` is the text "x"/],
    ['{ headers = { a = print } }', /Header `a` is a function/],
    ['{ headers = { "a" } }', /`headers` is a list/],
    ['{ cookies = { 1 } }', /`cookies\[1\]` is the number 1/],
    ['{ cookies = { { value = "x" } } }', /`cookies\[1\]` is no cookie/],
    ['{ cookies = { { name = "a", value = "x", path = "/;b" } } }', /forbidden character/],
    ['{ body_base64 = 1 }', /`body_base64` is the number 1/],
    ['{ body = io.stdout.write, is_base64 = true }', /`body` is a function/],
    ['{ data = { "a", { x = "\\255" } } }', /no UTF-8 at `data\[2\]\.x`/],
    ['{ data = { [1] = 1, x = 0/0 } }', /nan at `data\.x`/],
    ['{ proxy = "x" }', /`proxy` is the text "x"/],
    ['{ proxy = { url = 1 } }', /`proxy\.url` is the number 1/],
    ['{ proxy = { timeout_ms = -1 } }', /`proxy\.timeout_ms`/],
    ['{ headers = { ["content-type"] = "text/csv" }, body = { { 1 }, 2 } }', /CSV row 2 is the number 2/],
  ];
  for (const [lua, message] of cases) {
    const { error } = await worker.call({ body: `return ${lua}` });
    expect(error, lua).toMatchObject({ code: 'invalid_response', message: expect.stringMatching(message) });
  }
});

test('headers: lists, numbers, pairs; what HTTP does not allow is left out with a line', async () => {
  const worker = await handler(EVALUATES);
  const { headers, stderr } = await worker.call({
    body: `return { headers = {
      { "a", { 1, "two" } }, { "b", true }, { "c", require("cjson").null }, { "bad name", "x" }, { "d", "x\\0" },
    }, body = "x" }`,
  });
  expect(headers).toEqual({ a: '1, two', b: 'true', 'content-type': TEXT });
  expect(stderr).toMatch(/"bad name" was left out.*\n.*"d" was left out/);
});

test('cookies of every kind', async () => {
  const worker = await handler(EVALUATES);
  const { headers } = await worker.call({
    body: `return { cookies = { name = "a", value = "x y", domain = "e.org", maxAge = 5, expires = 0, secure = true,
      httpOnly = true, sameSite = "none", partitioned = true, priority = "high" }, body = "" }`,
  });
  expect(headers['set-cookie']).toBe(
    'a=x%20y; Max-Age=5; Domain=e.org; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; Partitioned; Priority=High; SameSite=None',
  );
});

test('a proxy answer', async () => {
  const worker = await handler(EVALUATES);
  const { proxy } = await worker.call({
    body: `return { proxy = { path = "/x", method = "POST", headers = { a = { "1", "2" }, b = 3 }, body = { a = 1 }, timeout_ms = 500 } }`,
  });
  expect(proxy).toMatchObject({ path: '/x', method: 'POST', headers: { a: ['1', '2'], b: '3' }, timeout_ms: 500 });
  expect(Buffer.from(proxy!.body as Uint8Array).toString()).toBe('{"a":1}');
});

test('a body that no frame holds goes out in parts', async () => {
  const worker = await handler('return function() return ("x"):rep(300000) end\n', { max_frame: 131_072 });
  const { bytes, chunks, error } = await worker.call();
  expect(error).toBeNull();
  expect(chunks.length).toBeGreaterThan(2);
  expect(bytes.equals(Buffer.alloc(300_000, 'x'))).toBe(true);
});
