import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, invokeMessage, makeDaemon, open, specFor, startWorker, tree } from './python-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

async function workerOf(source: string, name = 'handler.py') {
  const { path } = tree({ [name]: source });
  return startWorker(daemon, specFor(daemon, path(name)));
}

const JSON_TYPE = 'application/json';
const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const BYTES = 'application/octet-stream';

describe('what a handler returns (SPEC §8)', () => {
  const cases: [expression: string, expected: { status?: number; type?: string; body: string }][] = [
    ['{"a": [1, 2.5, None, True, "é"]}', { type: JSON_TYPE, body: '{"a":[1,2.5,null,true,"é"]}' }],
    ['[]', { type: JSON_TYPE, body: '[]' }],
    ['{}', { type: JSON_TYPE, body: '{}' }],
    ['True', { type: JSON_TYPE, body: 'true' }],
    ['"hi ☃"', { type: TEXT, body: 'hi ☃' }],
    ['"<!DOCTYPE html><p>"', { type: HTML, body: '<!DOCTYPE html><p>' }],
    ['"<HTML lang=en>"', { type: HTML, body: '<HTML lang=en>' }],
    ['42', { type: TEXT, body: '42' }],
    ['1.5', { type: TEXT, body: '1.5' }],
    ['None', { body: '' }],
    ['b"\\x00\\x01"', { type: BYTES, body: '\u0000\u0001' }],
    ['bytearray(b"ab")', { type: BYTES, body: 'ab' }],
    ['memoryview(b"ab")', { type: BYTES, body: 'ab' }],
    ['{"status": "ok"}', { type: JSON_TYPE, body: '{"status":"ok"}' }],
    ['{"status": "success", "data": {"n": 1}}', { type: JSON_TYPE, body: '{"status":"success","data":{"n":1}}' }],
    ['{"status": True}', { type: JSON_TYPE, body: '{"status":true}' }],
    ['{"status": 404}', { status: 404, body: '' }],
    ['{"statusCode": 201, "body": {"id": 1}}', { status: 201, type: JSON_TYPE, body: '{"id":1}' }],
    ['{"body": "x", "headers": {"Content-Type": "text/x"}}', { type: 'text/x', body: 'x' }],
    ['{"body": [1], "headers": {"Content-Type": "application/ld+json"}}', { type: 'application/ld+json', body: '[1]' }],
    ['{"body_base64": "aGk=", "is_base64": True}', { type: BYTES, body: 'hi' }],
    ['{"body": "aGk=", "isBase64Encoded": True}', { type: BYTES, body: 'hi' }],
    ['("made", 201, {"x-a": "b"})', { status: 201, type: TEXT, body: 'made' }],
    ['({"n": 1}, 418)', { status: 418, type: JSON_TYPE, body: '{"n":1}' }],
    ['({"status": 500},)', { status: 200, type: JSON_TYPE, body: '{"status":500}' }],
    ['(b"", 204)', { status: 204, type: BYTES, body: '' }],
    [
      '{"headers": {"content-type": "text/csv"}, "body": [{"a": 1, "b": None}, {"a": \'x"y\', "c": "1,2"}]}',
      { type: 'text/csv', body: 'a,b,c\r\n1,,\r\n"x""y",,"1,2"\r\n' },
    ],
    ['{"headers": {"content-type": "text/csv"}, "body": [[1, "a"], [True, 2.5]]}', { body: '1,a\r\ntrue,2.5\r\n' }],
    ['__import__("datetime").date(2024, 2, 29)', { type: JSON_TYPE, body: '"2024-02-29"' }],
    ['{"d": __import__("decimal").Decimal("1.10")}', { body: '{"d":"1.10"}' }],
    ['"lone \\ud800"', { type: TEXT, body: 'lone ?' }],
    ['["lone \\ud800"]', { type: JSON_TYPE, body: '["lone \\ud800"]' }],
    ['__import__("io").BytesIO(b"file")', { type: BYTES, body: 'file' }],
    ['iter(["a", "b"])', { type: TEXT, body: 'ab' }],
    ['(c for c in ())', { body: '' }],
    ['{"body": (c for c in ("a", b"b"))}', { type: TEXT, body: 'ab' }],
  ];

  it('reads every value as specified', async () => {
    const source = `CASES = [\n${cases.map(([expression]) => `    lambda: ${expression},\n`).join('')}]\ndef handler(event):\n    return CASES[int(event["query"]["n"])]()\n`;
    const worker = await workerOf(source);
    for (const [n, [expression, expected]] of cases.entries()) {
      const answer = await call(worker, { query: ['n', String(n)] });
      expect({ expression, error: answer.error, status: answer.status, body: answer.text }).toEqual({
        expression,
        error: null,
        status: expected.status ?? 200,
        body: expected.body,
      });
      if (expected.type) expect([expression, answer.headers['content-type']]).toEqual([expression, expected.type]);
      if (expected.body === '' && !expected.type) expect(answer.headers['content-type']).toBeUndefined();
    }
  });

  const refused: [expression: string, message: RegExp][] = [
    ['{"status": 99}', /`status` is the int 99; it must be an integer from 100 to 599/],
    ['{"status": 600, "body": "x"}', /600/],
    ['{"status": "ok", "body": "x"}', /`status` is the str 'ok'/],
    ['{"a": float("nan")}', /nan, which JSON does not know at `a`/],
    ['[1, float("inf")]', /inf.*`\[1\]`/],
    ['float("nan")', /nan/],
    ['{"body": {"items": [{"when": {1, 2}}]}}', /a set, which JSON cannot hold at `body.items\[0\].when`/],
    ['LOOP', /circular structure.*`me`/],
    ['object()', /an object/],
    ['handler', /a function/],
    ['{"a": b"x"}', /a bytes, which JSON cannot hold at `a`/],
    ['{(1, 2): 3}', /a tuple as a key/],
    ['("a", "b")', /`status` is the str 'b'/],
    ['()', /a tuple of 0/],
    ['{"is_base64": True, "body_base64": "a"}', /`body_base64` is no valid base64/],
    ['{"isBase64Encoded": True, "body": 5}', /`body` is the int 5/],
    ['{"headers": "x: y"}', /`headers` is the str/],
    ['{"headers": {"a": {}}}', /Header `a` is a dict/],
    ['{"cookies": [1]}', /`cookies\[0\]` is the int 1/],
    ['{"cookies": [{"name": "a b"}]}', /`cookies\[0\]` is no cookie/],
    ['{"proxy": "x"}', /`proxy` is the str/],
    ['{"proxy": {"url": 5}}', /`proxy.url`/],
    ['{"headers": {"content-type": "text/csv"}, "body": [1]}', /CSV row 0/],
    ['(x for x in [{}])', /stream gave a dict/],
  ];

  it('refuses what is no response, naming what was found and where', async () => {
    const worker = await workerOf(
      `LOOP = {}\nLOOP["me"] = LOOP\ndef handler(event):\n    return CASES[int(event["query"]["n"])]()\nCASES = [\n${refused.map(([expression]) => `    lambda: ${expression},\n`).join('')}]\n`,
    );
    for (const [n, [expression, message]] of refused.entries()) {
      const { error } = await call(worker, { query: ['n', String(n)] });
      expect([expression, error?.code]).toEqual([expression, 'invalid_response']);
      expect(error?.message).toMatch(message);
    }
    expect((await call(worker, { query: ['n', '0'] })).error?.code).toBe('invalid_response');
  });

  it('sends header lists and cookies, and leaves unsafe headers out with a log line', async () => {
    const worker = await workerOf(`
def handler(event):
    return {
        "headers": {"X-Many": ["a", "b"], "x-n": 5, "x-none": None, "x-bad": "a\\r\\nevil: 1", "bad name": "x"},
        "cookies": [
            "raw=1; Path=/",
            {"name": "sid", "value": "a b;c", "path": "/", "max_age": 60, "http_only": True, "sameSite": "lax",
             "secure": True, "expires": 0},
        ],
        "body": "ok",
    }
`);
    const answer = await call(worker);
    expect(answer.headers).toEqual({
      'x-many': ['a', 'b'],
      'x-n': '5',
      'content-type': TEXT,
      'set-cookie': [
        'raw=1; Path=/',
        'sid=a%20b%3Bc; Max-Age=60; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
      ],
    });
    expect(answer.stderr).toContain("header 'x-bad' was left out");
    expect(answer.stderr).toContain("header 'bad name' was left out");
  });

  it('hands a proxy directive on', async () => {
    const worker = await workerOf(
      'def handler(event):\n    return {"proxy": {"path": "/up", "method": "POST", "headers": {"a": ["1", 2]}, "body": {"x": 1}, "timeout_ms": 50}}\n',
    );
    const { proxy } = await call(worker);
    expect({ ...proxy, body: Buffer.from(proxy!.body as Uint8Array).toString() }).toEqual({
      path: '/up',
      method: 'POST',
      headers: { a: ['1', '2'] },
      body: '{"x":1}',
      timeout_ms: 50,
    });
  });
});

describe('the event (SPEC §6)', () => {
  it('has everything, and is JSON as it is', async () => {
    const { path } = tree({ 'handler.py': 'def handler(event):\n    return {"body": event}\n' });
    const worker = await startWorker(
      daemon,
      specFor(daemon, path('handler.py'), { env: { A: '1' }, secrets: { S: 'x' } }),
    );
    const answer = await call(worker, {
      method: 'POST',
      path: '/users/7',
      query: ['a', '1', 'b', '', 'a', '2'],
      params: ['id', '7'],
      headers: { 'user-agent': 'test', 'x-empty': '' },
      body: 'Grüße',
      context: { user: { n: 1 }, traceparent: '00-x' },
      session: { id: 's', raw: 'sid=s', cookies: { sid: 's' } },
    });
    const event = JSON.parse(answer.text);
    expect(event).toMatchObject({
      ts: 1700000000123,
      method: 'POST',
      path: '/users/7',
      raw_path: '/users/7',
      query: { a: ['1', '2'], b: '' },
      params: { id: '7' },
      path_params: { id: '7' },
      headers: { 'user-agent': 'test', 'x-empty': '' },
      body: 'Grüße',
      is_base64: false,
      session: { id: 's', cookies: { sid: 's' } },
      client: { ip: '127.0.0.1', ua: 'test' },
      env: { A: '1' },
      secrets: { S: 'x' },
      version: 'default',
      context: {
        runtime: 'python',
        function_name: 'hello',
        timeout_ms: 30000,
        user: { n: 1 },
        trigger: null,
        traceparent: '00-x',
      },
    });
    expect(event.context.request_id).toBe(event.id);
    expect(event.context.deadline_ms).toBeGreaterThan(Date.now());
  });

  it('gives empty and binary bodies as specified, and helpers', async () => {
    const worker = await workerOf(`
import base64
def handler(event):
    if event["method"] == "GET":
        return [event["body"], event["is_base64"], event["session"], event.json(), len(event["raw_body"]), event.get("nope")]
    if event["method"] == "PUT":
        form = event.form()
        return {"body": {"fields": form.fields, "files": [[f.name, f.filename, f.type, list(f.data)] for f in form.files]}}
    assert base64.b64decode(event["body"]) == event.raw_body and event["is_base64"]
    return event.raw_body
`);
    expect(JSON.parse((await call(worker)).text)).toEqual([null, false, null, null, 0, null]);
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255));
    expect((await call(worker, { method: 'POST', body: bytes })).body.equals(bytes)).toBe(true);
    const urlencoded = await call(worker, {
      method: 'PUT',
      body: 'a=1&b=%C3%A9+x&a=2&c=',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(JSON.parse(urlencoded.text)).toEqual({ fields: { a: ['1', '2'], b: 'é x', c: '' }, files: [] });
    const multipart = [
      '--B',
      'Content-Disposition: form-data; name="a"',
      '',
      'one\r\ntwo',
      '--B',
      'content-disposition: form-data; name="f"; filename="x \\"y\\".bin"',
      'Content-Type: image/png',
      '',
      '\u0000\r\n-',
      '--B--',
      '',
    ].join('\r\n');
    const answer = await call(worker, {
      method: 'PUT',
      body: multipart,
      headers: { 'content-type': 'multipart/form-data; boundary="B"' },
    });
    expect(JSON.parse(answer.text)).toEqual({
      fields: { a: 'one\r\ntwo' },
      files: [['f', 'x "y".bin', 'image/png', [0, 13, 10, 45]]],
    });
    const broken = await call(worker, {
      method: 'PUT',
      body: '--B\r\n',
      headers: { 'content-type': 'multipart/form-data; boundary=B' },
    });
    expect(broken.error?.message).toMatch(/ends before its last boundary/);
  });

  it('does not leak changes from one call into the next', async () => {
    const worker = await workerOf(`
def handler(event):
    seen = [event["env"].get("x"), event["context"].get("x"), event["context"]["worker_pool"].get("x")]
    event["env"]["x"] = event["context"]["x"] = event["context"]["worker_pool"]["x"] = 1
    return seen
`);
    await call(worker);
    expect((await call(worker)).text).toBe('[null,null,null]');
  });

  it('takes a body in several frames, and answers one larger than a frame in chunks', async () => {
    const { path } = tree({ 'handler.py': 'def handler(event):\n    return event.raw_body * 4\n' });
    const spec = specFor(daemon, path('handler.py'), { max_frame: 200_000 });
    const worker = await startWorker(daemon, spec, { autoCredit: true });
    const part = Buffer.alloc(100_000, 'a');
    worker.send(invokeMessage(1, { flags: 1, body: part }));
    worker.send([21, 1, Buffer.alloc(100_000, 'b'), false]);
    worker.send([21, 1, Buffer.alloc(0), true]);
    await worker.next((m) => m[0] === 42 && m[1] === 1);
    const sent = worker.seen.filter((m) => m[0] === 40 || m[0] === 41).map((m) => m[m[0] === 40 ? 5 : 2] as Buffer);
    const body = Buffer.concat(sent);
    expect(body.length).toBe(800_000);
    expect(body.subarray(0, 200_000).toString()).toBe('a'.repeat(100_000) + 'b'.repeat(100_000));
    expect(Math.max(...sent.slice(1).map((piece) => piece.length))).toBeLessThanOrEqual(65536);
  });

  it('echoes 1 MiB byte for byte', async () => {
    const worker = await workerOf('def handler(event):\n    return event.raw_body\n');
    const body = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7919) & 255));
    expect((await call(worker, { method: 'POST', body })).body.equals(body)).toBe(true);
  });
});

describe('how a handler is called (SPEC §7)', () => {
  const cases: [signature: string, params: string[], expected: unknown][] = [
    ['()', [], {}],
    ['(event)', ['id', '7'], { event: 'E' }],
    ['(e)', ['id', '7'], { e: 'E' }],
    ['(id)', ['id', '7'], { id: '7' }],
    ['(event, id)', ['id', '7'], { event: 'E', id: '7' }],
    ['(id, event)', ['id', '7'], { id: '7', event: 'E' }],
    ['(request, id)', ['id', '7'], { request: 'E', id: '7' }],
    ['(event, params)', ['id', '7'], { event: 'E', params: { id: '7' } }],
    ['(event, *, id)', ['id', '7'], { event: 'E', id: '7' }],
    ['(event, **kw)', ['id', '7', 'slug', 'a/b'], { event: 'E', kw: { id: '7', slug: 'a/b' } }],
    ['(event, id, **kw)', ['id', '7', 'x', '8'], { event: 'E', id: '7', kw: { x: '8' } }],
    ['(**kw)', ['id', '7'], { kw: { event: 'E', id: '7' } }],
    ['(*args)', ['id', '7'], { args: ['E'] }],
    ['(event, opt=None)', [], { event: 'E', opt: null }],
    ['(event, opt=None, id="x")', ['id', '7'], { event: 'E', opt: null, id: '7' }],
    ['(name="World")', [], { name: 'World' }],
    ['(event, context)', [], { event: 'E', context: 'C' }],
    ['(event=None)', [], { event: 'E' }],
    ['(event, /, id)', ['id', '7'], { event: 'E', id: '7' }],
  ];

  it.each(cases)('def handler%s with %j', async (signature, params, expected) => {
    const worker = await workerOf(`
def short(value):
    if type(value).__name__ == "Event": return "E"
    if isinstance(value, dict) and "request_id" in value: return "C"
    if isinstance(value, dict): return {k: short(v) for k, v in value.items()}
    if isinstance(value, tuple): return [short(v) for v in value]
    return value
def handler${signature}:
    return {"body": short(locals())}
`);
    const answer = await call(worker, { params });
    expect(answer.error).toBeNull();
    expect(JSON.parse(answer.text)).toEqual(expected);
  });

  it('says what there is when an argument cannot be filled', async () => {
    const worker = await workerOf('def handler(event, ident):\n    pass\n');
    const { error } = await call(worker, { params: ['id', '7'] });
    expect(error).toMatchObject({ code: 'handler_error', debug: { type: 'TypeError' } });
    expect(error?.message).toContain('asks for `ident`, which is no path parameter of this route (there are: `id`)');
  });

  it('keeps module state, and serves several gateways one call at a time', async () => {
    const worker = await workerOf('n = 0\ndef handler(event):\n    global n\n    n += 1\n    return n\n');
    const second = await open(worker.spec.socket);
    expect((await call(worker)).text).toBe('1');
    expect((await call(second)).text).toBe('2');
    const both = await Promise.all([call(worker), call(second)]);
    expect(both.map((answer) => answer.text).sort()).toEqual(['3', '4']);
    await second.connection.close();
    expect((await call(worker)).text).toBe('5');
  });

  it('finds main, and the named handler', async () => {
    const { path } = tree({ 'h.py': 'def main(e):\n    return "main"\ndef other(e):\n    return "other"\n' });
    expect((await call(await startWorker(daemon, specFor(daemon, path('h.py'))))).text).toBe('main');
    const named = await startWorker(daemon, specFor(daemon, path('h.py'), { handler: 'other' }));
    expect((await call(named)).text).toBe('other');
  });

  it('takes any callable', async () => {
    const { path } = tree({
      'handler.py': `
import functools
class Later:
    async def __call__(self, event):
        return "later"
async def add(a, event):
    return a
handler = Later()
partial = functools.partial(add, "partial")
static = staticmethod(lambda event: "static").__func__
`,
    });
    for (const [handler, text, concurrency] of [
      [null, 'later', 0],
      ['partial', 'partial', 0],
      ['static', 'static', 1],
    ] as const) {
      const worker = await startWorker(daemon, specFor(daemon, path('handler.py'), { handler }));
      expect((await worker.next((m) => m[0] === 30))[1]).toMatchObject({ concurrency });
      expect((await call(worker)).text).toBe(text);
    }
  });

  it('awaits a coroutine that a plain function returns', async () => {
    const worker = await workerOf(`
import asyncio
async def work():
    await asyncio.sleep(0)
    return {"done": True}
async def pieces():
    yield "a"
    yield "b"
def handler(event):
    return pieces() if event["query"] else work()
`);
    expect((await call(worker)).text).toBe('{"done":true}');
    expect((await call(worker, { query: ['s', ''] })).text).toBe('ab');
  });
});

describe('errors (SPEC §7)', () => {
  it('name the own line, without frames of the shim, and the worker lives on', async () => {
    const { root, path } = tree({
      'handler.py':
        'import json, _lib\ndef handler(event):\n    if event["query"]:\n        return json.loads("{")\n    return _lib.divide(1)\n',
      '_lib.py': 'def divide(n):\n    return n / 0\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    const { error } = await call(worker);
    expect(error).toMatchObject({
      code: 'handler_error',
      message: 'ZeroDivisionError: division by zero',
      debug: {
        type: 'ZeroDivisionError',
        message: 'division by zero',
        file: `${root}/_lib.py`,
        line: 2,
        source: 'return n / 0',
      },
    });
    expect(error?.debug?.stack).not.toContain('fastfn_shim');
    expect(error?.debug?.stack).toContain('handler.py", line 5');
    // The failure is inside the standard library; the nearest own line is what helps.
    const second = await call(worker, { query: ['x', ''] });
    expect(second.error?.debug).toMatchObject({ type: 'JSONDecodeError', file: path('handler.py'), line: 4 });
  });

  it.each([
    ['recursion', 'return handler(event)', 'RecursionError'],
    ['KeyboardInterrupt', 'raise KeyboardInterrupt("stop")', 'KeyboardInterrupt'],
    ['an unprintable error', 'raise type("Odd", (Exception,), {"__str__": lambda s: 1 / 0})()', 'Odd'],
    ['a stream that fails before its first piece', 'return (1 / 0 for _ in "a")', 'ZeroDivisionError'],
  ])('%s is answered', async (_, body, type) => {
    const worker = await workerOf(`def handler(event):\n    ${body}\n`);
    expect((await call(worker)).error).toMatchObject({ code: 'handler_error', debug: { type } });
    expect((await call(worker)).error?.code).toBe('handler_error');
  });

  it('sys.exit() ends the worker, with what was printed', async () => {
    const worker = await workerOf('import sys\ndef handler(event):\n    print("bye")\n    sys.exit(3)\n');
    worker.send(invokeMessage(1));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 3, null]);
    await worker.closed;
    expect(worker.seen.some((m) => m[0] === 44 && m[3].includes('bye'))).toBe(true);
  });
});

describe('streams', () => {
  it('send each piece as soon as it is there', async () => {
    const worker = await workerOf('def handler(event):\n    yield "a"\n    yield ""\n    yield b"b"\n    yield "c"\n');
    const answer = await call(worker);
    expect(answer).toMatchObject({ status: 200, chunks: ['a', 'b', 'c'], headers: { 'content-type': TEXT } });
  });

  it('stop pulling without credit, and go on with it', async () => {
    const worker = await workerOf(`
import sys
def handler(event):
    for n in range(20):
        print(n, file=sys.stderr, flush=True)
        yield b"x" * 65536
`);
    worker.send(invokeMessage(1));
    // HEAD carries the first piece, four more fill the window, the sixth waits.
    await worker.next((m) => m[0] === 41 && worker.seen.filter((x) => x[0] === 41).length === 4);
    await worker.next((m) => m[0] === 44 && m[3].includes('5\n'));
    expect(worker.seen.filter((m) => m[0] === 41)).toHaveLength(4);
    worker.send([23, 1, 65536 * 16]);
    await worker.next((m) => m[0] === 42);
    expect(worker.seen.filter((m) => m[0] === 41)).toHaveLength(19);
  });

  it('end with CANCEL: the generator is closed', async () => {
    const worker = await workerOf(`
import time
def handler(event):
    if event["query"]:
        return "next"
    return stream()
def stream():
    try:
        while True:
            yield "x" * 1000
            time.sleep(0.001)
    finally:
        print("closed")
`);
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 41);
    worker.send([22, 1, 'client_closed']);
    expect((await worker.next((m) => m[0] === 43))[2]).toBe('canceled');
    expect(worker.seen.some((m) => m[0] === 44 && m[3].includes('closed'))).toBe(true);
    expect((await call(worker, { query: ['n', ''] })).text).toBe('next');
  });

  it('end when the gateway goes away, also while they wait for credit', async () => {
    const { path } = tree({
      'handler.py': `
def handler(event):
    try:
        while True:
            yield b"x" * 65536
    finally:
        open("closed.txt", "w").close()
`,
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py')));
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 41);
    await worker.connection.close();
    const again = await open(worker.spec.socket);
    await again.next((m) => m[0] === 30);
    expect(existsSync(path('closed.txt'))).toBe(true);
  });

  it('are broken off by an error in the middle', async () => {
    const worker = await workerOf('def handler(event):\n    yield "a"\n    raise ValueError("late")\n');
    expect(await call(worker)).toMatchObject({
      status: 200,
      text: 'a',
      error: { code: 'handler_error', message: 'ValueError: late' },
    });
  });

  it('of events begin at once', async () => {
    const worker = await workerOf(`
def handler(event):
    return {"headers": {"content-type": "text/event-stream"}, "body": stream(event)}
def stream(event):
    yield "data: 1\\n\\n"
`);
    worker.send(invokeMessage(1));
    const head = await worker.next((m) => m[0] === 40);
    expect(head[5]).toHaveLength(0);
    await worker.next((m) => m[0] === 42);
  });
});

it('does not call the handler for a call that it comes to too late', async () => {
  const worker = await workerOf("def handler(event):\n    return event['id']\n");
  for (const [id, beginBy] of [
    [1, Date.now() - 1],
    [2, Date.now() + 60_000],
    [3, 0],
  ] as const) {
    worker.send([...invokeMessage(id), beginBy] as unknown as ReturnType<typeof invokeMessage>);
  }
  await worker.next((message) => message[0] === 43 && message[1] === 3);
  const answers = worker.seen.filter((message) => message[0] === 40 || message[0] === 43);
  expect(answers.map((message) => [message[1], message[2]])).toEqual([
    [1, 'not_begun'],
    [2, 200],
    [3, 'not_begun'],
  ]);
});
