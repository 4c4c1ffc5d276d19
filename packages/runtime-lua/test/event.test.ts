import { expect, test } from 'vitest';
import { EVALUATES, useBench } from './use-bench.js';

const { handler } = useBench();

test('every field is there for code, for pairs and for JSON', async () => {
  const worker = await handler(
    `return function(event)
      local keys = {}
      for key in pairs(event) do keys[#keys + 1] = key end
      table.sort(keys)
      return { keys = table.concat(keys, " "), query = event.query, ua = event.client.ua, agent = event.headers["user-agent"],
        job = event.context.job, user = event.context.user, session = event.session, same = event.query == event.query,
        event = event }
    end\n`,
    { env: { A: '1' }, secrets: { S: 's' } },
  );
  const { text } = await worker.call({
    query: { a: ['1', '2', '3'], __index: 'x' },
    headers: { 'user-agent': 'test' },
    body: 'ü',
    session: { id: null, raw: 'a=b', cookies: { a: 'b' } },
    context: { user: { id: 1, tags: [] }, job: { id: 'j', attempt: 2 } },
  });
  const answer = JSON.parse(text);
  expect(answer).toMatchObject({
    query: { a: ['1', '2', '3'], __index: 'x' },
    ua: 'test',
    agent: 'test',
    job: { id: 'j', attempt: 2 },
    user: { id: 1, tags: [] },
    session: { id: null, raw: 'a=b', cookies: { a: 'b' } },
    same: true,
  });
  expect(answer.keys).toBe(
    'body client context env headers id is_base64 method params path path_params query raw_path secrets session ts version',
  );
  expect(answer.event).toMatchObject({ body: 'ü', env: { A: '1' }, secrets: { S: 's' }, ts: 1_700_000_000_000 });
  expect(answer.event.context).toMatchObject({ traceparent: null, trigger: null });
});

test('what is null in JSON is nil in Lua', async () => {
  const worker = await handler(
    'return function(e) return { e.body == nil, e.session == nil, e.context.user == nil, e.client.ua == nil, e.nothing == nil } end\n',
  );
  expect((await worker.call()).text).toBe('[true,true,true,true,true]');
});

test('a handler may change its event, and the next call has one of its own', async () => {
  const worker = await handler(
    `return function(event)
      local before = event.env.A .. (event.context.extra or "")
      event.env.A, event.context.extra, event.query = "changed", "x", {}
      return before
    end\n`,
    { env: { A: '1' } },
  );
  expect((await worker.call()).text).toBe('1');
  expect((await worker.call()).text).toBe('1');
});

test('raw_body is the bytes, json() reads them with a dot and with a colon', async () => {
  const worker = await handler(EVALUATES);
  const body = 'return event';
  const reader = await handler('return function(e) return { a = e.json().a, b = e:json().a, raw = #e.raw_body } end\n');
  expect((await reader.call({ body: '{"a":[1]}' })).text).toContain('"a":[1]');
  expect((await worker.call({ body })).text).toBe('');
  const empty = await handler('return function(e) return tostring(e.json()) .. #e.raw_body end\n');
  expect((await empty.call()).text).toBe('nil0');
});

test('broken JSON blames the line that asked for it', async () => {
  const worker = await handler('return function(event)\n  local data = event.json()\n  return data\nend\n');
  const { error } = await worker.call({ body: '{' });
  expect(error).toMatchObject({
    code: 'handler_error',
    debug: { line: 2, message: expect.stringMatching(/^The body is no valid JSON: Expected a name/) },
  });
  // A tail call leaves no line to blame.
  const tail = await handler('return function(event) return event.json() end\n');
  const { debug } = (await tail.call({ body: '{' })).error!;
  expect(debug).toMatchObject({ line: null, message: expect.stringMatching(/^The body is no valid JSON/) });
});

test('a body of several parts, and one of a megabyte, come whole', async () => {
  const worker = await handler('return function(event) return event.raw_body end\n');
  const body = Buffer.alloc(1_100_000, 0xfe);
  const { bytes } = await worker.call({ body });
  expect(bytes.equals(body)).toBe(true);
});

test('texts beyond ASCII pass at any length', async () => {
  const worker = await handler('return function(event) return event.path .. event.query.q end\n');
  const long = 'ü👋'.repeat(9000);
  expect((await worker.call({ path: '/ä', query: { q: long } })).text).toBe(`/ä${long}`);
});
