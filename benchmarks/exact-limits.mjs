// Do limits hold across gateway processes? 64 clients call a function with a limit of 3 for some seconds, at 1, 2 and 4 gateways.
// The handlers themselves count how many of them run: each has a file while it does. Two numbers must be 0: requests refused although
// the queue had room, and calls begun beyond the limit.
//
//   node benchmarks/exact-limits.mjs [--seconds 10] [--clients 64] [--gateways 1,2,4] [--json]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const LIMIT = 3;
const cli = fileURLToPath(new URL('../apps/cli/bin/fastfn.js', import.meta.url));

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '64' },
    gateways: { type: 'string', default: '1,2,4' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const clients = Number(values.clients);

/** @type {Record<string, { file: string, source: string }>} */
const HANDLERS = {
  node: {
    file: 'handler.js',
    source: `
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
const folder = new URL('./.running/', import.meta.url);
mkdirSync(folder, { recursive: true });
let n = 0;
export const handler = async () => {
  const mine = new URL(process.pid + '-' + n++, folder);
  writeFileSync(mine, '');
  const active = readdirSync(folder).length;
  await new Promise((resolve) => setTimeout(resolve, 2));
  rmSync(mine);
  return { active };
};`,
  },
  python: {
    file: 'handler.py',
    source: `
import os, time
folder = os.path.join(os.path.dirname(__file__), ".running")
os.makedirs(folder, exist_ok=True)
def handler(event):
    mine = os.path.join(folder, str(os.getpid()))
    open(mine, "w").close()
    active = len(os.listdir(folder))
    time.sleep(0.002)
    os.remove(mine)
    return {"active": active}
`,
  },
};

const results = [];
for (const gateways of values.gateways.split(',').map(Number)) {
  for (const runtime of Object.keys(HANDLERS)) results.push(await measure(gateways, runtime));
}
if (values.json) console.log(JSON.stringify(results, null, 2));
else console.table(results);
const wrong = results.some(({ refused, beyond, failed }) => refused + beyond + failed > 0);
process.exitCode = wrong ? 1 : 0;

/**
 * @param {number} gateways
 * @param {string} runtime
 */
async function measure(gateways, runtime) {
  const root = mkdtempSync(join(tmpdir(), 'fastfn-limits-'));
  const folder = join(root, 'limited');
  mkdirSync(folder);
  const handler = /** @type {{ file: string, source: string }} */ (HANDLERS[runtime]);
  writeFileSync(join(folder, handler.file), handler.source);
  const config = { timeout_ms: 60_000, worker_pool: { max_workers: LIMIT, max_queue: clients } };
  writeFileSync(join(folder, 'fn.config.json'), JSON.stringify(config));
  const server = spawn(process.execPath, [cli, 'run', root, '--port', '0', '--gateways', `${gateways}`], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const url = await urlOf(server);
    const counts = { refused: 0, failed: 0, beyond: 0, most: 0, answered: 0 };
    const until = Date.now() + seconds * 1000;
    await Promise.all(Array.from({ length: clients }, () => client(`${url}/limited`, until, counts)));
    const { answered, refused, failed, beyond, most } = counts;
    return { gateways, runtime, answered, refused, failed, beyond, 'most at once': most };
  } finally {
    server.kill('SIGTERM');
    await ended;
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * @param {string} url
 * @param {number} until
 * @param {{ refused: number, failed: number, beyond: number, most: number, answered: number }} counts
 */
async function client(url, until, counts) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (Date.now() < until) {
    const { status, body } = await ask(url, agent);
    if (status === 429 || status === 503) counts.refused++;
    else if (status !== 200) counts.failed++;
    else {
      const { active } = JSON.parse(body);
      counts.answered++;
      counts.most = Math.max(counts.most, active);
      if (active > LIMIT) counts.beyond++;
    }
  }
  agent.destroy();
}

/**
 * @param {string} url
 * @param {Agent} agent
 * @returns {Promise<{ status: number, body: string }>}
 */
function ask(url, agent) {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve({ status: 0, body: '' }));
    }).on('error', () => resolve({ status: 0, body: '' }));
  });
}

/** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} server */
async function urlOf(server) {
  let text = '';
  for await (const part of server.stdout) {
    text += part;
    const [, url] = /URL\s+(http:\/\/\S+)/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`The server ended before it listened:\n${text}`);
}
