import { NODE } from '../lib/handlers.mjs';
import { interleave } from '../lib/interleave.mjs';
import { spread } from '../lib/report.mjs';
import { loadRows } from '../lib/result.mjs';
import { difference } from '../lib/stats.mjs';
import { greetsAda, startServer } from '../lib/subject.mjs';
import { writeTree } from '../lib/tree.mjs';

const ORIGIN = 'https://app.example.com';

/** Everything that a function's config can have checked or counted on the way of a request. */
const EVERY_POLICY = {
  timeout_ms: 5000,
  max_concurrency: 100,
  max_body_bytes: 65_536,
  max_response_bytes: 1_048_576,
  memory_mb: 512,
  include_debug_headers: true,
  cors: { origins: [ORIGIN], methods: ['GET'], credentials: true, expose: ['X-Request-Id'] },
  invoke: { methods: ['GET'], allow_hosts: ['127.0.0.1', 'localhost', '*.example.com'] },
  worker_pool: { max_workers: 100, max_queue: 100, queue_timeout_ms: 1000 },
  keep_warm: { enabled: true },
};

/** What a careful operator sets for every function. */
const LIMITS = {
  timeout_ms: 5000,
  max_concurrency: 100,
  max_body_bytes: 65_536,
  max_response_bytes: 1_048_576,
  memory_mb: 512,
  worker_pool: { max_queue: 100, queue_timeout_ms: 1000 },
};

const NONE = 'no policy';
const ALL = 'every policy';
const LOGGED = 'every policy, access log';
const LIMITED = 'limits, access log';

/**
 * What all that a server can be asked to do besides calling the function costs: latency of one lonely request, and requests
 * of many connections. What nobody can switch off is on in all of them: request ids, counts, the lists behind `/_fn/logs`.
 * @type {readonly import('./index.mjs').Scenario[]}
 */
export default [
  {
    id: 'policies',
    title: 'Every policy against none, 1 connection',
    interleaved: false,
    async run(tools) {
      const samples = await measure(tools, 1, {
        [NONE]: { config: {}, env: {} },
        [ALL]: { config: EVERY_POLICY, env: {} },
        [LOGGED]: { config: EVERY_POLICY, env: { FN_LOG_FORMAT: 'json' } },
      });
      const p50 = (/** @type {string} */ name) => (samples.get(name) ?? []).map((sample) => sample.p50Us);
      const added = (/** @type {string} */ name) => spread(difference(p50(name), p50(NONE)));
      const note = `Added p50: every policy ${added(ALL)} µs, with a JSON access log ${added(LOGGED)} µs.`;
      return { scenario: 'policies', title: this.title, note, baseline: NONE, rows: loadRows(samples) };
    },
  },
  {
    id: 'features',
    title: 'Limits and a JSON access log against none, 64 connections',
    interleaved: false,
    async run(tools) {
      const samples = await measure(tools, 64, {
        [NONE]: { config: {}, env: {} },
        [LIMITED]: { config: LIMITS, env: { FN_LOG_FORMAT: 'json' } },
      });
      return { scenario: 'features', title: this.title, baseline: NONE, rows: loadRows(samples) };
    },
  },
];

/**
 * @param {import('./index.mjs').Tools} tools
 * @param {number} connections
 * @param {Record<string, { config: object, env: Record<string, string> }>} subjects
 */
async function measure({ context, load }, connections, subjects) {
  const { cli } = context.settings;
  const servers = [];
  try {
    for (const [name, { config, env }] of Object.entries(subjects)) {
      const files = { 'hello/handler.js': NODE['hello.js'], 'hello/fn.config.json': config };
      const folder = writeTree(context.dir(`${name.replace(/\W+/g, '-')}-${connections}`), files);
      const command = (/** @type {number} */ port) => ({
        command: process.execPath,
        args: [cli, 'run', folder, '--port', `${port}`],
        cwd: folder,
        env,
      });
      servers.push(await startServer(name, command, { context, check: greetsAda }));
    }
    const request = { path: '/hello?name=Ada', headers: { Origin: ORIGIN } };
    return await interleave({ servers, request, connections, load, context });
  } finally {
    await Promise.allSettled(servers.map((server) => server.stop()));
  }
}
