import { expect, test } from 'vitest';
import { EVALUATES, useBench } from './use-bench.js';

const { handler } = useBench();

test('encodes', async () => {
  const worker = await handler(EVALUATES);
  const cases: [lua: string, json: string][] = [
    ['{}', '{}'],
    ['cjson.empty_array', '[]'],
    ['setmetatable({}, cjson.empty_array_mt)', '[]'],
    ['setmetatable({}, cjson.array_mt)', '[]'],
    ['{1, 2.5, "x", true, cjson.null}', '[1,2.5,"x",true,null]'],
    ['{1, nil, 3}', '[1,null,3]'],
    ['{[404] = "x"}', '{"404":"x"}'],
    ['{[1] = 1, a = 2}', '{"1":1,"a":2}'],
    ['3.0', '3'],
    ['0.1', '0.1'],
    ['1/3', '0.3333333333333333'],
    ['2^53', '9007199254740992'],
    ['1e300', '1e+300'],
    ['math.mininteger', '-9223372036854775808'],
    ['"\\"\\\\\\n\\t\\0\\127ü👋"', '"\\"\\\\\\n\\t\\u0000\u007fü👋"'],
    ['cjson.null', 'null'],
    ['false', 'false'],
  ];
  for (const [lua, json] of cases) {
    const { text, error } = await worker.call({ body: `local cjson = require("cjson") return cjson.encode(${lua})` });
    expect(error, lua).toBeNull();
    // Tables have no order.
    if (json.startsWith('{"')) expect(JSON.parse(text), lua).toEqual(JSON.parse(json));
    else expect(text, lua).toBe(json);
  }
});

test('small answers, and those just beyond small', async () => {
  const worker = await handler(EVALUATES);
  const cases: [lua: string, value: unknown][] = [
    ['{ data = {} }', { data: {} }],
    ['{ n = 1, m = math.mininteger + 0, yes = true, no = false }', { n: 1, m: -(2 ** 63), yes: true, no: false }],
    ['{ text = "\\"\\\\\\n\\0ü👋", ["na\\"me"] = "" }', { text: '"\\\n\0ü👋', 'na"me': '' }],
    ['{ [404] = "x", a = 1 }', { 404: 'x', a: 1 }],
    ['{ a = 0.5, b = cjson.null }', { a: 0.5, b: null }],
    ['{ a = 1, b = 2, c = 3, d = 4, e = 5, f = 6 }', { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }],
    ['{ a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7 }', { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 }],
    ['{ long = ("ü"):rep(150) }', { long: 'ü'.repeat(150) }],
    ['{ long = ("x"):rep(190), more = "ü" }', { long: 'x'.repeat(190), more: 'ü' }],
    ['setmetatable({}, cjson.array_mt)', []],
    ['{ "a", "b" }', ['a', 'b']],
  ];
  for (const [lua, value] of cases) {
    const { text, error } = await worker.call({ body: `local cjson = require("cjson") return ${lua}` });
    expect(error, lua).toBeNull();
    expect(JSON.parse(text), lua).toEqual(value);
  }
  for (const lua of ['{ x = "\\255" }', '{ x = ("a"):rep(190) .. "\\255" }', '{ x = 0/0 }', '{ x = print }']) {
    const { error } = await worker.call({ body: `return ${lua}` });
    expect(error?.code, lua).toBe('invalid_response');
  }
});

test('refuses to encode', async () => {
  const worker = await handler(EVALUATES);
  const cases: [lua: string, message: string][] = [
    ['0/0', 'Cannot serialise'],
    ['math.huge', 'Cannot serialise inf'],
    ['print', 'Cannot serialise a function'],
    ['{[{}] = 1}', 'Cannot serialise a table key of type table'],
    ['(function() local t = {} t.t = t return t end)()', 'Cannot serialise a circular'],
  ];
  for (const [lua, message] of cases) {
    const { text } = await worker.call({ body: `return select(2, pcall(require("cjson").encode, ${lua}))` });
    expect(text, lua).toContain(message);
    const safe = await worker.call({ body: `return select(2, require("cjson.safe").encode(${lua}))` });
    expect(safe.text, lua).toContain(message);
  }
});

test('decodes what it encodes, and all of JSON', async () => {
  const worker = await handler(
    'return function(event) return { body = require("cjson").decode(event.raw_body) } end\n',
  );
  const cases = [
    '{"a":[1,2.5,"ü",null,true,[],{}],"b":{"c":"d"}}',
    ' [ ] ',
    '[1e3,-0.5,1E-2,0,12345678901234567890]',
    '["\\u00fc\\ud83d\\udc4b\\/\\b\\f\\n\\r\\t\\"\\\\"]',
    '[[[[[[]]]]]]',
    '{"":""}',
  ];
  for (const json of cases) {
    const { text, error } = await worker.call({ body: json });
    expect(error, json).toBeNull();
    expect(JSON.parse(text), json).toEqual(JSON.parse(json));
  }
});

test('refuses what is no JSON', async () => {
  const worker = await handler(
    'return function(event) return select(2, require("cjson.safe").decode(event.raw_body)) or "accepted" end\n',
  );
  const cases = [
    '',
    '{',
    '[1,]',
    '[1 2]',
    '{"a" 1}',
    '{"a":1,}',
    '{a:1}',
    'nul',
    '01',
    '-',
    '1.',
    '+1',
    '"a',
    '"\n"',
    '"\\x"',
    '"\\u12"',
    '[] []',
    'NaN',
    '['.repeat(2000),
  ];
  for (const json of cases) {
    const { text } = await worker.call({ body: json });
    expect(text, json).toMatch(/^(Expected|Found too many)/);
  }
});

test('lone surrogates become U+FFFD', async () => {
  const worker = await handler('return function(event) return require("cjson").decode(event.raw_body)[1] end\n');
  expect((await worker.call({ body: '["a\\ud800b"]' })).text).toBe('a�b');
});

test('lists that are marked stay lists', async () => {
  const worker = await handler(EVALUATES);
  const { text } = await worker.call({
    body: `local cjson = require("cjson").new()
      cjson.decode_array_with_array_mt(true)
      local list = cjson.decode("[1]")
      list[1] = nil
      return cjson.encode(list) .. tostring(require("cjson").decode_array_with_array_mt())`,
  });
  expect(text).toBe('[]false');
});
