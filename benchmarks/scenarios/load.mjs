import { interleave } from '../lib/interleave.mjs';
import { loadRows } from '../lib/result.mjs';

/**
 * Scenarios that put the same requests to every running subject in turn.
 * @type {readonly import('./index.mjs').Scenario[]}
 */
export default [
  loaded({
    id: 'throughput',
    title: 'Throughput, 64 connections',
    connections: 64,
    request: { path: '/hello?name=Ada' },
  }),
  loaded({
    id: 'latency',
    title: 'Latency, 1 connection',
    connections: 1,
    request: { path: '/hello?name=Ada' },
  }),
  loaded({
    id: 'browser',
    title: 'Headers as a browser sends them, 64 connections',
    connections: 64,
    request: {
      path: '/hello?name=Ada',
      headers: {
        accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
        'accept-encoding': 'gzip, deflate, br, zstd',
        'accept-language': 'en-GB,en;q=0.9,es;q=0.8',
        cookie: 'session_id=3f0c5a6be4a84d3f9c1d; theme=dark; _ga=GA1.1.1234567890.1700000000',
        'cache-control': 'max-age=0',
        'sec-fetch-mode': 'cors',
        'upgrade-insecure-requests': '1',
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
    },
  }),
  loaded({
    id: 'echo-1mib',
    title: 'Echo of 1 MiB, 4 connections',
    connections: 4,
    needs: 'echo',
    // One byte less than the default max_body_bytes is no rounder than the limit itself.
    request: { path: '/echo', method: 'POST', bodyBytes: 1 << 20 },
  }),
  loaded({
    id: 'streaming',
    title: 'Stream of 64 chunks of 1 KiB, 8 connections',
    connections: 8,
    needs: 'stream',
    request: { path: '/stream' },
  }),
];

/**
 * @param {{ id: string, title: string, connections: number, request: import('../lib/load.mjs').LoadRequest,
 *           needs?: import('../lib/subject.mjs').Capability }} options
 * @returns {import('./index.mjs').Scenario}
 */
function loaded({ id, title, connections, request, needs }) {
  return {
    id,
    title,
    interleaved: true,
    async run({ context, fleet, load }) {
      const running = await fleet.start((subject) => !needs || subject.can.includes(needs));
      const servers = [];
      for (const server of running) {
        if (!needs || (await answersRightly(server, needs))) servers.push(server);
        else context.log(`  – ${server.id} is left out: its ${needs} answers wrongly`);
      }
      const samples = await interleave({ servers, request, connections, load, context });
      return { scenario: id, title, baseline: 'node-http', rows: loadRows(samples) };
    },
  };
}

/**
 * A fast wrong answer counts for nothing.
 * @param {import('../lib/subject.mjs').RunningServer} server
 * @param {import('../lib/subject.mjs').Capability} capability
 */
async function answersRightly({ client }, capability) {
  if (capability === 'stream') {
    const { status, body } = await client.request('/stream');
    return status === 200 && body.equals(Buffer.alloc(64 * 1024, 'x'));
  }
  // Bytes that are no text, so that a detour over strings would show.
  const sent = Buffer.alloc(1 << 20);
  for (let i = 0; i < sent.length; i++) sent[i] = (i * 31 + (i >> 8)) & 0xff;
  const { status, body } = await client.request('/echo', { method: 'POST', body: sent });
  return status === 200 && body.equals(sent);
}
