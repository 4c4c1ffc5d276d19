import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  call,
  type Daemon,
  eventually,
  invokeMessage,
  makeDaemon,
  open,
  specFor,
  startWorker,
  tree,
} from './php-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

async function workerOf(source: string) {
  const { path } = tree({ 'handler.php': `<?php\n${source}` });
  return startWorker(daemon, specFor(daemon, path('handler.php')));
}

const JSON_TYPE = 'application/json';
const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const BYTES = 'application/octet-stream';

/** A handler that gives the expression asked for by `n`. */
const choice = (expressions: readonly string[]) =>
  `function handler($event) { return match ((int) $event['query']['n']) {\n${expressions
    .map((expression, n) => `${n} => ${expression},`)
    .join('\n')}\n}; }\n`;

describe('what a handler returns (SPEC §8)', () => {
  const cases: [expression: string, expected: { status?: number; type?: string; body: string }][] = [
    ["['a' => [1, 2.5, null, true, 'é/']]", { type: JSON_TYPE, body: '{"a":[1,2.5,null,true,"é/"]}' }],
    ['[]', { type: JSON_TYPE, body: '[]' }],
    ['(object) []', { type: JSON_TYPE, body: '{}' }],
    ["['m' => (object) [], 'l' => []]", { type: JSON_TYPE, body: '{"m":{},"l":[]}' }],
    ['new ArrayObject()', { type: JSON_TYPE, body: '{}' }],
    ['new ArrayIterator([1, 2])', { type: JSON_TYPE, body: '{"0":1,"1":2}' }],
    ['true', { type: JSON_TYPE, body: 'true' }],
    ["'hi ☃'", { type: TEXT, body: 'hi ☃' }],
    ["'<!DOCTYPE html><p>'", { type: HTML, body: '<!DOCTYPE html><p>' }],
    ["'<HTML lang=en>'", { type: HTML, body: '<HTML lang=en>' }],
    ['42', { type: TEXT, body: '42' }],
    ['1.5', { type: TEXT, body: '1.5' }],
    ['null', { body: '' }],
    ['"\\xff\\x01"', { type: BYTES, body: '\ufffd\u0001' }],
    ["['status' => 'ok']", { type: JSON_TYPE, body: '{"status":"ok"}' }],
    ["['status' => true]", { type: JSON_TYPE, body: '{"status":true}' }],
    ["['status' => 404]", { status: 404, body: '' }],
    ["(object) ['status' => 404]", { status: 404, body: '' }],
    ["['statusCode' => 201, 'body' => ['id' => 1]]", { status: 201, type: JSON_TYPE, body: '{"id":1}' }],
    ["['body' => 'x', 'headers' => ['Content-Type' => 'text/x']]", { type: 'text/x', body: 'x' }],
    ["['body' => 'x', 'headers' => [['Content-Type', 'text/y']]]", { type: 'text/y', body: 'x' }],
    ["['body_base64' => 'aGk=', 'is_base64' => true]", { type: BYTES, body: 'hi' }],
    ["['body' => 'aGk=', 'isBase64Encoded' => true]", { type: BYTES, body: 'hi' }],
    ["['body' => '']", { type: TEXT, body: '' }],
    [
      "['headers' => ['content-type' => 'text/csv'], 'body' => [['a' => 1, 'b' => null], ['a' => 'x\"y', 'c' => '1,2']]]",
      { type: 'text/csv', body: 'a,b,c\r\n1,,\r\n"x""y",,"1,2"\r\n' },
    ],
    [
      "['headers' => ['content-type' => 'text/csv'], 'body' => [[1, 'a'], [true, 2.5]]]",
      { body: '1,a\r\ntrue,2.5\r\n' },
    ],
    ['new class { public $a = 1; private $b = 2; }', { type: JSON_TYPE, body: '{"a":1}' }],
    ["new class { function __toString() { return 'text'; } }", { type: TEXT, body: 'text' }],
    ["(function () { yield 'a'; yield 1; yield null; yield 'b'; })()", { type: TEXT, body: 'a1b' }],
    ['(function () { yield "\\xc3"; yield "\\xa9"; })()', { type: TEXT, body: 'é' }],
    ["['body' => (function () { yield '<html>'; })()]", { type: HTML, body: '<html>' }],
    ['(fn() => yield from [])()', { body: '' }],
    ["fopen('data:text/plain,file', 'r')", { type: TEXT, body: 'file' }],
    ["new LimitIterator(new InfiniteIterator(new ArrayIterator(['x'])), 0, 3)", { type: TEXT, body: 'xxx' }],
  ];

  it('reads every value as specified', async () => {
    const worker = await workerOf(choice(cases.map(([expression]) => expression)));
    for (const [n, [expression, expected]] of cases.entries()) {
      const answer = await call(worker, { query: ['n', String(n)] });
      expect({ expression, error: answer.error, status: answer.status, body: answer.text }).toEqual({
        expression,
        error: null,
        status: expected.status ?? 200,
        body: expected.body,
      });
      if (expected.type) expect([expression, answer.headers['content-type']]).toEqual([expression, expected.type]);
      else if (expected.body === '') expect(answer.headers['content-type']).toBeUndefined();
    }
  });

  const refused: [expression: string, message: RegExp][] = [
    ["['status' => 99]", /`status` is the int 99; it must be an integer from 100 to 599/],
    ["['status' => 600, 'body' => 'x']", /600/],
    ["['status' => '200', 'body' => 'x']", /`status` is the string '200'/],
    ["['a' => NAN]", /NaN, which JSON does not know at `a`/],
    ['[1, INF]', /Infinity.*`\[1\]`/],
    ['-INF', /-Infinity/],
    ["['body' => ['items' => [['name' => \"\\xff\"]]]]", /no UTF-8.*at `body.items\[0\].name`/],
    ['["\\xff" => 1]', /a key that is no UTF-8/],
    ["['file' => fopen('php://memory', 'r')]", /resource.*at `file`/],
    ['circular()', /circular structure.*`me`/],
    ['circularArray()', /contains itself/],
    ['handler(...)', /a Closure \(a function\)/],
    ["['body' => fn() => 1]", /Closure.*at `body`/],
    ["['is_base64' => true, 'body_base64' => 'a']", /`body_base64` is no valid base64/],
    ["['isBase64Encoded' => true, 'body' => 5]", /`body` is the int 5/],
    ["['headers' => 'x: y']", /`headers` is the string/],
    ["['headers' => ['x: y']]", /`headers` is a list, but not of/],
    ["['headers' => ['a' => new stdClass()]]", /Header `a` is an object of class stdClass/],
    ["['cookies' => [1]]", /`cookies\[0\]` is the int 1/],
    ["['cookies' => [['name' => 'a b']]]", /`cookies\[0\]` is no cookie/],
    ["['cookies' => [['name' => 'a', 'value' => []]]]", /`value` is an array/],
    ["['cookies' => [['name' => 'a', 'same_site' => 'perhaps']]]", /same_site/],
    ["['proxy' => 'x']", /`proxy` is the string/],
    ["['proxy' => ['url' => 5]]", /`proxy.url`/],
    ["['proxy' => ['url' => '/', 'timeout_ms' => -1]]", /`proxy.timeout_ms`/],
    ["['headers' => ['content-type' => 'text/csv'], 'body' => [1]]", /CSV row 0/],
    ["['headers' => ['content-type' => 'text/csv'], 'body' => [['a' => 1], [2]]]", /CSV row 1/],
    ['(fn() => yield [])()', /stream gave an array/],
  ];

  it('refuses what is no response, naming what was found and where', async () => {
    const circular =
      'function circular() { $o = new stdClass(); $o->me = $o; return $o; }\nfunction circularArray() { $a = []; $a["me"] = &$a; return $a; }\n';
    const worker = await workerOf(circular + choice(refused.map(([expression]) => expression)));
    for (const [n, [expression, message]] of refused.entries()) {
      const { error, stderr } = await call(worker, { query: ['n', String(n)] });
      expect([expression, error?.code]).toEqual([expression, 'invalid_response']);
      expect(error?.message).toMatch(message);
      expect(stderr).toContain(error?.message);
    }
    expect((await call(worker, { query: ['n', '0'] })).error?.code).toBe('invalid_response');
  });

  it('sends header lists and cookies, and leaves unsafe headers out with a log line', async () => {
    const worker = await workerOf(`
      function handler() {
        return [
          'headers' => ['X-Many' => ['a', 'b'], 'x-n' => 5, 'x-none' => null, 'x-bad' => "a\\r\\nevil: 1", 'bad name' => 'x'],
          'cookies' => [
            'raw=1; Path=/',
            ['name' => 'sid', 'value' => 'a b;c', 'path' => '/', 'max_age' => 60, 'http_only' => true, 'sameSite' => 'lax',
             'secure' => true, 'expires' => 0],
          ],
          'body' => 'ok',
        ];
      }`);
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
    expect(answer.stderr).toContain("header the string 'bad name' was left out");
  });

  it('hands a proxy directive on', async () => {
    const worker = await workerOf(
      "return fn() => ['proxy' => ['path' => '/up', 'method' => 'POST', 'headers' => ['a' => ['1', 2], 'b' => 'c'], 'body' => ['x' => 1], 'timeout_ms' => 50]];",
    );
    const { proxy } = await call(worker);
    expect({ ...proxy, body: Buffer.from(proxy!.body as Uint8Array).toString() }).toEqual({
      path: '/up',
      method: 'POST',
      headers: { a: ['1', '2'], b: 'c' },
      body: '{"x":1}',
      timeout_ms: 50,
    });
  });
});

describe('the event (SPEC §6)', () => {
  const request = {
    method: 'POST',
    path: '/users/7',
    query: ['a', '1', 'b', '', 'a', '2', '0', 'zero'],
    params: ['id', '7'],
    headers: { 'user-agent': 'test', 'x-empty': '' },
    body: 'Grüße',
    context: { user: { n: 1 }, traceparent: '00-x' },
    session: { id: 's', raw: 'sid=s', cookies: { sid: 's' } },
  };
  const expected = {
    ts: 1700000000123,
    method: 'POST',
    path: '/users/7',
    raw_path: '/users/7',
    query: { a: ['1', '2'], b: '', 0: 'zero' },
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
    context: { runtime: 'php', function_name: 'hello', user: { n: 1 }, trigger: null, traceparent: '00-x' },
  };

  it.each([
    ['as an object', '$event'],
    ['as an array', 'array $event'],
  ])('has everything, and is JSON as it is, %s', async (_, parameter) => {
    const { path } = tree({ 'handler.php': `<?php function handler(${parameter}) { return ['body' => $event]; }` });
    const spec = specFor(daemon, path('handler.php'), { env: { A: '1' }, secrets: { S: 'x' } });
    const event = JSON.parse((await call(await startWorker(daemon, spec), request)).text);
    expect(event).toMatchObject(expected);
    expect(Object.keys(event)).toHaveLength(17);
    expect(event.context.request_id).toBe(event.id);
    expect(event.context.deadline_ms).toBeGreaterThan(Date.now());
  });

  it('keeps empty maps', async () => {
    const worker = await workerOf('return fn($event) => $event;');
    const text = (await call(worker, { session: { id: null, raw: 'x', cookies: {} } })).text;
    for (const key of ['query', 'params', 'path_params', 'headers', 'env', 'secrets', 'cookies']) {
      expect(text).toContain(`"${key}":{}`);
    }
  });

  it('behaves like an array', async () => {
    const worker = await workerOf(`
      function handler($event) {
        $seen = [isset($event['query']), isset($event['nope']), isset($event['session']), $event['nope'] ?? 'default', count($event)];
        $event['query']['added'] = 1;
        $event['mine'] = 2;
        unset($event['ts']);
        foreach ($event as $key => $value) $keys[] = $key;
        return ['body' => [$seen, $event['query'], $event['mine'], isset($event['ts']), implode(' ', $keys)]];
      }`);
    expect(JSON.parse((await call(worker)).text)).toEqual([
      [true, false, false, 'default', 17],
      { added: 1 },
      2,
      false,
      'id method path raw_path query params path_params headers body is_base64 session client env secrets version context mine',
    ]);
    // What one call changed, the next does not see.
    expect(JSON.parse((await call(worker)).text)[1]).toEqual({ added: 1 });
  });

  it('gives empty and binary bodies as specified, and helpers', async () => {
    const worker = await workerOf(`
      function handler($event) {
        if ($event['method'] === 'GET') {
          return [$event['body'], $event['is_base64'], $event['session'], $event->json(), strlen($event['raw_body'])];
        }
        if ($event['method'] === 'PUT') return ['body' => [$event->json(), $event->json(false)]];
        return base64_decode($event['body']) === $event->raw_body && $event['is_base64'] ? $event->raw_body : 'no';
      }`);
    expect(JSON.parse((await call(worker)).text)).toEqual([null, false, null, null, 0]);
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255));
    expect((await call(worker, { method: 'POST', body: bytes })).body.equals(bytes)).toBe(true);
    expect((await call(worker, { method: 'PUT', body: '{"a":{}}' })).text).toBe('[{"a":[]},{"a":{}}]');
    expect((await call(worker, { method: 'PUT', body: '{' })).error).toMatchObject({
      code: 'handler_error',
      debug: { type: 'JsonException' },
    });
  });

  it('takes a body in several frames, and answers one larger than a frame in chunks', async () => {
    const { path } = tree({ 'handler.php': '<?php return fn($event) => str_repeat($event->raw_body, 4);' });
    const spec = specFor(daemon, path('handler.php'), { max_frame: 200_000 });
    const worker = await startWorker(daemon, spec, { autoCredit: true });
    worker.send(invokeMessage(1, { flags: 1, body: Buffer.alloc(100_000, 'a') }));
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
    const worker = await workerOf('return fn($event) => $event->raw_body;');
    const body = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7919) & 255));
    expect((await call(worker, { method: 'POST', body })).body.equals(body)).toBe(true);
  });
});

describe('how a handler is called (SPEC §7)', () => {
  it.each([
    ['function handler() { return func_num_args(); }', '1'],
    ['function handler($event, $params) { return $params["id"]; }', '7'],
    ['function handler($event, array $params = []) { return $params["id"]; }', '7'],
    ['function handler(FastFN\\Event $event) { return get_class($event); }', 'FastFN\\Event'],
    ['function handler(array $event) { return get_debug_type($event); }', 'array'],
    ['function handler(...$all) { return count($all); }', '2'],
    ['function Handler($event) { return "any case"; }', 'any case'],
    ['namespace App; function handler($event) { return __FUNCTION__; }', 'App\\handler'],
    ['return function ($event) { return "returned"; };', 'returned'],
    ['return static fn($event) => "arrow";', 'arrow'],
    ['$f = fn($event) => "held"; return $f;', 'held'],
    ['return new class { function __invoke($event, $params) { return $params["id"]; } };', '7'],
    ['class A { static function b() { return "static"; } } return ["A", "b"];', 'static'],
    ['if (!function_exists("handler")) { function handler() { return "late"; } }', 'late'],
  ])('%s', async (source, text) => {
    const worker = await workerOf(source);
    for (let n = 0; n < 2; n++) {
      const answer = await call(worker, { params: ['id', '7'] });
      expect(answer.error).toBeNull();
      expect(answer.text).toBe(text);
    }
  });

  it('keeps state in globals, statics and classes, and serves several gateways one call at a time', async () => {
    const worker = await workerOf('$n = 0; function handler() { global $n; static $m = 0; return [++$n, ++$m]; }');
    const second = await open(worker.spec.socket);
    expect((await call(worker)).text).toBe('[1,1]');
    expect((await call(second)).text).toBe('[2,2]');
    const both = await Promise.all([call(worker), call(second)]);
    expect(both.map((answer) => answer.text).sort()).toEqual(['[3,3]', '[4,4]']);
    await second.connection.close();
    expect((await call(worker)).text).toBe('[5,5]');
  });

  it('leaks no superglobals from one call to the next', async () => {
    const worker = await workerOf(`
      function handler($event) {
        $seen = [$_GET, $_POST, $_COOKIE, $_REQUEST, isset($_SERVER['leak']), isset($_ENV['leak'])];
        $_GET['a'] = $_POST['a'] = $_COOKIE['a'] = $_REQUEST['a'] = $_SERVER['leak'] = $_ENV['leak'] = 1;
        return $seen;
      }`);
    for (let n = 0; n < 2; n++) expect((await call(worker)).text).toBe('[[],[],[],[],false,false]');
  });

  it('takes calls in advance, but not when exit may end the process under them', async () => {
    const ready = async (source: string) => (await (await workerOf(source)).next((m) => m[0] === 30))[1];
    expect(await ready('return fn() => 1;')).toMatchObject({ concurrency: 1, ahead: 31 });
    expect(await ready('return function () { exit; };')).toMatchObject({ concurrency: 1, ahead: 0 });
  });
});

describe('errors (SPEC §7)', () => {
  it('name the own line, without frames of the shim, and the worker lives on', async () => {
    const { root, path } = tree({
      'handler.php': "<?php\nrequire '_lib.php';\nfunction handler() {\n    return divide(1);\n}\n",
      '_lib.php': '<?php\nfunction divide($n) {\n    return intdiv($n, 0);\n}\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    for (let n = 0; n < 2; n++) {
      const { error, stderr } = await call(worker);
      expect(error).toMatchObject({
        code: 'handler_error',
        message: 'DivisionByZeroError: Division by zero',
        debug: {
          type: 'DivisionByZeroError',
          message: 'Division by zero',
          file: `${root}/_lib.php`,
          line: 3,
          source: 'return intdiv($n, 0);',
        },
      });
      expect(error?.debug?.stack).toContain('handler.php(4): divide()');
      expect(error?.debug?.stack).not.toContain('shim');
      expect(stderr).toContain('Division by zero');
    }
  });

  it.each([
    ['a TypeError of the own code', 'return strlen([]);', 'TypeError'],
    ['a required file that is missing', 'require "_gone.php";', 'Error'],
    ['a cause', 'throw new RuntimeException("outer", 0, new LogicException("inner"));', 'RuntimeException'],
    ['a stream that fails before its first piece', 'return (fn() => yield intdiv(1, 0))();', 'DivisionByZeroError'],
    [
      'an error handler that throws',
      'set_error_handler(fn($n, $m) => throw new ErrorException($m)); return $nope;',
      'ErrorException',
    ],
    ['a message that is no UTF-8', 'throw new Exception("\\xff");', 'Exception'],
    [
      'a jsonSerialize that throws',
      'return new class implements JsonSerializable { function jsonSerialize(): mixed { throw new LogicException("no"); } };',
      'LogicException',
    ],
  ])('%s is answered', async (_, body, type) => {
    const worker = await workerOf(`function handler($event) { ${body} }`);
    expect((await call(worker)).error).toMatchObject({ code: 'handler_error', debug: { type } });
    expect((await call(worker)).error?.code).toBe('handler_error');
  });

  it.each([
    ['memory', 'ini_set("memory_limit", "16M"); return str_repeat("x", 1 << 30);', /Allowed memory size/, 4],
    ['a function declared twice', 'require "_twice.php"; require "_twice.php";', /Cannot redeclare/, 2],
    ['an abstract class', 'eval("class A { abstract function b(); }");', /abstract/, 1],
    ['trigger_error', 'trigger_error("the end", E_USER_ERROR);', /the end/, 4],
    ['the time limit', 'set_time_limit(1); while (true);', /Maximum execution time/, 4],
  ])('fatal: %s is answered, and ends the worker without alarm', async (_, body, message, line) => {
    const { path } = tree({
      'handler.php': `<?php\necho '';\nfunction handler($event) {\n${body}\n}`,
      '_twice.php': '<?php\nfunction twice() {}\n',
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    const answer = await call(worker);
    expect(answer.error).toMatchObject({ code: 'handler_error', debug: { line } });
    expect(answer.error?.message).toMatch(message);
    expect(answer.stderr).toMatch(message);
    expect(worker.seen.findIndex((m) => m[0] === 33)).toBeGreaterThan(-1);
    expect((await daemon.next((m) => m[0] === 14 && m[1] === worker.name))[3]).toBeNull();
  });
});

describe('exit', () => {
  it.each([
    ['echo "so far"; exit;', 'so far'],
    ['echo "a"; die("b");', 'ab'],
    ['register_shutdown_function(function () { echo " and after"; }); exit("text");', 'text and after'],
    ['ob_start(); echo "left open"; exit;', 'left open'],
  ])('answers with what was printed: %s', async (body, text) => {
    const worker = await workerOf(`function handler() { ${body} }`);
    expect(await call(worker)).toMatchObject({ status: 200, text, headers: { 'content-type': TEXT }, error: null });
    // Told before the answer, so that nobody hands it another call.
    const types = worker.seen.map((m) => m[0]).filter((type) => type === 33 || type === 40);
    expect(types).toEqual([33, 40]);
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 0, null]);
  });

  it('of a process that the handler forked is not its own', async () => {
    const worker = await workerOf(
      'function handler() { if (pcntl_fork() === 0) { echo "child"; exit; } pcntl_wait($status); return "parent"; }',
    );
    for (let n = 0; n < 2; n++) expect(await call(worker)).toMatchObject({ text: 'parent', error: null });
    expect(worker.seen.filter((m) => m[0] === 40)).toHaveLength(2);
  });

  it('ends a stream where it is', async () => {
    const worker = await workerOf('return function () { yield "a"; exit; };');
    expect(await call(worker)).toMatchObject({ status: 200, text: 'a', error: null });
  });
});

describe('streams', () => {
  it('send each piece as soon as it is there', async () => {
    const worker = await workerOf('function handler() { yield "a"; yield ""; yield "b"; yield "c"; }');
    const answer = await call(worker);
    expect(answer).toMatchObject({ status: 200, chunks: ['a', 'b', 'c'], headers: { 'content-type': TEXT } });
  });

  it('stop pulling without credit, and go on with it', async () => {
    const { path } = tree({
      'handler.php': `<?php function handler() {
        for ($n = 0; $n < 20; $n++) { file_put_contents('n.txt', $n); yield str_repeat('x', 65536); }
      }`,
    });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    worker.send(invokeMessage(1));
    // HEAD carries the first piece, four more fill the window, the sixth waits.
    await worker.next((m) => m[0] === 41 && worker.seen.filter((x) => x[0] === 41).length === 4);
    await eventually(() => existsSync(path('n.txt')));
    await worker.connection.ping(2000);
    expect(worker.seen.filter((m) => m[0] === 41)).toHaveLength(4);
    worker.send([23, 1, 65536 * 16]);
    await worker.next((m) => m[0] === 42);
    expect(worker.seen.filter((m) => m[0] === 41)).toHaveLength(19);
  });

  const ENDLESS = `
    function handler($event) { return $event['query'] === [] ? stream() : 'next'; }
    function stream() {
      try {
        while (true) { yield str_repeat('x', 1000); usleep(1000); }
      } finally {
        echo 'closed'; touch('closed.txt');
      }
    }`;

  it('end with CANCEL: the generator is closed', async () => {
    const worker = await workerOf(ENDLESS);
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 41);
    worker.send([22, 1, 'client_closed']);
    expect((await worker.next((m) => m[0] === 43))[2]).toBe('canceled');
    expect(worker.seen.some((m) => m[0] === 44 && m[3].includes('closed'))).toBe(true);
    expect((await call(worker, { query: ['n', ''] })).text).toBe('next');
  });

  it('end when the gateway goes away, also while they wait for credit', async () => {
    const { path } = tree({ 'handler.php': `<?php ${ENDLESS.replace('usleep(1000)', '')}` });
    const worker = await startWorker(daemon, specFor(daemon, path('handler.php')));
    worker.send(invokeMessage(1));
    await worker.next((m) => m[0] === 41);
    await worker.connection.close();
    const again = await open(worker.spec.socket);
    await again.next((m) => m[0] === 30);
    await eventually(() => existsSync(path('closed.txt')));
  });

  it('are broken off by an error in the middle', async () => {
    const worker = await workerOf('function handler() { yield "a"; throw new LengthException("late"); }');
    expect(await call(worker)).toMatchObject({
      status: 200,
      text: 'a',
      error: { code: 'handler_error', message: 'LengthException: late' },
    });
  });

  it('of events begin at once', async () => {
    const worker = await workerOf(
      "return fn() => ['headers' => ['content-type' => 'text/event-stream'], 'body' => (fn() => yield \"data: 1\\n\\n\")()];",
    );
    worker.send(invokeMessage(1));
    expect((await worker.next((m) => m[0] === 40))[5]).toHaveLength(0);
    await worker.next((m) => m[0] === 42);
  });
});

it('does not call the handler for a call that it comes to too late', async () => {
  const worker = await workerOf("return fn($event) => $event['id'];");
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
