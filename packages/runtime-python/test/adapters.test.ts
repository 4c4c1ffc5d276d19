import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerOf,
  call,
  type Daemon,
  invokeMessage,
  makeDaemon,
  specFor,
  startWorker,
  tree,
  type Worker,
} from './python-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

async function workerOf(adapter: string, source: string): Promise<Worker> {
  const { path } = tree({ 'handler.py': source });
  return startWorker(daemon, specFor(daemon, path('handler.py'), { adapter, env: { KEY: 'value' } }));
}

describe('aws-lambda', () => {
  it('gets an event of format 2.0 and a context with a clock', async () => {
    const worker = await workerOf(
      'aws-lambda',
      `
import json
def lambda_handler(event, context):
    assert context.get_remaining_time_in_millis() <= 5000
    return {"statusCode": 201, "headers": {"x-a": "b"}, "cookies": ["c=1"], "multiValueHeaders": {"x-m": ["1", "2"]},
            "body": json.dumps({"event": event, "id": [context.aws_request_id, context.awsRequestId],
                                "name": context.function_name, "left": context.getRemainingTimeInMillis() > 0})}
`,
    );
    const answer = await call(worker, {
      method: 'POST',
      path: '/a b',
      query: ['q', '1', 'q', 'x y'],
      params: ['id', '7'],
      headers: { host: 'example.org:8080', cookie: 'a=1; b=2', 'user-agent': 'test' },
      body: Buffer.from([0xff, 0xfe]),
      timeoutMs: 5000,
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-a': 'b', 'x-m': ['1', '2'], 'set-cookie': 'c=1' } });
    const { event, id, name, left } = JSON.parse(answer.text);
    expect(event).toMatchObject({
      version: '2.0',
      rawPath: '/a b',
      rawQueryString: 'q=1&q=x+y',
      queryStringParameters: { q: '1,x y' },
      pathParameters: { id: '7' },
      cookies: ['a=1', 'b=2'],
      isBase64Encoded: true,
      body: '//4=',
      requestContext: { domainName: 'example.org', http: { method: 'POST', sourceIp: '127.0.0.1', userAgent: 'test' } },
    });
    expect(id).toEqual([event.requestContext.requestId, event.requestContext.requestId]);
    expect([name, left]).toEqual(['hello', true]);
  });

  it.each([
    ['{"message": "hi"}', '{"message":"hi"}'],
    ['"text"', 'text'],
    ['{"status": 500}', '{"status":500}'],
    ['None', 'null'],
  ])('without statusCode %s is the body of a 200', async (value, body) => {
    const worker = await workerOf('lambda', `def handler(event, context):\n    return ${value}\n`);
    expect(await call(worker)).toMatchObject({
      status: 200,
      text: body,
      headers: { 'content-type': 'application/json' },
    });
  });
});

describe('wsgi', () => {
  const APP = `
closed = []
class Body:
    def __init__(self, parts): self.parts = iter(parts)
    def __iter__(self): return self
    def __next__(self): return next(self.parts)
    def close(self): print("closed")
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("206 Partial", [("Content-Type", "text/x"), ("X-Many", "1"), ("X-Many", "2")])
        return Body([b"", b"a", b"b"])
    if path == "/whole":
        start_response("200 OK", [("Content-Length", "3")])
        return Body([b"abc"])
    if path == "/late":
        def late():
            start_response("404 Not Found", [])
            yield b"no"
        return late()
    if path == "/never":
        return [b"x"]
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    keys = ["REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_X_A", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme"]
    return [repr([environ.get(k) for k in keys]).encode(), b"|", body]
`;
  it('serves an application', async () => {
    const worker = await workerOf('wsgi', APP);
    const answer = await call(worker, {
      method: 'PUT',
      path: '/hello/items/é',
      params: ['wildcard', 'items/é'],
      query: ['a', '1'],
      headers: { host: 'h:81', 'content-type': 'text/x', 'x-a': 'b' },
      body: 'data',
    });
    expect(answer.text).toBe("['PUT', '/hello', '/items/Ã©', 'a=1', 'text/x', '4', 'b', 'h', '81', 'http']|data");
    expect((await call(worker, { path: '/hello' })).text).toContain("['GET', '/hello', '/', ");
    const stream = await call(worker, { path: '/stream' });
    expect(stream).toMatchObject({
      status: 206,
      chunks: ['a', 'b'],
      stdout: 'closed\n',
      headers: { 'x-many': ['1', '2'] },
    });
    expect(await call(worker, { path: '/whole' })).toMatchObject({ text: 'abc', stdout: 'closed\n' });
    expect(await call(worker, { path: '/late' })).toMatchObject({ status: 404, text: 'no' });
    expect((await call(worker, { path: '/never' })).error?.code).toBe('invalid_response');
  });
});

describe('asgi', () => {
  const APP = `
import asyncio, json
class App:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            assert (await receive())["type"] == "lifespan.startup"
            scope["state"]["pool"] = "open"
            await send({"type": "lifespan.startup.complete"})
            assert (await receive())["type"] == "lifespan.shutdown"
            open("stopped.txt", "w").close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        path = scope["path"]
        if path == "/raise":
            raise ValueError("app")
        if path == "/nothing":
            return
        start = {"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"text/x"), (b"x-m", b"1"), (b"x-m", b"2")]}
        await send(start)
        if path == "/stream":
            for piece in (b"a", b"b", b"c"):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})
            await asyncio.sleep(0)
            print("after")
            return
        if path == "/broken":
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
            raise ValueError("middle")
        if path == "/endless":
            try:
                while True:
                    await send({"type": "http.response.body", "body": b"x" * 60000, "more_body": True})
            finally:
                print("canceled")
        request = await receive()
        text = json.dumps([scope["method"], scope["root_path"], path, scope["query_string"].decode(), scope["state"], scope["server"], request["body"].decode()])
        await send({"type": "http.response.body", "body": text.encode()})
        assert (await receive())["type"] == "http.disconnect"
application = App()
`;
  it('serves an application with its lifespan', async () => {
    const { path } = tree({ 'handler.py': APP });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.py'), { adapter: 'asgi' }));
    const ready = await worker.next((m) => m[0] === 30);
    expect(ready[1]).toMatchObject({ concurrency: 0 });
    const answer = await call(worker, {
      method: 'POST',
      path: '/hello/x',
      params: ['wildcard', 'x'],
      query: ['a', 'é'],
      headers: { host: 'h' },
      body: 'data',
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'content-type': 'text/x', 'x-m': ['1', '2'] } });
    expect(JSON.parse(answer.text)).toEqual([
      'POST',
      '/hello',
      '/hello/x',
      'a=%C3%A9',
      { pool: 'open' },
      ['h', 80],
      'data',
    ]);
    expect((await call(worker, { path: '/stream' })).chunks).toEqual(['a', 'b', 'c']);
    expect((await call(worker, { path: '/raise' })).error).toMatchObject({
      message: 'ValueError: app',
      debug: { line: 15 },
    });
    expect((await call(worker, { path: '/nothing' })).error?.code).toBe('invalid_response');
    expect(await call(worker, { path: '/broken' })).toMatchObject({
      status: 201,
      text: 'a',
      error: { message: 'ValueError: middle' },
    });
    const before = worker.seen.length;
    worker.send(invokeMessage(9999, { path: '/endless' }));
    await worker.next((m) => m[0] === 41 && m[1] === 9999 && worker.seen.indexOf(m) >= before);
    worker.send([22, 9999, 'client_closed']);
    await worker.next((m) => m[0] === 43 && m[1] === 9999);
    expect(answerOf(worker.seen, 9999)).toMatchObject({ stdout: 'canceled\n', error: { code: 'canceled' } });
    daemon.send([13, worker.name, 2000]);
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 0, null]);
    expect(existsSync(path('stopped.txt'))).toBe(true);
  });

  it('reports a start-up that failed', async () => {
    const worker = await workerOf(
      'asgi',
      'async def app(scope, receive, send):\n    await receive()\n    await send({"type": "lifespan.startup.failed", "message": "no database"})\n',
    );
    const [, error] = await worker.next((m) => m[0] === 31);
    expect(error).toMatchObject({
      code: 'handler_error',
      message: 'The ASGI application failed to start: no database',
    });
  });
});

describe('cloudflare-worker', () => {
  it('runs on_fetch with request, env and ctx', async () => {
    const worker = await workerOf(
      'cloudflare-worker',
      `
import asyncio
from workers import Response
async def later():
    await asyncio.sleep(0)
    print("later")
async def on_fetch(request, env, ctx):
    ctx.waitUntil(later())
    data = await request.json()
    return Response.json({"url": request.url, "key": env.KEY, "type": request.headers.get("Content-Type"), "data": data}, status=202)
`,
    );
    const answer = await call(worker, {
      method: 'POST',
      path: '/p',
      query: ['a', '1'],
      headers: { host: 'h', 'content-type': 'application/json' },
      body: '[1]',
    });
    expect(answer).toMatchObject({ status: 202, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.text)).toEqual({
      url: 'http://h/p?a=1',
      key: 'value',
      type: 'application/json',
      data: [1],
    });
  });

  it('runs a WorkerEntrypoint', async () => {
    const worker = await workerOf(
      'workers',
      `
from workers import WorkerEntrypoint, Response
class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return Response("hi " + self.env.KEY, headers={"X-A": "b"})
`,
    );
    expect(await call(worker)).toMatchObject({ status: 200, text: 'hi value', headers: { 'x-a': 'b' } });
  });
});
