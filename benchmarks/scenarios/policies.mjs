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

const NONE = 'no policy';
const ALL = 'every policy';
const LOGGED = 'every policy, access log';

/**
 * What the policies of a function cost one lonely request.
 * @type {import('./index.mjs').Scenario}
 */
export default {
  id: 'policies',
  title: 'Every policy against none, 1 connection',
  interleaved: false,
  async run({ context, load }) {
    const { cli } = context.settings;
    const handler = { 'hello/handler.js': NODE['hello.js'] };
    const subjects = {
      [NONE]: { files: handler, env: {} },
      [ALL]: { files: { ...handler, 'hello/fn.config.json': EVERY_POLICY }, env: {} },
      [LOGGED]: { files: { ...handler, 'hello/fn.config.json': EVERY_POLICY }, env: { FN_LOG_FORMAT: 'json' } },
    };
    const servers = [];
    for (const [name, { files, env }] of Object.entries(subjects)) {
      const folder = writeTree(context.dir(name.replace(/\W+/g, '-')), files);
      const command = (/** @type {number} */ port) => ({
        command: process.execPath,
        args: [cli, 'run', folder, '--port', `${port}`],
        cwd: folder,
        env,
      });
      servers.push(await startServer(name, command, { context, check: greetsAda }));
    }
    try {
      const request = { path: '/hello?name=Ada', headers: { Origin: ORIGIN } };
      const samples = await interleave({ servers, request, connections: 1, load, context });
      const p50 = (/** @type {string} */ name) => (samples.get(name) ?? []).map((sample) => sample.p50Us);
      const added = (/** @type {string} */ name) => spread(difference(p50(name), p50(NONE)));
      const note = `Added p50: every policy ${added(ALL)} µs, with a JSON access log ${added(LOGGED)} µs.`;
      return { scenario: 'policies', title: this.title, note, baseline: NONE, rows: loadRows(samples) };
    } finally {
      await Promise.allSettled(servers.map((server) => server.stop()));
    }
  },
};
