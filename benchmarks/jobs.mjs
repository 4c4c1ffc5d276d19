// Numbers of schedules and jobs on the embedded store, or on Redis: one of its own with --redis, another with FN_REDIS_URL.
// Needs a build.
// node benchmarks/jobs.mjs [enqueue|complete|delay|memory|latency|losses …] [--redis] [--jobs 5000] [--stored 100000] [--seconds 10] [--kills 100]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(REPOSITORY, 'apps/cli/bin/fastfn.js');
const VITEST = join(REPOSITORY, 'node_modules/vitest/vitest.mjs');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '5000' },
    stored: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '10' },
    kills: { type: 'string', default: '100' },
    redis: { type: 'boolean', default: false },
  },
});
const JOBS = Number(values.jobs);
const STORED = Number(values.stored);
const SECONDS = Number(values.seconds);
const CLIENTS = 64;
/** Clients that make jobs as fast as they are taken. */
const FLOOD = 16;
const FAR = Date.now() + 86_400_000;

const NOTE = `const { appendFileSync } = require('node:fs');
exports.handler = () => { const at = Date.now(); appendFileSync(__dirname + '/notes.log', at + '\\n'); };`;

const SECTIONS = { enqueue, complete, delay, memory, latency, losses };
const wanted = positionals.length > 0 ? positionals : Object.keys(SECTIONS);
const redis = values.redis ? await startRedis() : null;
const REDIS_URL = redis?.url ?? process.env.FN_REDIS_URL;
console.log(`store      ${REDIS_URL === undefined ? 'file' : 'Redis'}`);
try {
  for (const name of wanted) {
    const section = SECTIONS[name];
    if (section === undefined) throw new Error(`"${name}" is none of ${Object.keys(SECTIONS).join(', ')}.`);
    if (redis !== null) execFileSync('redis-cli', ['-u', redis.url, 'flushall']);
    for (const [what, value] of Object.entries(await section()))
      console.log(`${name.padEnd(10)} ${what.padEnd(42)} ${value}`);
  }
} finally {
  await redis?.stop();
}

/** Jobs accepted per second: each is on disk when its 201 comes. */
async function enqueue() {
  return withServer({ 'noop.js': 'exports.handler = () => 1;' }, {}, async (server) => {
    await server.post({ name: 'noop.js', run_at: FAR });
    const started = performance.now();
    await inParallel(JOBS, CLIENTS, () => server.post({ name: 'noop.js', run_at: FAR }));
    return { [`jobs/s accepted, ${CLIENTS} clients`]: rate(JOBS, started) };
  });
}

/** Jobs carried out per second, those that wait already. */
async function complete() {
  const env = { FN_JOBS_MAX_CONCURRENCY: '32' };
  return withServer({ 'noop.js': 'exports.handler = () => 1;' }, env, async (server) => {
    const at = Date.now() + 2000 + JOBS;
    await inParallel(JOBS, CLIENTS, () => server.post({ name: 'noop.js', run_at: at }));
    await sleep(at - Date.now());
    const started = performance.now();
    while ((await server.count('done')) < JOBS) await sleep(20);
    const waiting = rate(JOBS, started);
    const both = performance.now();
    await inParallel(JOBS, CLIENTS, () => server.post({ name: 'noop.js' }));
    while ((await server.count('done')) < 2 * JOBS) await sleep(20);
    return { 'jobs/s done, all waiting': waiting, 'jobs/s accepted and done': rate(JOBS, both) };
  });
}

/** From the due time of a tick to the first line of its handler. */
async function delay() {
  const files = {};
  for (let i = 0; i < 100; i++) {
    files[`s${i}/fn.config.json`] = JSON.stringify({ schedule: { every_seconds: 1 }, worker_pool: { min_warm: 1 } });
    files[`s${i}/handler.js`] = NOTE;
  }
  return withServer(files, { FN_RUNTIMES: 'node' }, async (server) => {
    await sleep(15_000);
    const { schedules } = await server.get('/_fn/schedules');
    const grid = new Map(schedules.map(({ name, state }) => [name, state.next * 1000]));
    await sleep(SECONDS * 1000);
    const delays = [];
    for (const [name, due] of grid) {
      for (const line of readFileSync(join(server.root, name, 'notes.log'), 'utf8')
        .trim()
        .split('\n')) {
        const at = Number(line);
        if (at >= due) delays.push((at - due) % 1000);
      }
    }
    return { '100 schedules, every second, ticks': delays.length, ...percentiles('due → handler, ms', delays) };
  });
}

/** Memory of a server with many stored jobs, and how long it takes to open them. */
async function memory() {
  return withServer({ 'noop.js': 'exports.handler = () => 1;' }, {}, async (server) => {
    await server.call('/noop');
    const empty = server.rss();
    await server.post({ name: 'noop.js', run_at: FAR });
    const opened = server.rss();
    await server.stop();
    const file = join(server.root, '.fastfn/jobs.db');
    const before = redisMemory();
    const filled = await fill(file);
    const started = performance.now();
    await server.start();
    await server.get('/_fn/jobs?limit=1');
    const ready = Math.round(performance.now() - started);
    const full = server.rss();
    for (let i = 0; i < 200; i++) await server.get('/_fn/jobs?limit=500');
    return {
      'RSS without jobs, MB': empty,
      'RSS with the store open, MB': opened,
      [`RSS with ${STORED} jobs, MB`]: full,
      'RSS after listing 500 of them 200 times': server.rss(),
      'start to first answer from it, ms': ready,
      ...(REDIS_URL === undefined
        ? { 'file, MB': Math.round(statSync(file).size / 1e6) }
        : { 'memory of Redis for them, MB': Math.round((redisMemory() - before) / 1e6) }),
      'jobs/s into the store itself': filled,
    };
  });
}

/** Bytes; 0 without Redis. */
function redisMemory() {
  if (REDIS_URL === undefined) return 0;
  const info = execFileSync('redis-cli', ['-u', REDIS_URL, 'info', 'memory'], { encoding: 'utf8' });
  return Number(/^used_memory:(\d+)/m.exec(info)[1]);
}

/** Jobs stored without HTTP between. */
async function fill(file) {
  const { openRedisStore, openSqliteStore } = await import('../packages/jobs/dist/index.js');
  const bounds = {
    maxQueued: STORED + 10,
    retention: { maxFinished: STORED, maxAgeMs: 86_400_000 },
    logger: { log() {}, output() {} },
  };
  const store = await (REDIS_URL === undefined
    ? openSqliteStore({ file, ...bounds })
    : openRedisStore({ url: REDIS_URL, leaseMs: 20_000, ...bounds }));
  const body = Buffer.alloc(200, 'x');
  const call = {
    runtime: 'node',
    name: 'noop.js',
    version: 'default',
    method: 'GET',
    path: '/noop',
    template: '/noop',
  };
  const rest = { params: {}, search: '', headers: { host: 'localhost' }, body, clientIp: '127.0.0.1' };
  const job = {
    call: { ...call, ...rest },
    maxAttempts: 1,
    retryDelayMs: 1000,
    runAt: FAR,
    callbackUrl: null,
    open: false,
  };
  const started = performance.now();
  let n = 0;
  await inParallel(STORED, 500, () =>
    store.queue.enqueue({ ...job, id: `job_${++n}`, createdAt: Date.now(), dueAt: FAR }),
  );
  const perSecond = rate(STORED, started);
  await store.close();
  return perSecond;
}

/** What jobs do to public calls beside them. */
async function latency() {
  return withServer({ 'noop.js': 'exports.handler = () => 1;' }, {}, async (server) => {
    const measure = async () => {
      const times = [];
      const until = performance.now() + SECONDS * 1000;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (performance.now() < until) {
            const started = performance.now();
            await server.call('/noop');
            times.push(performance.now() - started);
          }
        }),
      );
      return times;
    };
    await measure();
    const alone = await measure();
    let flowing = true;
    let made = 0;
    const flow = (async () => {
      while (flowing) {
        await server.post({ name: 'noop.js' });
        made++;
        await sleep(4);
      }
    })();
    const beside = await measure();
    flowing = false;
    await flow;
    const steady = made;
    flowing = true;
    made = 0;
    const flood = Array.from({ length: FLOOD }, async () => {
      while (flowing) {
        await server.post({ name: 'noop.js' });
        made++;
      }
    });
    const flooded = await measure();
    flowing = false;
    await Promise.all(flood);
    return {
      ...percentiles('public call alone, ms', alone),
      ...percentiles(`beside ${Math.round(steady / SECONDS)} jobs/s, ms`, beside),
      ...percentiles(`in a flood of ${Math.round(made / SECONDS)} jobs/s, ms`, flooded),
    };
  });
}

/** Jobs lost over `kill -9` of servers: the test of it, as often as asked for; on the file and on a Redis of its own. */
async function losses() {
  const folder = mkdtempSync(join(tmpdir(), 'fastfn-bench-losses-'));
  const report = join(folder, 'report.json');
  try {
    const child = spawn(
      process.execPath,
      [VITEST, 'run', 'tests/jobs-kill.test.ts', '--reporter=json', `--outputFile=${report}`],
      { cwd: REPOSITORY, env: { ...process.env, FASTFN_JOB_KILLS: values.kills }, stdio: 'ignore' },
    );
    await once(child, 'exit');
    const { assertionResults } = JSON.parse(readFileSync(report, 'utf8')).testResults[0];
    return Object.fromEntries(
      assertionResults.map(({ fullName, status, failureMessages }) => [
        `${values.kills} kills, ${fullName.split(':')[0]}`,
        status === 'passed' ? '0 lost' : `${status} ${failureMessages.join(' ').slice(0, 500)}`,
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A `redis-server` on a free port, durable as the documentation asks for. */
async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'fastfn-bench-redis-'));
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const port = String(listener.address().port);
  listener.close();
  const settings = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const child = spawn('redis-server', ['--port', port, ...settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (part) => {
      if (String(part).includes('Ready to accept')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended (${code}).`)));
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function withServer(files, env, use) {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-bench-jobs-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  let server = await start(root, env);
  const agent = new Agent({ keepAlive: true });
  const send = (method, path, body) =>
    new Promise((resolve, reject) => {
      const req = request(server.url + path, { method, agent }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        res.on('end', () => resolve({ status: res.statusCode, text }));
      });
      req.on('error', reject);
      req.end(body);
    });
  const post = async (job) => {
    const { status, text } = await send('POST', '/_fn/jobs', JSON.stringify(job));
    if (status !== 201) throw new Error(`${status} ${text}`);
  };
  const get = async (path) => JSON.parse((await send('GET', path)).text);
  try {
    return await use({
      root,
      post,
      get,
      call: (path) => send('GET', path),
      async count(status) {
        const { text } = await send('GET', '/_fn/metrics');
        return Number(new RegExp(`^fastfn_jobs\\{status="${status}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
      },
      rss() {
        const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
        return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1000);
      },
      stop: () => stop(server.child),
      async start() {
        server = await start(root, env);
      },
    });
  } finally {
    agent.destroy();
    await stop(server.child);
    rmSync(root, { recursive: true, force: true });
  }
}

async function start(root, extra) {
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    NO_COLOR: '1',
    FN_HOST_PORT: '0',
    FN_CONSOLE_RATE_LIMIT_MAX: '0',
    FN_JOBS_KEEP_FINISHED: '1000000',
    ...(REDIS_URL !== undefined && { FN_REDIS_URL: REDIS_URL }),
    ...extra,
  };
  const child = spawn(process.execPath, [CLI, 'run', '.'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text = (text + part).slice(-10_000);
      const found = /URL\s+(http:\/\/\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`The server ended (${code}): ${text}`)));
  });
  return { child, url };
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function inParallel(count, clients, act) {
  let left = count;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left-- > 0) await act();
    }),
  );
}

function percentiles(label, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  return { [`${label}: median`]: at(0.5), [`${label}: p99`]: at(0.99) };
}

function rate(count, started) {
  return Math.round(count / ((performance.now() - started) / 1000));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
