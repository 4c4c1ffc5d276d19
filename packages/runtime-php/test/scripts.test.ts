import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, invokeMessage, makeDaemon, specFor, startWorker, tree } from './php-host.js';

const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';

/** Scripts that leave something behind run in a forked process, or end their worker: nobody must see a difference. */
describe.each([
  ['that forks', {}],
  ['without pcntl', { settings: ['disable_functions=pcntl_fork,pcntl_signal,pcntl_signal_dispatch,pcntl_waitpid'] }],
])('a script, in a daemon %s', (how, options) => {
  let daemon: Daemon & { end(): Promise<void> };
  beforeAll(async () => {
    daemon = await makeDaemon(options);
  });
  afterAll(() => daemon.end());

  async function workerOf(source: string, files: Readonly<Record<string, string>> = {}) {
    const { path } = tree({ ...files, 'page.php': source });
    return startWorker(daemon, specFor(daemon, path('page.php')));
  }

  it.each([
    ['plain text', 'hello <?= $event["query"]["name"] ?>', {}, 200, TEXT, 'hello Ada'],
    ['a page', "<!doctype html>\n<p><?= $params['id'] ?></p>", {}, 200, HTML, '<!doctype html>\n<p>7</p>'],
    ['nothing', '<?php $x = 1;', {}, 200, undefined, ''],
    ['its status', '<?php $FASTFN_STATUS = 201; echo "made";', {}, 201, TEXT, 'made'],
    ['its headers', '<?php $FASTFN_HEADERS = ["Content-Type" => "text/x"]; echo "x";', {}, 200, 'text/x', 'x'],
    ['the status of PHP', '<?php http_response_code(404); echo "none";', {}, 404, TEXT, 'none'],
    ['what it returns', '<?php return ["status" => 202, "body" => $_GET["name"]];', {}, 202, TEXT, 'Ada'],
    ['$_GET', '<?php echo json_encode([$_GET, $_REQUEST]);', {}, 200, TEXT, '[{"name":"Ada"},{"name":"Ada"}]'],
    [
      '$_SERVER',
      '<?= $_SERVER["REQUEST_METHOD"], $_SERVER["REQUEST_URI"], $_SERVER["HTTP_X_A"];',
      {},
      200,
      TEXT,
      'GET/hello?name=Adab',
    ],
    ['an included file', '<?php require "_lib.php"; echo twice("a"), $found;', {}, 200, TEXT, 'aafound'],
    [
      'functions of its own',
      '<?php function shout($t) { return strtoupper($t); } echo shout("a");',
      {},
      200,
      TEXT,
      'A',
    ],
    ['globals', '<?php $x = 5; function get() { global $x; return $x; } echo get();', {}, 200, TEXT, '5'],
    ['exit', '<?php echo "so far"; exit; echo "never";', {}, 200, TEXT, 'so far'],
    ['die', '<?php $FASTFN_STATUS = 403; die("no");', {}, 403, TEXT, 'no'],
  ])('answers with %s, again and again', async (_, source, files, status, type, text) => {
    const lib = { '_lib.php': '<?php function twice($t) { return $t . $t; } $found = "found";', ...files };
    let worker = await workerOf(source, lib);
    for (let n = 0; n < 3; n++) {
      const answer = await call(worker, { query: ['name', 'Ada'], params: ['id', '7'], headers: { 'x-a': 'b' } });
      expect(answer).toMatchObject({ status, text, error: null });
      expect(answer.headers['content-type']).toBe(type);
      // It has said so, and the pool takes another.
      if (worker.seen.some((m) => m[0] === 33)) worker = await workerOf(source, lib);
    }
  });

  it('does not see what the call before it left', async () => {
    const worker = await workerOf(
      '<?php echo isset($left) ? "seen" : "clean"; $left = 1; $_GET["left"] = 1; http_response_code(500);',
    );
    await call(worker);
    const answer = await call(worker);
    expect([answer.status, answer.text]).toEqual([500, 'clean']);
  });

  it('reads forms', async () => {
    const worker = await workerOf('<?php echo json_encode([$_POST, $event->raw_body]);');
    const answer = await call(worker, {
      method: 'POST',
      body: 'a=1&b[]=x&b[]=y',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(JSON.parse(answer.text)).toEqual([{ a: '1', b: ['x', 'y'] }, 'a=1&b[]=x&b[]=y']);
  });

  it('does not run before it is called', async () => {
    const worker = await workerOf('<?php error_log("ran"); echo "hi";');
    await worker.next((m) => m[0] === 30);
    await worker.connection.ping(2000);
    expect(worker.seen.some((m) => m[0] === 44)).toBe(false);
    expect((await call(worker)).stderr).toBe('ran\n');
  });

  it.each([
    ['throws', '<?php require "_lib.php";\nthrow new LogicException("odd");', 'LogicException: odd', 2],
    ['dies of a fatal error', '<?php\nrequire "_lib.php";\nrequire "_lib.php";', /Cannot redeclare/, 1],
    ['calls what is not there', '<?php\nnope();', 'Error: Call to undefined function nope()', 2],
  ])('that %s shows its line', async (_, source, message, line) => {
    const worker = await workerOf(source, { '_lib.php': '<?php function lib() {}' });
    const { error } = await call(worker);
    expect(error).toMatchObject({ code: 'handler_error', debug: { line } });
    expect(error?.message).toMatch(message);
  });

  it('may stream', async () => {
    const worker = await workerOf('<?php require "_lib.php"; return pieces();', {
      '_lib.php': '<?php function pieces() { yield "a"; yield "b"; }',
    });
    expect(await call(worker)).toMatchObject({ status: 200, chunks: ['a', 'b'], text: 'ab' });
  });

  it('takes the worker along when its process is killed', async () => {
    const worker = await workerOf('<?php function f() {} posix_kill(getmypid(), 9);');
    worker.send(invokeMessage(1));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, null, 'SIGKILL']);
  });

  it.runIf(how === 'that forks')('keeps its worker', async () => {
    const worker = await workerOf('<?php function f() {} echo getmypid(); exit;');
    const pids = [await call(worker), await call(worker)].map((answer) => answer.text);
    expect(new Set([...pids, String(worker.pid)]).size).toBe(3);
    expect(worker.seen.some((m) => m[0] === 33)).toBe(false);
  });
});
