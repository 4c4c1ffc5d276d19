import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { alive, begin, call, fakeAdapter, fakeFunction, runningPool, until, useFakeRuntime } from './support.js';

useFakeRuntime();

describe('update', () => {
  it('that changes nothing keeps the workers', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn]);
    const pid = (await call(pool, fn)).info!.workerPid;
    pool.update([fakeFunction({ behaviour: 'echo', maxResponseBytes: 10_000 })]);
    expect((await call(pool, fn)).info).toMatchObject({ workerPid: pid, state: 'warm' });
  });

  it('of limits holds at once', async () => {
    const limits = (maxWorkers: number) => fakeFunction({ behaviour: 'slow', workerPool: { maxWorkers, maxQueue: 1 } });
    const pool = await runningPool([limits(1)]);
    const first = begin(pool, limits(1), { query: ['ms', '300'] });
    const queued = begin(pool, limits(1), { query: ['ms', '1'] });
    expect((await call(pool, limits(1))).error?.code).toBe('worker_pool_overflow');
    pool.update([limits(2)]);
    expect((await queued.answer).status).toBe(200);
    expect((await first.answer).status).toBe(200);
  });

  it('of code gives a fresh worker at once; the old one finishes what it has', async () => {
    const fn = fakeFunction('slow');
    const pool = await runningPool([fn]);
    const old = (await call(pool, fn, { query: ['ms', '1'] })).info!.workerPid;
    const running = begin(pool, fn, { query: ['ms', '600'] });
    pool.update([fn], { restart: new Set([fn.key]) });
    expect(pool.status().functions[0]!.workers.map(({ state }) => state)).toEqual(['starting', 'draining']);
    const { info } = await call(pool, fn, { query: ['ms', '1'] });
    expect(info!.workerPid).not.toBe(old);
    expect(running.settled()).toBe(false);
    const answer = await running.answer;
    expect([answer.status, answer.info!.workerPid]).toEqual([200, old]);
    await until(() => !alive(old));
    await until(() => pool.status().functions[0]!.workers.length === 1);
    expect(pool.counters().crashes).toBe(0);
  });

  it('starts nothing for a function nobody has called', async () => {
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn]);
    pool.update([fn], { restart: new Set([fn.key]) });
    expect(pool.counters().coldStarts).toBe(0);
  });

  it('never gives a stale answer, through fifty of them during calls', async () => {
    const version = (n: number) => fakeFunction({ behaviour: 'spec', key: 'f', env: { VERSION: String(n) } });
    const pool = await runningPool([version(0)]);
    const answers: Promise<void>[] = [];
    for (let n = 1; n <= 50; n++) {
      pool.update([version(n)]);
      answers.push(
        call(pool, version(n)).then(({ body, error }) => {
          expect(error).toBeNull();
          // Not older than what was current when it was made.
          expect(Number(JSON.parse(body).spec.env.VERSION)).toBeGreaterThanOrEqual(n);
        }),
      );
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(answers);
    await until(() => pool.status().functions[0]!.workers.length === 1);
  });

  it('that removes a function lets its calls finish, queued ones too, and ends its workers', async () => {
    const fn = fakeFunction({ behaviour: 'slow', workerPool: { maxWorkers: 1, maxQueue: 5 } });
    const other = fakeFunction('echo');
    const pool = await runningPool([fn, other]);
    const calls = [0, 1, 2].map(() => begin(pool, fn, { query: ['ms', '100'] }));
    pool.update([other]);
    expect((await call(pool, fn)).error?.code).toBe('not_found');
    for (const { answer } of calls) expect((await answer).status).toBe(200);
    await until(() => pool.status().runtimes.node!.workers === 0);
    expect(pool.status().functions.map(({ key }) => key)).toEqual([other.key]);
  });

  it('restarts those it names and nobody else', async () => {
    const [one, two] = [fakeFunction({ key: 'one' }), fakeFunction({ key: 'two' })];
    const pool = await runningPool([one, two]);
    const pids = [(await call(pool, one)).info!.workerPid, (await call(pool, two)).info!.workerPid];
    pool.update([one, two], { restart: new Set([one.key]) });
    expect((await call(pool, one)).info!.workerPid).not.toBe(pids[0]);
    expect((await call(pool, two)).info!.workerPid).toBe(pids[1]);
  });
});

it('knows which files a function has loaded', async () => {
  const fn = fakeFunction('echo');
  const pool = await runningPool([fn]);
  expect(pool.filesOf(fn.key)).toEqual([fn.entry]);
  await call(pool, fn);
  expect(pool.filesOf(fn.key)).toEqual([fn.entry, `${fn.root}/_helper.js`]);
  expect(pool.functionsUsing(`${fn.root}/_helper.js`)).toEqual([fn.key]);
  expect(pool.functionsUsing('/elsewhere')).toEqual([]);
  expect(pool.functionsUsingAny(new Set(['/elsewhere', `${fn.root}/_helper.js`]))).toEqual([fn.key]);
  expect(pool.functionsUsingAny(new Set())).toEqual([]);
  expect(pool.filesOf('node/unknown@default')).toEqual([]);
});

describe('preparation', () => {
  const prepared = (entry: string) => ({ entry, env: { DEPS: '/deps' }, readPaths: [tmpdir()] });

  function manualAdapter() {
    const runs: { fn: string; signal: AbortSignal; done: () => void; fail: (error: Error) => void }[] = [];
    const adapter = fakeAdapter({
      prepare: (fn, { signal, progress }) =>
        new Promise((resolve, reject) => {
          progress(`building ${fn.name}`);
          runs.push({ fn: fn.key, signal, done: () => resolve(prepared(fn.entry)), fail: reject });
        }),
    });
    return { adapter, runs };
  }

  it('begins at update; calls wait for it, then run', async () => {
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('spec');
    const pool = await runningPool([fn], { adapters: [adapter] });
    const waiting = begin(pool, fn);
    await until(() => runs.length === 1);
    runs[0]!.done();
    const { body, error } = await waiting.answer;
    expect(error).toBeNull();
    expect(JSON.parse(body).spec).toMatchObject({
      process_env: { DEPS: '/deps' },
      sandbox: { read: expect.arrayContaining([realpathSync(tmpdir())]) },
    });
    const progress = { type: 'prepare_progress', key: fn.key, line: 'building spec' };
    expect(pool.events.filter(({ type }) => type.startsWith('prepare'))).toMatchObject([
      { type: 'prepare_started' },
      progress,
      { type: 'prepare_finished' },
    ]);
  });

  it('that takes longer than a call may wait: 503 warming_up; the work goes on', async () => {
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { adapters: [adapter], buildTimeoutMs: 100 });
    expect((await call(pool, fn)).error).toMatchObject({
      code: 'warming_up',
      status: 503,
      headers: { 'X-FastFN-Warming': 'true', 'Retry-After': '1' },
    });
    expect(runs[0]!.signal.aborted).toBe(false);
    runs[0]!.done();
    await pool.seen(({ type }) => type === 'prepare_finished');
    expect((await call(pool, fn)).status).toBe(200);
  });

  it('that fails is the answer until the function changes', async () => {
    const { FastFnError } = await import('@fastfn/core');
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { adapters: [adapter] });
    const waiting = begin(pool, fn);
    await until(() => runs.length === 1);
    runs[0]!.fail(new FastFnError('build_failed', 'error[E0425]: cannot find value'));
    expect((await waiting.answer).error?.code).toBe('build_failed');
    expect((await call(pool, fn)).error?.code).toBe('build_failed');
    expect(pool.status().functions[0]!.problem).toContain('E0425');
    pool.update([fn], { restart: new Set([fn.key]) });
    await until(() => runs.length === 2);
    runs[1]!.done();
    expect((await call(pool, fn)).status).toBe(200);
  });

  it('that throws something else is dependency_failed', async () => {
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { adapters: [adapter] });
    const waiting = begin(pool, fn);
    await until(() => runs.length === 1);
    runs[0]!.fail(new Error('npm is on fire'));
    expect((await waiting.answer).error).toMatchObject({
      code: 'dependency_failed',
      message: expect.stringContaining('on fire'),
    });
  });

  it('is aborted by a newer one, which comes after it, never beside it', async () => {
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { adapters: [adapter] });
    await until(() => runs.length === 1);
    const waiting = begin(pool, fn);
    pool.update([fn], { restart: new Set([fn.key]) });
    pool.update([fn], { restart: new Set([fn.key]) });
    expect(runs[0]!.signal.aborted).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toHaveLength(1);
    runs[0]!.done();
    await until(() => runs.length === 2);
    runs[1]!.done();
    expect((await waiting.answer).status).toBe(200);
    // The one between was never begun.
    expect(runs).toHaveLength(2);
  });

  it('of an edit: the old workers serve until it is done', async () => {
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('spec');
    const pool = await runningPool([fn], { adapters: [adapter] });
    const first = begin(pool, fn);
    await until(() => runs.length === 1);
    runs[0]!.done();
    const old = JSON.parse((await first.answer).body).spec;
    pool.update([{ ...fn, env: { EDITED: 'yes' } }], { restart: new Set([fn.key]) });
    await until(() => runs.length === 2);
    // Waits a moment, should the preparation be quick; this one is not.
    expect(JSON.parse((await call(pool, fn)).body).spec).toEqual(old);
    runs[1]!.done();
    await pool.seen(({ type }) => type === 'worker_exited');
    expect(JSON.parse((await call(pool, fn)).body).spec).toMatchObject({ env: { EDITED: 'yes' } });
  });

  it('of an edit that is quick is waited for', async () => {
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('spec');
    const pool = await runningPool([fn], { adapters: [adapter] });
    const first = begin(pool, fn);
    await until(() => runs.length === 1);
    runs[0]!.done();
    await first.answer;
    pool.update([{ ...fn, env: { EDITED: 'yes' } }]);
    const waiting = begin(pool, fn);
    await until(() => runs.length === 2);
    runs[1]!.done();
    expect(JSON.parse((await waiting.answer).body).spec).toMatchObject({ env: { EDITED: 'yes' } });
  });

  it.each([
    ['one line', []],
    ['error: no\n\n 1 |\tx\u001b[2J', ['error: no', ' 1 |    x\\u001b[2J']],
  ])('that fails shows in the log what the tool said, when that is more than a line: %j', async (stack, shown) => {
    const { FastFnError } = await import('@fastfn/core');
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('echo');
    const lines: string[] = [];
    const logger = { log: (_level: string, message: string) => lines.push(message), output() {} };
    const pool = await runningPool([fn], { adapters: [adapter], logger });
    const waiting = begin(pool, fn);
    await until(() => runs.length === 1);
    const debug = { type: 'error', message: 'no such value', stack };
    runs[0]!.fail(new FastFnError('build_failed', 'no such value', { debug }));
    await waiting.answer;
    const said = lines.slice(lines.findIndex((line) => line.endsWith('no such value')) + 1);
    expect(said).toEqual(shown.map((line) => `[${fn.runtime}]   ${line}`));
  });

  it('of an edit that fails is the answer, though old workers are there', async () => {
    const { FastFnError } = await import('@fastfn/core');
    const { adapter, runs } = manualAdapter();
    const fn = fakeFunction('echo');
    const pool = await runningPool([fn], { adapters: [adapter] });
    const first = begin(pool, fn);
    await until(() => runs.length === 1);
    runs[0]!.done();
    await first.answer;
    pool.update([fn], { restart: new Set([fn.key]) });
    await until(() => runs.length === 2);
    runs[1]!.fail(new FastFnError('build_failed', 'error[E0425]: cannot find value'));
    await pool.seen(({ type }) => type === 'prepare_failed');
    expect((await call(pool, fn)).error?.code).toBe('build_failed');
  });

  it('tells which files it reads, also when it fails', async () => {
    const fn = fakeFunction('echo');
    const helper = `${fn.root}/_helper.go`;
    const adapter = fakeAdapter({
      prepare: async (_fn, { reads }) => {
        reads?.([helper]);
        throw new Error('broken');
      },
    });
    const pool = await runningPool([fn], { adapters: [adapter] });
    await pool.seen(({ type }) => type === 'prepare_failed');
    expect(pool.functionsUsing(helper)).toEqual([fn.key]);
  });
});
