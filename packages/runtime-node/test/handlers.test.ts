import { describe, expect, test } from 'vitest';
import { type Request, Tree } from './client.js';
import { useDaemon } from './harness.js';

const fixture = useDaemon();

interface Case {
  handler: string;
  request?: Request;
  status?: number;
  type?: string | undefined;
  text?: string;
  headers?: Record<string, string | string[]>;
  error?: [code: string, message: RegExp];
  stderr?: RegExp;
}

/** What a handler returns, and what leaves. SPEC §8. */
const cases: Record<string, Case> = {
  'an object': { handler: '() => ({ a: 1 })', type: 'application/json', text: '{"a":1}' },
  'a list': { handler: '() => [1, 2]', type: 'application/json', text: '[1,2]' },
  'an empty object': { handler: '() => ({})', type: 'application/json', text: '{}' },
  'a boolean': { handler: '() => false', type: 'application/json', text: 'false' },
  text: { handler: '() => "héllo"', type: 'text/plain; charset=utf-8', text: 'héllo' },
  html: { handler: '() => "<!DOCTYPE HTML><p>x"', type: 'text/html; charset=utf-8', text: '<!DOCTYPE HTML><p>x' },
  'html tag': { handler: '() => "<html></html>"', type: 'text/html; charset=utf-8' },
  'a number': { handler: '() => 4.5', type: 'text/plain; charset=utf-8', text: '4.5' },
  null: { handler: '() => null', type: undefined, text: '' },
  nothing: { handler: '() => {}', type: undefined, text: '' },
  'a buffer': { handler: '() => Buffer.from("x")', type: 'application/octet-stream', text: 'x' },
  'a typed array': { handler: '() => new Uint16Array([0x6161])', type: 'application/octet-stream', text: 'aa' },
  'an array buffer': { handler: '() => new Uint8Array([98]).buffer', type: 'application/octet-stream', text: 'b' },
  'a blob': { handler: '() => new Blob(["<p>"], { type: "text/html" })', type: 'text/html', text: '<p>' },
  'a promise': { handler: 'async () => ({ a: 1 })', text: '{"a":1}' },
  'a date inside': { handler: '() => ({ at: new Date(0) })', text: '{"at":"1970-01-01T00:00:00.000Z"}' },
  'a status word is data': { handler: '() => ({ status: "ok" })', text: '{"status":"ok"}' },
  'a status word and data are data': {
    handler: '() => ({ status: "success", data: 1 })',
    text: '{"status":"success","data":1}',
  },
  'an envelope': {
    handler: '() => ({ status: 201, headers: { "x-a": "1" }, body: "made" })',
    status: 201,
    headers: { 'x-a': '1' },
    text: 'made',
  },
  statusCode: { handler: '() => ({ statusCode: 204 })', status: 204, text: '', type: undefined },
  'a body object': { handler: '() => ({ body: { a: [null] } })', type: 'application/json', text: '{"a":[null]}' },
  'a typed body object': {
    handler: '() => ({ headers: { "Content-Type": "application/problem+json" }, body: { a: 1 } })',
    type: 'application/problem+json',
    text: '{"a":1}',
  },
  'a header list': {
    handler: '() => ({ headers: { "set-cookie": ["a=1", "b=2"], "x-n": 5, "x-no": null }, body: "" })',
    headers: { 'set-cookie': ['a=1', 'b=2'], 'x-n': '5' },
  },
  cookies: {
    handler:
      '() => ({ cookies: ["a=1", { name: "b", value: "2 3", http_only: true, same_site: "Lax", max_age: 60 }] })',
    headers: { 'set-cookie': ['a=1', 'b=2%203; Max-Age=60; HttpOnly; SameSite=Lax'] },
  },
  'base64, spelled our way': {
    handler: '() => ({ is_base64: true, body_base64: "aGk=" })',
    text: 'hi',
    type: 'application/octet-stream',
  },
  'base64, spelled their way': {
    handler: '() => ({ statusCode: 200, isBase64Encoded: true, headers: {"content-type": "image/png"}, body: "aGk=" })',
    text: 'hi',
    type: 'image/png',
  },
  'csv of objects': {
    handler: '() => ({ headers: { "content-type": "text/csv" }, body: [{ a: 1, b: null }, { a: "x,\\"y" }] })',
    type: 'text/csv',
    text: 'a,b\r\n1,\r\n"x,""y",\r\n',
  },
  'csv of lists': {
    handler: '() => ({ headers: { "content-type": "text/csv; charset=utf-8" }, body: [["a", 1], ["b", true]] })',
    text: 'a,1\r\nb,true\r\n',
  },
  'a web response': {
    handler:
      '() => new Response("hi", { status: 202, headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-a", "1"]] })',
    status: 202,
    text: 'hi',
    type: 'text/plain;charset=UTF-8',
    headers: { 'set-cookie': ['a=1', 'b=2'], 'x-a': '1' },
  },
  'a web response without body': { handler: '() => new Response(null, { status: 204 })', status: 204, text: '' },
  'a web json response': { handler: '() => Response.json({ a: 1 })', type: 'application/json', text: '{"a":1}' },
  'a bad header value is dropped': {
    handler: '() => ({ headers: { "x-a": "1\\r\\nx-b: 2", "x-c": "3" }, body: "ok" })',
    headers: { 'x-c': '3' },
    text: 'ok',
    stderr: /"x-a" was left out.*line break/,
  },
  'a bad header name is dropped': {
    handler: '() => ({ headers: { "x a": "1" }, body: "ok" })',
    text: 'ok',
    stderr: /"x a" was left out/,
  },

  'status out of range': {
    handler: '() => ({ status: 999, body: "" })',
    error: ['invalid_response', /`status` is the number 999; it must be an integer from 100 to 599/],
  },
  'status no integer': {
    handler: '() => ({ status: "200", body: "" })',
    error: ['invalid_response', /`status` is the string "200"/],
  },
  'broken base64': {
    handler: '() => ({ is_base64: true, body: "%%%" })',
    error: ['invalid_response', /`body` is no valid base64/],
  },
  'a function': { handler: '() => () => 1', error: ['invalid_response', /returned a function/] },
  'a function in a list': {
    handler: '() => ({ list: [function go() {}] })',
    error: ['invalid_response', /the function `go` at `list\[0\]`/],
  },
  'a bigint': { handler: '() => 1n', error: ['invalid_response', /a bigint/] },
  'a bigint inside': {
    handler: '() => ({ body: { total: 1n } })',
    error: ['invalid_response', /a bigint at `body\.total`/],
  },
  NaN: { handler: '() => NaN', error: ['invalid_response', /returned NaN/] },
  'NaN inside': { handler: '() => ({ mean: 0 / 0 })', error: ['invalid_response', /NaN at `mean`/] },
  'a symbol': { handler: '() => Symbol("x")', error: ['invalid_response', /a symbol/] },
  'a circle': {
    handler: '() => { const a = { b: {} }; a.b.c = a; return a; }',
    error: ['invalid_response', /a circular reference at `b\.c`/],
  },
  'mixed csv': {
    handler: '() => ({ headers: { "content-type": "text/csv" }, body: [[1], { a: 1 }] })',
    error: ['invalid_response', /CSV row 1 is a object|CSV row 1 is an object/],
  },
  'headers that are none': {
    handler: '() => ({ headers: "x", body: "" })',
    error: ['invalid_response', /`headers` is the string "x"/],
  },
  'a header that is an object': {
    handler: '() => ({ headers: { a: {} }, body: "" })',
    error: ['invalid_response', /Header `a` is an object/],
  },
  'a cookie without name': {
    handler: '() => ({ cookies: [{ value: "1" }] })',
    error: ['invalid_response', /cookies\[0\]` is no cookie/],
  },
  'a stream of numbers': {
    handler: 'async function* () { yield 1 }',
    error: ['invalid_response', /stream gave the number 1/],
  },
  'a thrown error': { handler: '() => { throw new RangeError("boom") }', error: ['handler_error', /threw/] },
  'a rejection': { handler: 'async () => { throw new RangeError("boom") }', error: ['handler_error', /threw/] },
  'a thrown string': { handler: '() => { throw "boom" }', error: ['handler_error', /threw/] },
  'a stream that fails at once': {
    handler: 'async function* () { throw new Error("boom") }',
    error: ['handler_error', /threw/],
  },
};

describe('what a handler returns', () => {
  test.for(Object.entries(cases))('%s', async ([, { handler, request, status = 200, error, ...expected }]) => {
    using tree = new Tree({ 'h.mjs': `export const handler = ${handler};` });
    const worker = await fixture.daemon.worker(tree, 'h.mjs');
    const answer = await worker.answer(request);
    worker.stop();
    if (error !== undefined) {
      expect(answer.error).toMatchObject({ code: error[0], message: expect.stringMatching(error[1]) });
      return;
    }
    expect(answer.error).toBeNull();
    expect(answer.status).toBe(status);
    if ('type' in expected) expect(answer.headers['content-type']).toBe(expected.type);
    if (expected.text !== undefined) expect(answer.text).toBe(expected.text);
    if (expected.headers !== undefined) expect(answer.headers).toMatchObject(expected.headers);
    if (expected.stderr !== undefined) expect(answer.stderr).toMatch(expected.stderr);
  });
});

describe('the event', () => {
  const echo = 'export const handler = (event, params) => ({ event, params, same: event.params === params });';

  test('has the fields of SPEC §6 and is JSON', async () => {
    using tree = new Tree({ 'h.js': echo });
    const worker = await fixture.daemon.worker(tree, 'h.js', { env: { A: '1' }, secrets: { S: 'x' } });
    const answer = await worker.answer({
      requestId: 'r1',
      method: 'POST',
      path: '/a b',
      query: ['q', '1', 'flag', '', 'q', '2', 'q', '3', '__proto__', 'x'],
      params: ['id', '7'],
      headers: { 'user-agent': 'ua', 'x-a': '' },
      body: 'text',
      context: { user: { id: 1 }, trigger: { type: 'schedule' }, traceparent: '00-1', job: { id: 'j', attempt: 1 } },
      session: { id: 's', raw: 'sid=s', cookies: { sid: 's' } },
    });
    worker.stop();
    const { event, params, same } = JSON.parse(answer.text);
    expect(params).toEqual({ id: '7' });
    expect(same).toBe(true);
    expect(Object.keys(event.query)).toContain('__proto__');
    Reflect.deleteProperty(event.query, '__proto__');
    expect(event).toMatchObject({
      id: 'r1',
      ts: expect.any(Number),
      method: 'POST',
      path: '/a b',
      raw_path: '/a%20b',
      query: { q: ['1', '2', '3'], flag: '' },
      params: { id: '7' },
      path_params: { id: '7' },
      headers: { 'user-agent': 'ua', 'x-a': '' },
      body: 'text',
      is_base64: false,
      session: { id: 's', raw: 'sid=s', cookies: { sid: 's' } },
      client: { ip: '127.0.0.1', ua: 'ua' },
      env: { A: '1' },
      secrets: { S: 'x' },
      version: 'default',
      context: {
        request_id: 'r1',
        runtime: 'node',
        function_name: 'h.js',
        version: 'default',
        timeout_ms: 30_000,
        deadline_ms: expect.any(Number),
        worker_pool: { enabled: true },
        gateway: { worker_pid: 1 },
        debug: { enabled: false },
        user: { id: 1 },
        trigger: { type: 'schedule' },
        traceparent: '00-1',
        job: { id: 'j', attempt: 1 },
      },
    });
    expect(event.context.deadline_ms).toBeGreaterThan(event.ts);
    expect(event.raw_body).toBeUndefined();
  });

  test('an empty one', async () => {
    using tree = new Tree({ 'h.js': echo });
    const worker = await fixture.daemon.worker(tree, 'h.js');
    const { event } = JSON.parse((await worker.answer()).text);
    worker.stop();
    expect(event).toMatchObject({
      body: null,
      is_base64: false,
      query: {},
      params: {},
      headers: {},
      session: null,
      client: { ip: '127.0.0.1', ua: null },
      context: { user: null, trigger: null, traceparent: null },
    });
  });

  test.for([
    ['small bytes', Buffer.from([0xff, 0xfe, 0])],
    ['large bytes', Buffer.alloc(100_000, 0xff)],
    ['large text', Buffer.from('é'.repeat(50_000))],
  ] as const)('body of %s, whole and in parts', async ([, body]) => {
    using tree = new Tree({
      'h.js':
        'export const handler = (e) => ({ headers: { "x-body": e.is_base64 ? "base64" : "text", "x-length": e.body.length, "x-equal": String(Buffer.from(e.body, e.is_base64 ? "base64" : "utf8").equals(e.raw_body)) }, body: e.raw_body });',
    });
    const worker = await fixture.daemon.worker(tree, 'h.js');
    for (const parts of [0, 3]) {
      const answer = await worker.answer({ method: 'POST', body, parts });
      expect(answer.body.equals(body)).toBe(true);
      expect(answer.headers).toMatchObject({ 'x-equal': 'true', 'x-body': body[0] === 0xff ? 'base64' : 'text' });
    }
    worker.stop();
  });

  test('json() and form()', async () => {
    using tree = new Tree({
      'h.js':
        'export const handler = async (e) => e.path === "/json" ? { got: e.json() } : (({ fields, files }) => ({ fields, files: files.map((f) => ({ ...f, data: f.data.toString() })) }))(await e.form());',
    });
    const worker = await fixture.daemon.worker(tree, 'h.js');
    expect(JSON.parse((await worker.answer({ path: '/json', body: '{"a":1}' })).text)).toEqual({ got: { a: 1 } });
    expect(JSON.parse((await worker.answer({ path: '/json' })).text)).toEqual({ got: null });
    expect((await worker.answer({ path: '/json', body: '{' })).error).toMatchObject({
      code: 'handler_error',
      debug: { type: 'SyntaxError' },
    });
    const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };

    expect(JSON.parse((await worker.answer({ headers: urlencoded, body: 'a=1&b=x+y&a=2' })).text)).toEqual({
      fields: { a: ['1', '2'], b: 'x y' },
      files: [],
    });
    const multipart = [
      '--X',
      'Content-Disposition: form-data; name="title"',
      '',
      'Ada',
      '--X',
      'Content-Disposition: form-data; name="file"; filename="a.txt"',
      'Content-Type: text/x-a',
      '',
      'data\r\nmore',
      '--X--',
      '',
    ].join('\r\n');
    expect(
      JSON.parse(
        (await worker.answer({ headers: { 'content-type': 'multipart/form-data; boundary=X' }, body: multipart })).text,
      ),
    ).toEqual({
      fields: { title: 'Ada' },
      files: [{ name: 'file', filename: 'a.txt', type: 'text/x-a', data: 'data\r\nmore' }],
    });
    expect(
      (await worker.answer({ headers: { 'content-type': 'multipart/form-data; boundary=X' }, body: '--X\r\nbroken' }))
        .error,
    ).toMatchObject({ code: 'handler_error' });
    expect((await worker.answer({ headers: { 'content-type': 'text/plain' }, body: 'x' })).error).toMatchObject({
      debug: { message: expect.stringContaining('this request is text/plain') },
    });
    worker.stop();
  });

  test('belongs to one call: changes do not leak', async () => {
    using tree = new Tree({
      'h.js':
        'export const handler = (e) => { const seen = { env: e.env.A, pool: e.context.worker_pool.enabled, keys: Object.keys({ ...e }).length }; e.env.A = "changed"; e.context.worker_pool.enabled = "changed"; e.body = "mine"; return { ...seen, body: e.body }; };',
    });
    const worker = await fixture.daemon.worker(tree, 'h.js', { env: { A: '1' } });
    for (const body of ['', 'x', 'y'.repeat(10_000)])
      expect(JSON.parse((await worker.answer({ body })).text)).toEqual({
        env: '1',
        pool: true,
        keys: 17,
        body: 'mine',
      });
    worker.stop();
  });
});

test('a proxy answer', async () => {
  using tree = new Tree({
    'h.js':
      'export const handler = () => ({ proxy: { path: "/x", method: "POST", headers: { a: "1", b: ["2", 3] }, body: { n: 1 }, timeout_ms: 500 } }); export const bad = () => ({ proxy: { url: 5 } });',
  });
  const worker = await fixture.daemon.worker(tree, 'h.js');
  const { proxy, order } = await worker.answer();
  worker.stop();
  expect(order).toEqual(['PROXY']);
  expect({ ...proxy, body: Buffer.from(proxy!.body!).toString() }).toEqual({
    path: '/x',
    method: 'POST',
    headers: { a: '1', b: ['2', '3'] },
    body: '{"n":1}',
    timeout_ms: 500,
  });
  const bad = await fixture.daemon.worker(tree, 'h.js', { handler: 'bad' });
  expect((await bad.answer()).error).toMatchObject({
    code: 'invalid_response',
    message: '`proxy.url` is the number 5; it must be a string.',
  });
  bad.stop();
});

test('a thrown error carries the line, in TypeScript too', async () => {
  using tree = new Tree({
    'h.ts':
      'interface A {\n  x: number;\n}\nenum E { a }\n\nfunction inner(a: A): never {\n  throw new TypeError("bad " + a.x, { cause: new Error("deep") });\n}\nexport const handler = () => inner({ x: E.a });\n',
    'h.js': '\n\nexports.handler = async () => {\n  await null;\n  null.x();\n};\n',
  });
  for (const [entry, line, type, source] of [
    ['h.ts', 7, 'TypeError', '  throw new TypeError("bad " + a.x, { cause: new Error("deep") });'],
    ['h.js', 5, 'TypeError', '  null.x();'],
  ] as const) {
    const worker = await fixture.daemon.worker(tree, entry);
    const { error, stderr } = await worker.answer();
    worker.stop();
    expect(error!.debug).toMatchObject({ type, file: tree.path(entry), line, source });
    expect(error!.debug!.stack).toContain(`${entry}:${line}:`);
    expect(error!.debug!.stack).not.toContain('shim');
    expect(error!.message).not.toContain('bad');
    expect(stderr).toContain(`${entry}:${line}:`);
  }
});

test('calls overlap, and each keeps its own output', async () => {
  using tree = new Tree({
    'h.js':
      'let release; const gate = new Promise((r) => { release = r; }); let n = 0; export const handler = async (e) => { console.log("in", e.query.n); if (++n === 3) release(); await gate; console.error("out", e.query.n); process.stdout.write("raw " + e.query.n); return e.query.n; };',
  });
  const worker = await fixture.daemon.worker(tree, 'h.js');
  const answers = await Promise.all(['1', '2', '3'].map((n) => worker.answer({ query: ['n', n] })));
  worker.stop();
  for (const [index, answer] of answers.entries()) {
    const n = index + 1;
    expect(answer).toMatchObject({ text: String(n), stdout: `in ${n}\nraw ${n}`, stderr: `out ${n}\n` });
    expect(answer.order.at(-1)).toBe('HEAD');
  }
});
