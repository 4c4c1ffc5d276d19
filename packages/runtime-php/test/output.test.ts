import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Daemon, invokeMessage, makeDaemon, specFor, startWorker, tree } from './php-host.js';

/** Who empties the pipes is settled between worker and daemon, which are not the same in both. */
describe.each([
  ['that forks', {}],
  ['without pcntl', { settings: ['disable_functions=pcntl_fork,pcntl_signal,pcntl_signal_dispatch,pcntl_waitpid'] }],
])('output, in a daemon %s', (_, options) => {
  let daemon: Daemon & { end(): Promise<void> };
  beforeAll(async () => {
    daemon = await makeDaemon(options);
  });
  afterAll(() => daemon.end());

  async function workerOf(source: string) {
    const { path } = tree({ 'handler.php': `<?php ${source}` });
    return startWorker(daemon, specFor(daemon, path('handler.php')));
  }

  it('of every kind belongs to the call that made it', async () => {
    const worker = await workerOf(`
      function handler($event) {
        $n = $event['query']['n'];
        echo "echo $n\\n";
        print_r(['a']);
        fwrite(STDOUT, "STDOUT\\n");
        file_put_contents('php://stdout', "php://stdout\\n");
        system('echo system');
        fwrite(STDERR, "STDERR\\n");
        error_log("error_log $n");
        file_put_contents('php://stderr', "php://stderr\\n");
        file_put_contents('/dev/stderr', "/dev/stderr\\n");
        exec('echo child >&2');
        $a = $nope;
        return 'ok';
      }`);
    for (const n of ['1', '2']) {
      const answer = await call(worker, { query: ['n', n] });
      expect(answer.error).toBeNull();
      expect(answer.text).toBe('ok');
      expect(answer.stdout).toBe(`echo ${n}\nArray\n(\n    [0] => a\n)\nsystem\nSTDOUT\nphp://stdout\n`);
      expect(answer.stderr).toMatch(
        /^STDERR\nerror_log \d\nphp:\/\/stderr\n\/dev\/stderr\nchild\nPHP Warning: {2}Undefined variable \$nope in .*handler\.php on line \d+\n$/,
      );
    }
  });

  it('that is echoed is the body when nothing is returned', async () => {
    const worker = await workerOf(
      'function handler($event) { echo "<html>"; error_log("log"); ob_start(); echo "inner"; if ($event["query"]) return ob_get_clean(); }',
    );
    expect(await call(worker)).toMatchObject({ text: '<html>inner', stdout: '', stderr: 'log\n' });
    expect(await call(worker, { query: ['q', ''] })).toMatchObject({ text: 'inner', stdout: '<html>' });
    expect((await call(worker)).headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it('survives handlers that end all buffers', async () => {
    const worker = await workerOf(
      'function handler() { echo "a"; while (ob_get_level()) ob_end_clean(); echo "b"; return "ok"; }',
    );
    for (let n = 0; n < 2; n++)
      expect(await call(worker)).toMatchObject({ text: 'ok', stdout: expect.stringContaining('b') });
  });

  it('may be a large body, but not an endless one', async () => {
    const worker = await workerOf(
      'function handler($event) { for ($n = (int) $event["query"]["kib"]; $n > 0; $n--) echo str_repeat("x", 1024); }',
    );
    const large = await call(worker, { query: ['kib', '3000'] });
    expect(large.body.length).toBe(3000 * 1024);
    const { error } = await call(worker, { query: ['kib', '40000'] });
    expect(error).toMatchObject({ code: 'invalid_response', message: expect.stringContaining('Generator') });
    expect((await call(worker, { query: ['kib', '1'] })).body.length).toBe(1024);
  });

  it('outside calls has id 0', async () => {
    const worker = await workerOf('echo "while loading ☃\\n"; error_log("log"); return fn() => 1;');
    const first = await worker.next((m) => m[0] === 44);
    expect(first).toEqual([44, 0, 1, 'while loading ☃\n']);
    expect(await worker.next((m) => m[0] === 44 && m[2] === 2)).toEqual([44, 0, 2, 'log\n']);
  });

  it('of a stream goes out between its pieces', async () => {
    const worker = await workerOf('function handler() { error_log("first"); yield "a"; echo "second"; yield "b"; }');
    const answer = await call(worker);
    expect(answer).toMatchObject({ text: 'ab', stderr: 'first\n', stdout: 'second' });
    const types = worker.seen.map((m) => m[0]);
    expect(types.indexOf(44)).toBeLessThan(types.indexOf(40));
  });

  it.each([
    ['echo', 'echo str_repeat("é", 1000);'],
    ['STDOUT', 'fwrite(STDOUT, str_repeat("é", 1000));'],
  ])('in a flood through %s is bounded and counted', async (_, statement) => {
    const worker = await workerOf(
      `function handler() { for ($n = 0; $n < 20000; $n++) { ${statement} } return (string) memory_get_peak_usage(true); }`,
    );
    const answer = await call(worker, { flags: 2 });
    expect(answer.error).toBeNull();
    expect(Number(answer.text)).toBeLessThan(100e6);
    expect(Buffer.byteLength(answer.stdout)).toBeLessThan(65536 + 100);
    expect(answer.stdout).toMatch(/… \d{8} more bytes dropped\n$/);
    expect(answer.stdout).not.toContain('\ufffd');
    for (const m of worker.seen) if (m[0] === 44) expect(Buffer.byteLength(m[3])).toBeLessThanOrEqual(8192);
    expect((await call(worker)).status).toBe(200);
  });

  it('in a flood of warnings is all accounted for', async () => {
    const worker = await workerOf(
      'function handler() { for ($n = 0; $n < 3000; $n++) error_log(str_repeat("w", 99)); return "ok"; }',
    );
    for (let n = 0; n < 3; n++) {
      const { text, stderr } = await call(worker, { flags: 2 });
      expect(text).toBe('ok');
      const dropped = Number(/… (\d+) more bytes dropped\n$/.exec(stderr)?.[1]);
      expect(stderr.replace(/\n… .*\n$/, '').length + dropped).toBe(300_000);
    }
  });

  it('of a call that goes on is in the log meanwhile, and not twice', async () => {
    const worker = await workerOf(`
      function handler() {
        error_log("begun");
        fwrite(STDOUT, "a line\nand ");
        while (!file_exists("go")) usleep(2000);
        fwrite(STDOUT, "half\n");
        return "ok";
      }`);
    const answer = call(worker);
    const logged = async (stream: number, text: string) =>
      await daemon.next((m) => m[0] === 15 && m[1] === worker.name && m[2] === stream && m[3] === text);
    await logged(2, 'begun\n');
    await logged(1, 'a line\n');
    expect(worker.seen.some((m) => m[0] === 40)).toBe(false);
    writeFileSync(join(worker.spec.folder, 'go'), '');
    const { text, stdout, stderr } = await answer;
    expect({ text, stderr }).toEqual({ text: 'ok', stderr: '' });
    // The end of the second line is found by the daemon or by the worker, whichever looks first.
    const told = daemon.seen.flatMap((m) => (m[0] === 15 && m[1] === worker.name && m[2] === 1 ? [m[3]] : []));
    expect(told.join('') + stdout).toBe('a line\nand half\n');
  });

  it('that the caller wants is kept for it', async () => {
    const worker = await workerOf(
      'function handler() { error_log("begun"); while (!file_exists("go")) usleep(2000); return "ok"; }',
    );
    for (const flags of [2, 0, 2]) {
      const answer = call(worker, { flags });
      if (flags === 0) await daemon.next((m) => m[0] === 15 && m[1] === worker.name);
      writeFileSync(join(worker.spec.folder, 'go'), '');
      expect((await answer).stderr).toBe(flags === 0 ? '' : 'begun\n');
      rmSync(join(worker.spec.folder, 'go'));
    }
  });

  it('in a flood goes to the log as far as it is kept', async () => {
    const worker = await workerOf(
      'function handler() { for ($n = 0; $n < 20000; $n++) error_log(str_repeat("w", 999)); return "ok"; }',
    );
    const { stderr } = await call(worker);
    const dropped = Number(/… (\d+) more bytes dropped\n$/.exec(stderr)?.[1]);
    const logged = daemon.seen.flatMap((m) => (m[0] === 15 && m[1] === worker.name ? [m[3]] : [])).join('').length;
    expect(logged).toBeLessThanOrEqual(65_536);
    expect(logged + stderr.replace(/\n… .*\n$/, '').length + dropped).toBe(20_000_000);
  });

  it('that a dying process leaves in its pipes is told by the daemon', async () => {
    const worker = await workerOf('function handler() { error_log("last words"); posix_kill(getmypid(), 9); }');
    worker.send(invokeMessage(1));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, null, 'SIGKILL']);
    expect(daemon.seen.find((m) => m[0] === 15 && m[1] === worker.name)).toEqual([15, worker.name, 2, 'last words\n']);
  });
});
